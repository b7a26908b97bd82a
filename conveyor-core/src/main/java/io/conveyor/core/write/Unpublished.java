package io.conveyor.core.write;

import io.conveyor.core.extent.ExtentIndex;
import io.conveyor.core.extent.ExtentSet;

/**
 * Which bytes the handle was given and has not published. They have left the log, so nothing else knows of them; and a failure has to name them. Of bounded size:
 * when it would need more than {@link ExtentSet#MOST} extents it keeps only the range from the first to the last, and counts bytes that are written twice from then
 * on twice. So it may say too much, but never too little. Used under the conveyor's lock.
 */
final class Unpublished {

    /** By log position; empty once they are not kept apart any more. */
    private final ExtentIndex apart = new ExtentIndex();

    /** The range from the first to the last; empty while they are kept apart. */
    private long hullStart = Long.MAX_VALUE;

    private long hullEnd;

    /** How many bytes of it are meant, at most. */
    private long hullBytes;

    /** They are all published when everything before it is. */
    private long hullLogEnd;

    /** The handle has taken {@code [start, end)}, which lay in the log from {@code logPosition} on. */
    void add(long start, long end, long logPosition) {
        if (isHull()) {
            addToHull(start, end, logPosition);
            return;
        }
        apart.put(start, end, logPosition);
        if (apart.size() > ExtentSet.MOST) {
            apart.visit(0, Long.MAX_VALUE, this::addToHull);
            apart.clear();
        }
    }

    private boolean isHull() {
        return hullStart < hullEnd;
    }

    private void addToHull(long start, long end, long logPosition) {
        hullStart = Math.min(hullStart, start);
        hullEnd = Math.max(hullEnd, end);
        hullBytes += end - start;
        hullLogEnd = Math.max(hullLogEnd, logPosition + (end - start));
    }

    /** The handle has cut everything off from {@code size} on. */
    void cut(long size) {
        apart.remove(size, Long.MAX_VALUE);
        if (hullStart >= size) {
            forgetHull();
        } else {
            hullEnd = Math.min(hullEnd, size);
            hullBytes = Math.min(hullBytes, hullEnd - hullStart);
        }
    }

    /** Everything before {@code position} of the log is published. */
    void published(long position) {
        apart.remove(0, Long.MAX_VALUE, Long.MIN_VALUE, position);
        if (hullLogEnd <= position) {
            forgetHull();
        }
    }

    private void forgetHull() {
        hullStart = Long.MAX_VALUE;
        hullEnd = 0;
        hullBytes = 0;
        hullLogEnd = 0;
    }

    boolean isEmpty() {
        return apart.isEmpty() && !isHull();
    }

    /** Adds what lies below {@code limit} to {@code set}, which keeps all extents apart; answers how many bytes are meant by what is in that then, at most. */
    long addTo(ExtentSet set, long limit) {
        long before = set.bytes();
        apart.visit(0, limit, (start, end, log) -> set.add(start, end));
        if (!isHull()) {
            return set.bytes();
        }
        long end = Math.min(hullEnd, limit);
        set.add(hullStart, end);
        return Math.min(set.bytes(), before + Math.min(hullBytes, Math.max(0, end - hullStart)));
    }
}
