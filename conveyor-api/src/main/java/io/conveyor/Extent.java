package io.conveyor;

import java.io.Serializable;

/**
 * A half-open range of an object's bytes: {@code [offset, offset + length)}. Serializable, as the exceptions are that name one.
 *
 * @param offset first byte, at least 0
 * @param length number of bytes, at least 0; {@code offset + length} does not exceed {@link Long#MAX_VALUE}
 */
public record Extent(long offset, long length) implements Serializable {

    /**
     * Checks the bounds.
     *
     * @throws IllegalArgumentException if a component is negative or their sum overflows
     */
    public Extent {
        if (offset < 0 || length < 0 || offset > Long.MAX_VALUE - length) {
            throw new IllegalArgumentException("offset " + offset + " and length " + length
                    + " are not a byte range: both must be at least 0 and their sum at most " + Long.MAX_VALUE);
        }
    }

    /**
     * The extent from {@code start} (inclusive) to {@code end} (exclusive).
     *
     * @throws IllegalArgumentException if the two are not in order, or negative
     */
    public static Extent between(long start, long end) {
        return new Extent(start, end - start);
    }

    /** The first offset after this extent. */
    public long end() {
        return offset + length;
    }

    /** Whether the two share at least one byte; an empty one shares none. */
    public boolean overlaps(Extent other) {
        return Math.max(offset, other.offset) < Math.min(end(), other.end());
    }

    /** The range in the notation {@code [offset, end)}. */
    @Override
    public String toString() {
        return "[" + offset + ", " + end() + ")";
    }
}
