package io.conveyor.backend.s3;

import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;

/**
 * The bounds that S3 puts on the parts of an upload.
 *
 * @param minPartBytes the least for every part but the last
 * @param maxPartBytes the most for any part, and for an object stored by one PUT
 * @param maxParts the most parts of one upload
 */
record S3Limits(long minPartBytes, long maxPartBytes, int maxParts) {

    /** The bounds of Amazon S3: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html. */
    static final S3Limits AWS = new S3Limits(5L << 20, 5L << 30, 10_000);

    /** The most bytes that parts can hold together: 48.8 TiB on Amazon S3. */
    long maxObjectBytes() {
        return maxPartBytes * maxParts;
    }

    /**
     * Checks the size of an object.
     *
     * @throws StorageException of kind TOO_LARGE if no upload can hold it
     */
    void requireFits(String operation, String key, long size) throws StorageException {
        if (size > maxObjectBytes()) {
            throw new StorageException(
                    Kind.TOO_LARGE,
                    Retry.NEVER,
                    operation,
                    key,
                    null,
                    "a size of " + size + " bytes is above the " + maxObjectBytes() + " that an object can have",
                    null);
        }
    }
}
