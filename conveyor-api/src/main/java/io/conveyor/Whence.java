package io.conveyor;

/** What an offset given to {@link Conveyor#seek(long, Whence)} counts from, as in {@code lseek(2)}. */
public enum Whence {
    /** From the beginning of the object. */
    SET,
    /** From the cursor. */
    CUR,
    /** From the end of the object. */
    END,
    /** The next byte at or after the offset that is not in a hole; a store that knows no holes answers the offset itself. At or past the end there is none. */
    DATA,
    /** The next hole at or after the offset; the end of the object counts as one. From an offset at or past the end none is found. */
    HOLE
}
