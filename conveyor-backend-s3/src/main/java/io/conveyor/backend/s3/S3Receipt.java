package io.conveyor.backend.s3;

import io.conveyor.backend.s3.S3Requests.StoredPart;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;

/**
 * What a store answers to a request that publishes an object.
 *
 * @param etag names what is there now; null if the store does not say
 * @param isProof whether the answer follows from the bytes that were sent, and from no others: then nobody needs to look what was stored. With MD5 that is
 *     the ETag, with a CRC the checksum; of an object in parts both are computed over those of the parts, and end with how many there are. Where an ETag is
 *     no MD5 (a key of one's own, some stores) it proves nothing, and neither does it where the store copied a part, since nobody has said what is in that
 */
record S3Receipt(@Nullable String etag, boolean isProof) {

    /** Of one request. */
    static S3Receipt of(PutObjectResponse answer, S3Checksum kind, @Nullable String sent) {
        boolean proof = sent != null && kind.tag(sent).equals(kind.in(answer));
        return new S3Receipt(answer.eTag(), proof);
    }

    /** Of parts. */
    static S3Receipt of(CompleteMultipartUploadResponse answer, S3Checksum kind, List<StoredPart> parts) {
        List<String> sent = new ArrayList<>();
        for (StoredPart part : parts) {
            if (part.sent() == null) {
                return new S3Receipt(answer.eTag(), false);
            }
            sent.add(part.sent());
        }
        return new S3Receipt(answer.eTag(), kind.tag(sent).equals(kind.in(answer)));
    }
}
