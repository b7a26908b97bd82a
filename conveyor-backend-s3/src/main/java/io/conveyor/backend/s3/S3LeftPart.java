package io.conveyor.backend.s3;

import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A part that the store has of an upload of a process that has died.
 *
 * @param bytes how long it is
 * @param etag as the store gives it: with quotes, and without encryption by a key of its own the MD5 of the bytes
 * @param checksum the one that the upload was begun with, if the store keeps it
 */
record S3LeftPart(long bytes, String etag, @Nullable String checksum) {

    /** Whether it is just what would be sent. An ETag that is no MD5 never matches, and the part is sent anew. */
    boolean holds(S3Body body, S3PartChecksum sent) throws IOException {
        return body.length() == bytes
                && etag.replace("\"", "").equals(md5(body))
                && (!sent.isKept() || Objects.equals(checksum, body.checksum(sent.kind())));
    }

    private static String md5(S3Body body) throws IOException {
        String base64 = body.checksum(S3Checksum.MD5);
        return base64 == null ? "" : S3Receipt.hex(base64);
    }
}
