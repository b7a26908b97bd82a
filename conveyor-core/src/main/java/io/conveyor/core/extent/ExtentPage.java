package io.conveyor.core.extent;

import org.jspecify.annotations.Nullable;

/** A sorted run of at most {@link #CAPACITY} extents. Not for several threads at once. */
final class ExtentPage {

    /** Small enough that moving half of it costs less than a cache miss or two, large enough to keep the directory short. */
    static final int CAPACITY = 128;

    final long[] start = new long[CAPACITY];
    final long[] end = new long[CAPACITY];
    final long[] log = new long[CAPACITY];
    int size;

    /** The next one of a chain of pages that are not in use. */
    @Nullable
    ExtentPage next;

    /** The index of the first extent that ends after {@code offset}; {@link #size} if there is none. */
    int firstEndingAfter(long offset) {
        int low = 0;
        int high = size;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (end[middle] > offset) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    void insert(int index, long newStart, long newEnd, long newLog) {
        int moved = size - index;
        System.arraycopy(start, index, start, index + 1, moved);
        System.arraycopy(end, index, end, index + 1, moved);
        System.arraycopy(log, index, log, index + 1, moved);
        set(index, newStart, newEnd, newLog);
        size++;
    }

    void set(int index, long newStart, long newEnd, long newLog) {
        start[index] = newStart;
        end[index] = newEnd;
        log[index] = newLog;
    }

    void remove(int from, int to) {
        int moved = size - to;
        System.arraycopy(start, to, start, from, moved);
        System.arraycopy(end, to, end, from, moved);
        System.arraycopy(log, to, log, from, moved);
        size -= to - from;
    }

    /** Moves the upper half to {@code upper}, which is empty. */
    void moveUpperHalfTo(ExtentPage upper) {
        int half = size / 2;
        upper.size = size - half;
        System.arraycopy(start, half, upper.start, 0, upper.size);
        System.arraycopy(end, half, upper.end, 0, upper.size);
        System.arraycopy(log, half, upper.log, 0, upper.size);
        size = half;
    }
}
