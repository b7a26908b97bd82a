package io.conveyor.backend.s3;

import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.CopyPartResult;
import software.amazon.awssdk.services.s3.model.Part;

/**
 * What the parts of an upload are sent with.
 *
 * @param kind what goes along with each
 * @param isKept whether the upload was begun with it, as Amazon demands of a CRC: the store then keeps that of each part, has to tell that of a part which it
 *     copies, and wants all of them when the upload is completed. A CRC that is not kept is one that {@link S3ChecksumProbe} has seen the store compare
 */
record S3PartChecksum(S3Checksum kind, boolean isKept) {

    /** What an upload is begun with. */
    static S3PartChecksum begunWith(S3Checksum kind) {
        return new S3PartChecksum(kind, kind.isCrc());
    }

    /** The CRC32C, for an upload that was begun without, of a store that compares it. */
    static S3PartChecksum compared() {
        return new S3PartChecksum(S3Checksum.CRC32C, false);
    }

    /** Whether a store that took a part is known to have just what was sent, although nobody computed its MD5. */
    boolean isCompared() {
        return kind.isCrc() && !isKept;
    }

    /** What the store keeps of a part, or null. */
    @Nullable
    String of(Part part) {
        return isKept ? kind.in(part) : null;
    }

    /** What the store keeps of a part that it has copied, or null. */
    @Nullable
    String of(CopyPartResult part) {
        return isKept ? kind.in(part) : null;
    }
}
