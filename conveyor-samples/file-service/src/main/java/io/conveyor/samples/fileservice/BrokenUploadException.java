package io.conveyor.samples.fileservice;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The client stopped sending in the middle of a body. */
final class BrokenUploadException extends IOException {

    private static final long serialVersionUID = 1L;

    /**
     * A report of how far it came.
     *
     * @param received bytes received
     * @param announced bytes announced, or -1 if the length was not known before
     * @param cause what reading failed with, or null if the body just ended
     */
    BrokenUploadException(long received, long announced, @Nullable IOException cause) {
        super("the upload broke off after " + received + (announced < 0 ? "" : " of " + announced) + " bytes", cause);
    }
}
