package io.conveyor.core;

import io.conveyor.spi.TimeSource;
import java.util.concurrent.locks.Condition;

/**
 * The line of writers that find the log of one conveyor full while storage is quick. Only the first of them waits for room; the others sleep until they are first, although there may be room
 * meanwhile.
 *
 * <p>One writer is enough to keep a quick store busy. Where all are woken by each call that ends they fill what it has made free in a hundred microseconds, get in each other's way meanwhile,
 * and fall asleep again, which takes as long as to fill it. So who is first stays first for a {@linkplain #TERM_NANOS term}: it comes back to the head whenever it finds the log full again.
 *
 * <pre>
 *   finds the log full ---- somebody else is first, and was here within a term ----&gt; SLEEPS
 *          |                                                                          |
 *          v                      the first has had its term, or writes no more;      |
 *      IS FIRST &lt;------------ no call is under way; or 2 ms passed without the first --+
 * </pre>
 *
 * <p>Who is first is a guess, and nothing but speed depends on it: whoever wakes looks whether there is room, and nobody sleeps longer than {@link #LONGEST_SLEEP_NANOS} behind somebody who does
 * not come back. Used under the conveyor's lock.
 */
final class StallLine {

    /** A store whose calls take longer is not quick: who waits for it waits for longer than to be woken takes. */
    static final long QUICK_NANOS = 1_000_000;

    /** For so long one writer is first while others sleep: fifty times what it takes to wake the next. */
    static final long TERM_NANOS = 1_000_000;

    /** So long somebody sleeps before it looks for the first itself. */
    static final long LONGEST_SLEEP_NANOS = 2 * TERM_NANOS;

    private static final long NOBODY = -1;

    private final TimeSource time;
    private final Condition called;

    /** The number of the thread that is first. */
    private long first = NOBODY;

    private long firstSince;

    /** When the first was here last. */
    private long firstSeen;

    /** Whether the first waits, and is woken by what it waits for. */
    private boolean firstWaits;

    private int asleep;

    /** How many of those asleep have been called, and have not come yet. */
    private int calls;

    /** Whether a writer has found the log full, or room in it, since a call ended last. */
    private boolean seen;

    /** How much had been accepted when that call ended. */
    private long acceptedThen;

    /**
     * An empty line.
     *
     * @param called a condition of the conveyor's lock that nobody else waits for
     */
    StallLine(TimeSource time, Condition called) {
        this.time = time;
        this.called = called;
    }

    /** Whether the caller, who has found the log full, is first, and may wait for room; otherwise it is to {@link #sleep}. */
    boolean isFirst() {
        seen = true;
        long now = time.nanoTime();
        long caller = caller();
        if (first == caller && hasHadItsTerm(now) && asleep > calls) {
            first = NOBODY;
            callNext();
        } else if (first != caller && isFree(now)) {
            take(caller, now);
        }
        if (first == caller) {
            firstSeen = now;
        }
        return first == caller;
    }

    private static long caller() {
        return Thread.currentThread().getId();
    }

    private boolean hasHadItsTerm(long now) {
        return now - firstSince >= TERM_NANOS;
    }

    private boolean isFree(long now) {
        return first == NOBODY ? asleep == 0 : !firstWaits && isGone(now);
    }

    private boolean isGone(long now) {
        return now - firstSeen >= TERM_NANOS;
    }

    private void take(long caller, long now) {
        first = caller;
        firstSince = now;
        firstSeen = now;
        firstWaits = false;
    }

    /** The first begins to wait for room, or has done so. */
    void waits(boolean begins) {
        firstWaits = begins;
        seen = true;
    }

    /**
     * Sleeps until the caller is first; the lock is given up meanwhile.
     *
     * @param deadline when the caller will not wait any longer
     */
    void sleep(long deadline) throws InterruptedException {
        asleep++;
        try {
            long now = time.nanoTime();
            do {
                long latest = now + LONGEST_SLEEP_NANOS;
                time.await(called, latest - deadline < 0 ? latest : deadline);
                now = time.nanoTime();
            } while (calls == 0 && !isGone(now) && now - deadline < 0);
            take(caller(), now);
            calls = Math.max(calls - 1, 0);
        } finally {
            asleep--;
            calls = Math.min(calls, asleep);
        }
    }

    /** A call of storage has ended, and there may be room: wakes all if nobody fills it, or the next if the first has filled it for a term. */
    void callEnded(long accepted) {
        boolean idle = !seen && accepted - acceptedThen < OpenObject.PIECE_BYTES;
        seen = false;
        acceptedThen = accepted;
        if (asleep > calls && !firstWaits) {
            if (idle) {
                callAll();
            } else if (hasHadItsTerm(time.nanoTime())) {
                callNext();
            }
        }
    }

    private void callNext() {
        if (asleep > calls) {
            calls++;
            called.signal();
        }
    }

    /** Wakes all: there is something that everybody is to see. */
    void callAll() {
        if (asleep > calls) {
            calls = asleep;
            called.signalAll();
        }
    }
}
