package io.conveyor.backend.s3;

import org.jspecify.annotations.Nullable;

/**
 * One part of an upload as it is planned.
 *
 * @param number from 1, without gaps
 * @param offset of the part's first byte in the object
 * @param length in bytes
 * @param source what the store copies, or null if the bytes are sent
 */
record S3Part(int number, long offset, long length, S3Piece.@Nullable Remote source) {

    long end() {
        return offset + length;
    }

    boolean isCopy() {
        return source != null;
    }
}
