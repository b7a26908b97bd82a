package io.conveyor.core;

/**
 * For how long at most the oldest byte has waited that storage has not taken. Nothing is kept per write: a mark remembers how far acceptance had come
 * at some moment, and when storage has come as far, whatever still waits was accepted after that moment. The answer is never too small, and too
 * large by no more than storage took to get from one mark to the next. A plain class; the caller holds the conveyor's lock.
 */
final class PendingAge {

    private boolean pending;
    private long sinceNanos;
    private long mark;
    private long markNanos;

    /** Whether {@link #observe} has to be called: acceptance or storage has come to where it matters. Cheap, for every write. */
    boolean isDue(long accepted, long written) {
        return pending ? written >= mark : written < accepted;
    }

    /** Takes note of how far both have come by now. */
    void observe(long accepted, long written, long nowNanos) {
        sinceNanos = pending ? markNanos : nowNanos;
        pending = written < accepted;
        mark = accepted;
        markNanos = nowNanos;
    }

    /** The age in nanoseconds; 0 if nothing waits. */
    long nanos(long nowNanos) {
        return pending ? Math.max(0, nowNanos - sinceNanos) : 0;
    }
}
