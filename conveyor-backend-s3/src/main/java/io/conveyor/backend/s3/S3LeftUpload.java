package io.conveyor.backend.s3;

import io.conveyor.spi.ResumeToken;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * An upload that a handle had begun when its process died, as its {@link ResumeToken} tells.
 *
 * @param id the store's id of it
 * @param putId what the object would carry in its metadata; null if the upload may have been completed meanwhile, and nothing was entrusted to it: then it
 *     stands for what was to be published, and must not be continued with anything else
 * @param entrusted the end of what nobody has but this upload; 0 for nothing
 * @param digest of the parts that hold it ({@link S3EntrustedParts}); empty for none
 * @param laterPutId what the object carries if the same was published by another upload, that was begun later; empty for none
 */
record S3LeftUpload(String id, @Nullable String putId, long entrusted, String digest, String laterPutId) {

    /** Is in no upload's id, no put-id, no number and no digest. */
    private static final String SEPARATOR = "\n";

    /** What a put-id and its separator take. */
    private static final int PUT_ID_BYTES = 37;

    /** One that nothing was entrusted to. */
    S3LeftUpload(String id, @Nullable String putId) {
        this(id, putId, 0, "", "");
    }

    /** What is said by a token; what it says too little of, or wrongly, is an upload that nothing was entrusted to. */
    static S3LeftUpload of(ResumeToken token) {
        String[] said = new String(token.value(), StandardCharsets.UTF_8).split(SEPARATOR, -1);
        if (said.length == 5) {
            try {
                return new S3LeftUpload(said[0], said[1], Long.parseLong(said[2]), said[3], said[4]);
            } catch (NumberFormatException isNone) {
                return new S3LeftUpload(said[0], null);
            }
        }
        return new S3LeftUpload(said[0], said.length == 2 ? said[1] : null);
    }

    /** The token that says so. */
    ResumeToken token() {
        String text = id;
        if (putId != null) {
            text += SEPARATOR + putId;
        }
        if (entrusted > 0) {
            text += SEPARATOR + entrusted + SEPARATOR + digest + SEPARATOR + laterPutId;
        }
        return ResumeToken.of(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Whether a journal keeps the token, whatever else it may have to say. */
    boolean fits() {
        return token().value().length + PUT_ID_BYTES <= ResumeToken.MOST_BYTES;
    }

    /** What is known when a request to complete it is about to be sent. What was entrusted to it stays there: whoever comes next completes it just so. */
    S3LeftUpload completing() {
        return entrusted > 0 ? this : new S3LeftUpload(id, null);
    }

    /** What is known when more was entrusted to it. */
    S3LeftUpload entrusting(S3EntrustedParts parts) {
        return new S3LeftUpload(id, putId, parts.end(), parts.digest(), laterPutId);
    }

    /** What is known when another upload, which has all that was entrusted to this one, too, is about to be completed. */
    S3LeftUpload orPublishedAs(String laterId) {
        return new S3LeftUpload(id, putId, entrusted, digest, laterId);
    }

    /** Whether a version of the object has what was entrusted to it. */
    boolean isPublishedAs(S3Version found) {
        String carried = found.putId();
        return carried != null && (carried.equals(putId) || carried.equals(laterPutId));
    }
}
