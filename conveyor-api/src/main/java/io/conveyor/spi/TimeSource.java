package io.conveyor.spi;

import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;

/**
 * Time as the engine sees it: what is the time, and wait until then. Tests put a clock of their own in its place. Any thread may call it.
 */
public interface TimeSource {

    /** The time in nanoseconds since some fixed moment; compare by subtraction. */
    long nanoTime();

    /**
     * Waits until the condition is signalled, the deadline has come, or for no reason; as {@link Condition#awaitNanos}, the caller holds the
     * condition's lock and checks in a loop what it waits for.
     *
     * @param deadline by {@link #nanoTime()}
     * @throws InterruptedException if the thread is interrupted
     */
    void await(Condition condition, long deadline) throws InterruptedException;

    /** The time of day, by the machine's clock, which may be set back. To tell people when something was, not to wait by. */
    default Instant timeOfDay() {
        return Instant.now();
    }

    /** The machine's own time. */
    static TimeSource system() {
        return SystemTime.INSTANCE;
    }

    /** See {@link TimeSource#system()}. */
    enum SystemTime implements TimeSource {
        /** The only one. */
        INSTANCE;

        @Override
        public long nanoTime() {
            return System.nanoTime();
        }

        @Override
        @SuppressWarnings("WaitNotInLoop") // the loop is the caller's
        public void await(Condition condition, long deadline) throws InterruptedException {
            long left = deadline - System.nanoTime();
            if (left > 0) {
                condition.await(left, TimeUnit.NANOSECONDS);
            }
        }
    }
}
