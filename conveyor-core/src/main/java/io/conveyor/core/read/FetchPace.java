package io.conveyor.core.read;

import java.util.concurrent.TimeUnit;

/**
 * Tells from the last fetches whether storage answers so fast that fetching ahead gains nothing: waking a worker, and taking the bytes from another
 * processor's cache, costs as much as it hides. A file in the page cache is such a store, until it is not. Used under the conveyor's lock.
 */
final class FetchPace {

    /** A block of 256 KiB comes from the page cache in 35 to 70 microseconds; waking a worker takes 30 to 60. */
    private static final long HAND_OFF_NANOS = TimeUnit.MICROSECONDS.toNanos(100);

    private static final int HAND_OFF_BYTES = 256 << 10;

    /** What is larger may take longer, by as much as copying the rest from memory takes: 4 GB/s on a small machine, with another thread beside it. */
    private static final int COPIED_PER_NANO = 4;

    /** One slow fetch ends it at once, so that few are needed to begin it. */
    private static final int FAST_IN_A_ROW = 4;

    private int fast;

    /** A fetch of so many bytes has ended; a clock that stands still says nothing. */
    void fetched(int bytes, long nanos) {
        if (nanos >= HAND_OFF_NANOS + Math.max(0, bytes - HAND_OFF_BYTES) / COPIED_PER_NANO) {
            fast = 0;
        } else if (nanos > 0) {
            fast = Math.min(fast + 1, FAST_IN_A_ROW);
        }
    }

    /** Whether a reader does best to fetch each block itself, when it gets there. */
    boolean isAtHand() {
        return fast == FAST_IN_A_ROW;
    }
}
