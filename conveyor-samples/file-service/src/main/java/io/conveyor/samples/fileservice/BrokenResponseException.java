package io.conveyor.samples.fileservice;

import java.io.IOException;

/**
 * Storage failed when a part of the response was under way. Nobody handles this one, so that the server breaks the connection, and the client
 * does not take half a file for a whole one. The failure is suppressed in it, and not its cause: by the cause Spring would take many a failure
 * of storage ("connection reset") for one of the client, and end the response as if it were complete.
 */
final class BrokenResponseException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    BrokenResponseException(IOException failure) {
        super("storage failed in the middle of a response: " + failure.getMessage());
        addSuppressed(failure);
    }
}
