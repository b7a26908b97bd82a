package io.conveyor.backend.s3;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.InterruptedIOException;

/**
 * The writes of a handle that are staging their bytes, or sending parts of them: each may make room in staging when it ends. Any thread.
 *
 * <p>A write that finds no room is under way no more while it waits, so that two of them never wait for each other.
 */
final class S3WritesUnderWay {

    @GuardedBy("this")
    private int underWay;

    @GuardedBy("this")
    private long ended;

    /**
     * Says that a write begins. It has to end by {@link #end} or {@link #withdraw}.
     *
     * @return how many have ended before
     */
    synchronized long begin() {
        underWay++;
        return ended;
    }

    /** Says that a write has ended which had its bytes staged, whatever became of the parts. */
    synchronized void end() {
        underWay--;
        ended++;
        notifyAll();
    }

    /** Says that a write has ended of which nothing was staged. */
    synchronized void withdraw() {
        underWay--;
        notifyAll();
    }

    /**
     * Waits until a write has ended since.
     *
     * @param before as {@link #begin} said
     * @return false if none has, and none is under way
     * @throws InterruptedIOException if this thread is interrupted, which it stays
     */
    synchronized boolean awaitAnother(long before) throws InterruptedIOException {
        while (ended == before) {
            if (underWay == 0) {
                return false;
            }
            try {
                wait();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                InterruptedIOException interrupted =
                        new InterruptedIOException("a write was interrupted while it waited for room in staging");
                interrupted.initCause(e);
                throw interrupted;
            }
        }
        return true;
    }
}
