package io.conveyor.core.overlay;

import org.jspecify.annotations.Nullable;

/** The reads that are asking storage now. Used under the conveyor's lock; there are as many as threads that read, so a list will do. */
public final class ActiveReads {

    private @Nullable ActiveRead first;

    /**
     * Registers a read of {@code [start, end)}.
     *
     * @param read not active yet, or no longer
     * @param written everything before this log position is in storage
     * @param lowestCut the lowest size that a pending cut will leave, or {@link Long#MAX_VALUE}
     */
    public void begin(ActiveRead read, long start, long end, long written, long lowestCut) {
        read.begin(start, end, written, lowestCut);
        read.next = first;
        first = read;
    }

    /** Removes a read. */
    public void end(ActiveRead read) {
        ActiveRead before = null;
        for (ActiveRead each = first; each != null; each = each.next) {
            if (each == read) {
                if (before == null) {
                    first = each.next;
                } else {
                    before.next = each.next;
                }
                read.next = null;
                return;
            }
            before = each;
        }
        throw new AssertionError("not active");
    }

    /** Tells all active reads that the object was cut to {@code size}. */
    public void cut(long size) {
        for (ActiveRead read = first; read != null; read = read.next) {
            read.lowestCut = Math.min(read.lowestCut, size);
        }
    }

    /** Tells all active reads that the log and storage have parted: they are to be made again, and need nothing any more. */
    public void makeVoid() {
        for (ActiveRead read = first; read != null; read = read.next) {
            read.makeVoid();
        }
    }

    /** Whether an active read may need the bytes {@code [start, end)} that end at {@code logEnd} in the log. */
    public boolean holds(long start, long end, long logEnd) {
        for (ActiveRead read = first; read != null; read = read.next) {
            if (!read.isVoid() && read.writtenAtStart < logEnd && read.start < end && start < read.end) {
                return true;
            }
        }
        return false;
    }
}
