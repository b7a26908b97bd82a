package io.conveyor.core.write;

/**
 * How much may be pending now: all that the options allow, or less while a queue stands that storage would empty at once. Used under the conveyor's lock.
 *
 * <p>A queue is there for bursts. One that stays full, because the writer is faster than storage, saves nobody any time: the writer is as fast as storage
 * whatever the length of the queue. It costs, though: its bytes would be lost with the process, the next burst has no room, and if it is longer than what a
 * processor's cache holds, each byte crosses to memory and back on its way (K. Nichols and V. Jacobson, "Controlling Queue Delay", ACM Queue 10(5), 2012, tell
 * good queues from bad ones; RFC 8289).
 *
 * <pre>
 *            a writer finds it full          storage takes n bytes within 1 ms
 *   ALL OF IT -------------------&gt; STANDS ----------------------------------&gt; LET DOWN by n/2 each time, to 2 MiB
 *      ^                                                                       |
 *      +----- a writer has waited for 2 ms, or comes back after a rest; a call fails
 * </pre>
 *
 * <p>A queue is let down only while storage is quick, and what a writer loses by it is {@link #PATIENCE_NANOS} at a time: as soon as storage is not quick, the
 * writer has everything that the options allow, and most of it is free.
 */
final class StandingQueue {

    /** What the second-level cache of one core holds on current servers, and at least two calls. */
    private static final long SHORT = 2 << 20;

    /** A call that lasts longer is not one of a quick store: 1 ms. A page cache takes a mebibyte in less than half of that. */
    private static final long QUICK_NANOS = 1_000_000;

    /** For so long a writer may wait although the options leave room. */
    static final long PATIENCE_NANOS = 2 * QUICK_NANOS;

    /** Who fills it only so long after it was empty has not been writing all the time, and what comes is a burst. */
    private static final long REST_NANOS = 10 * QUICK_NANOS;

    private final long most;
    private long limit;
    private boolean stands;
    private boolean wasEmpty;
    private long emptySince;

    /**
     * A queue that is not full.
     *
     * @param most what the options allow, bytes
     */
    StandingQueue(long most) {
        this.most = most;
        this.limit = most;
    }

    /** How much may be pending, bytes. */
    long limit() {
        return limit;
    }

    /** Whether that is less than the options allow. */
    boolean isLetDown() {
        return limit < most;
    }

    /** A writer has found the queue full at {@code now}. */
    void full(long now) {
        if (isLetDown() && wasEmpty && now - emptySince >= REST_NANOS) {
            raise();
        } else {
            stands = true;
        }
        wasEmpty = false;
    }

    /** Storage took {@code bytes} by a call of {@code nanos}. */
    void taken(long bytes, long nanos) {
        if (stands && nanos <= QUICK_NANOS) {
            limit = Math.max(Math.min(most, SHORT), limit - bytes / 2);
        }
    }

    /** Nothing is pending at {@code now}. Whether that is a rest, or the writer was only slower for a moment, is seen when it is {@linkplain #full} again. */
    void empty(long now) {
        wasEmpty = true;
        emptySince = now;
        stands = isLetDown();
    }

    /** The queue does not stand. */
    void raise() {
        stands = false;
        limit = most;
    }
}
