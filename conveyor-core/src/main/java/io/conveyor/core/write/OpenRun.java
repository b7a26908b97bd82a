package io.conveyor.core.write;

/**
 * The end of the newest run while it is <em>open</em>: as long as nothing happens but writes that continue it, each of them is copied, and noted here
 * alone. The table of runs and the index learn of them all at once, when somebody looks. See the package for who opens it, and who closes it.
 *
 * <p>Used under the conveyor's lock.
 */
final class OpenRun {

    private static final long CLOSED = -1;

    private long settled;
    private long next = CLOSED;
    private long until = CLOSED;

    /** Opens it at the file offset {@code end}, where the run ends as the tables know it, for so many bytes. */
    void open(long end, long bytes) {
        settled = end;
        next = end;
        until = end + bytes;
    }

    /** Whether it is open for {@code length} bytes at {@code offset}; never for more than are copied in one step. */
    boolean takes(long offset, int length) {
        return offset == next && length <= until - offset && length > 0 && length <= WriteBehind.LONGEST_COPY;
    }

    /** It has been continued by so many bytes. */
    void extend(int length) {
        next += length;
    }

    /** Where in the file the bytes begin that the tables do not know yet. */
    long settled() {
        return settled;
    }

    /** How many bytes the tables do not know yet. */
    long unsettled() {
        return next - settled;
    }

    /** The tables know all now. */
    void settle() {
        settled = next;
    }

    /** Nothing continues it before it is opened again; what the tables do not know must have been told them. */
    void close() {
        settled = CLOSED;
        next = CLOSED;
        until = CLOSED;
    }
}
