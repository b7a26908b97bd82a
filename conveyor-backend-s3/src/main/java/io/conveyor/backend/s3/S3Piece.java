package io.conveyor.backend.s3;

/**
 * A run of an object's bytes and where they come from.
 *
 * @param offset in the object
 * @param length at least 1
 * @param content where the bytes are
 */
record S3Piece(long offset, long length, Content content) {

    /** Where bytes are. */
    sealed interface Content {}

    /** Bytes that are at hand, or cost nothing to make. */
    enum Local implements Content {
        /** In the handle's staging. */
        STAGED,
        /** Zeros: a hole. */
        ZEROS,
        /** Sent in a part of an unfinished upload, and not kept: they can be neither read nor copied. */
        STREAMED
    }

    /**
     * Bytes of a stored object.
     *
     * @param key the object's full key in the bucket
     * @param etag which version of it
     * @param offset where the piece begins in that object
     * @param objectBytes the size of that object
     */
    record Remote(String key, String etag, long offset, long objectBytes) implements Content {

        /** S3 copies ranges only from objects above 5 MB. */
        private static final long LEAST_COPY_SOURCE = 5L << 20;

        boolean isCopyable() {
            return objectBytes > LEAST_COPY_SOURCE;
        }

        Remote plus(long distance) {
            return new Remote(key, etag, offset + distance, objectBytes);
        }
    }

    long end() {
        return offset + length;
    }

    /** Whether a part can be made of these bytes by the store alone. */
    boolean isCopyable() {
        return content instanceof Remote remote && remote.isCopyable();
    }

    /** The part of this piece that lies in {@code [from, to)}, which must overlap it. */
    S3Piece within(long from, long to) {
        long start = Math.max(offset, from);
        long stop = Math.min(end(), to);
        return new S3Piece(
                start, stop - start, content instanceof Remote remote ? remote.plus(start - offset) : content);
    }
}
