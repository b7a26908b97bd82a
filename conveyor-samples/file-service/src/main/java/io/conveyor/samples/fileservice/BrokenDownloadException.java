package io.conveyor.samples.fileservice;

import java.io.IOException;

/** The client stopped receiving in the middle of a response. */
final class BrokenDownloadException extends IOException {

    private static final long serialVersionUID = 1L;

    BrokenDownloadException(IOException cause) {
        super("the client went away", cause);
    }
}
