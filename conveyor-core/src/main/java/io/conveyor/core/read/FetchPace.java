package io.conveyor.core.read;

import java.util.concurrent.TimeUnit;

/**
 * Tells from the last fetches how fast storage answers. So fast that fetching ahead gains nothing: waking a worker, and taking the bytes from another
 * processor's cache, costs as much as it hides. A file in the page cache is such a store, until it is not. Or so fast that several fetches at a time gain
 * nothing over one that goes on. Used under the conveyor's lock.
 */
final class FetchPace {

    /** A block of 256 KiB comes from the page cache in 35 to 70 microseconds; waking a worker takes 30 to 60. */
    private static final long HAND_OFF_NANOS = TimeUnit.MICROSECONDS.toNanos(100);

    private static final int HAND_OFF_BYTES = 256 << 10;

    /** What is larger may take longer, by as much as copying the rest from memory takes: 4 GB/s on a small machine, with another thread beside it. */
    private static final int COPIED_PER_NANO = 4;

    /** One slow fetch ends it at once, so that few are needed to begin it. */
    private static final int FAST_IN_A_ROW = 4;

    /**
     * What a byte may take in line, everything included: 700 MB/s, somewhat less than 10 Gb/s bring. One datanode on the machine of the benchmarks needs 0.37 for one
     * stream, 0.53 for eight requests at a time.
     */
    private static final float IN_LINE_NANOS_PER_BYTE = 1.5f;

    /** No fetch counts for more than this: a pause of the collector or of the scheduler says nothing about storage. */
    private static final float MOST_NANOS_PER_BYTE = 2 * IN_LINE_NANOS_PER_BYTE;

    /** The last so many fetches count, the older the less: after quick ones it takes five very slow ones in a row. */
    private static final int FETCHES_IN_MIND = 8;

    /** What is believed of storage at the beginning of a stream, at most: three very slow fetches are enough to know better, five that take half as long again as they may. */
    private static final float HOPED_NANOS_PER_BYTE = 0.6f * IN_LINE_NANOS_PER_BYTE;

    private int fast;
    private float inLineNanosPerByte = HOPED_NANOS_PER_BYTE;

    /** A fetch of so many bytes has ended; a clock that stands still says nothing. */
    void fetched(int bytes, long nanos) {
        if (nanos >= HAND_OFF_NANOS + Math.max(0, bytes - HAND_OFF_BYTES) / COPIED_PER_NANO) {
            fast = 0;
        } else if (nanos > 0) {
            fast = Math.min(fast + 1, FAST_IN_A_ROW);
        }
    }

    /** The same of a fetch in line that was as large as they are, unless the object ends. */
    void fetchedInLine(int bytes, long nanos) {
        float taken = Math.min((float) nanos / bytes, MOST_NANOS_PER_BYTE);
        inLineNanosPerByte += (taken - inLineNanosPerByte) / FETCHES_IN_MIND;
    }

    /** A stream of reads begins, which may find storage quicker than the one before it did. */
    void streamBegins() {
        inLineNanosPerByte = Math.min(inLineNanosPerByte, HOPED_NANOS_PER_BYTE);
    }

    /** Whether one fetch at a time is not enough. */
    boolean isSlowInLine() {
        return inLineNanosPerByte > IN_LINE_NANOS_PER_BYTE;
    }

    /** Whether a reader does best to fetch each block itself, when it gets there. */
    boolean isAtHand() {
        return fast == FAST_IN_A_ROW;
    }
}
