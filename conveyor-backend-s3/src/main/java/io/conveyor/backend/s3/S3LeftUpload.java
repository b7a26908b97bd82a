package io.conveyor.backend.s3;

import io.conveyor.spi.ResumeToken;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * An upload that a handle had begun when its process died, as its {@link ResumeToken} tells.
 *
 * @param id the store's id of it
 * @param putId what the object would carry in its metadata; null if the upload may have been completed meanwhile: then it stands for what was to be
 *     published, and must not be continued with anything else
 */
record S3LeftUpload(String id, @Nullable String putId) {

    /** Is in no upload's id and in no put-id. */
    private static final char SEPARATOR = '\n';

    /** What is said by a token. */
    static S3LeftUpload of(ResumeToken token) {
        String text = new String(token.value(), StandardCharsets.UTF_8);
        int end = text.indexOf(SEPARATOR);
        return end < 0
                ? new S3LeftUpload(text, null)
                : new S3LeftUpload(text.substring(0, end), text.substring(end + 1));
    }

    /** The token that says so. */
    ResumeToken token() {
        String text = putId == null ? id : id + SEPARATOR + putId;
        return ResumeToken.of(text.getBytes(StandardCharsets.UTF_8));
    }

    /** What is known when a request to complete it is about to be sent. */
    S3LeftUpload completing() {
        return new S3LeftUpload(id, null);
    }
}
