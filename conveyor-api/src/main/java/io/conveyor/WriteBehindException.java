package io.conveyor;

import java.io.IOException;
import java.util.List;
import java.util.Objects;

/**
 * A write, flush or sync that ran in the background failed earlier, and the failure has not been cleared. Thrown by the calls that
 * would otherwise hide it; the cause is the first failure. Each throw is a new object, so that it may be suppressed or carry
 * suppressed exceptions without touching the others.
 *
 * <p><b>In storage</b> is what is part of the object as others find it: of a store that needs a flush for that, and of a draft, nothing is before the flush, or the
 * commit, has succeeded, whatever had been written. What is not known to be there counts as not being there.
 *
 * <p>Unless {@link #retainedBytes()} is smaller than {@link #unwrittenBytes()}, nothing is lost: the bytes are still readable through the
 * conveyor, and {@link Conveyor#clearError()} drives them to storage again. That of a conveyor that is closed, or being closed, has no use any more: there only a
 * journal retains bytes, and they are brought to storage by its replay.
 */
public class WriteBehindException extends IOException {

    private static final long serialVersionUID = 1L;

    /** How many extents {@link #unwritten()} lists at most: enough to act on, few enough to log. */
    public static final int LISTED_EXTENTS = 64;

    private final String key;
    private final Extent firstFailed;
    private final List<Extent> unwritten;
    private final long unwrittenBytes;
    private final long retainedBytes;

    /**
     * A report of the failure.
     *
     * @param key the object
     * @param firstFailed the bytes of the call that failed first; an empty extent if it was a flush or a sync
     * @param unwritten what is not known to be in storage, in order of offset, at most {@value #LISTED_EXTENTS} extents
     * @param unwrittenBytes how many bytes that is in total, the extents that are not listed included
     * @param retainedBytes how many of them are kept: in memory, by the store for its handle, or, when the conveyor is closed, in the journal
     * @param cause the first failure
     */
    public WriteBehindException(
            String key,
            Extent firstFailed,
            List<Extent> unwritten,
            long unwrittenBytes,
            long retainedBytes,
            Throwable cause) {
        super(message(key, firstFailed, unwrittenBytes, retainedBytes, cause), cause);
        this.key = Objects.requireNonNull(key, "key");
        this.firstFailed = Objects.requireNonNull(firstFailed, "firstFailed");
        this.unwritten = List.copyOf(unwritten);
        this.unwrittenBytes = unwrittenBytes;
        this.retainedBytes = retainedBytes;
    }

    private static String message(
            String key, Extent firstFailed, long unwrittenBytes, long retainedBytes, Throwable cause) {
        return "'" + key + "' has " + unwrittenBytes + " bytes that are not in storage (" + retainedBytes
                + " of them retained) since a background call failed at " + firstFailed + ": " + cause.getMessage();
    }

    /** The object. */
    public String key() {
        return key;
    }

    /** The bytes of the call that failed first; empty if that was a flush or a sync. */
    public Extent firstFailed() {
        return firstFailed;
    }

    /**
     * What is not known to be in storage, by offset; at most {@value #LISTED_EXTENTS} extents. Where more than a few hundred ranges would have to be remembered it may
     * be the one from the first to the last of them.
     */
    public List<Extent> unwritten() {
        return unwritten;
    }

    /**
     * How many bytes are not known to be in storage, the extents that {@link #unwritten()} leaves out included. Never too few; a few more than there are if hundreds
     * of ranges are concerned, and some were written several times.
     */
    public long unwrittenBytes() {
        return unwrittenBytes;
    }

    /** How many of those bytes are kept, and come to storage after {@link Conveyor#clearError()}; of a conveyor that is closed, by the replay of its journal. */
    public long retainedBytes() {
        return retainedBytes;
    }
}
