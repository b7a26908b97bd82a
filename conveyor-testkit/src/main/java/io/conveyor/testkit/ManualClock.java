package io.conveyor.testkit;

import io.conveyor.spi.TimeSource;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;

/**
 * Time that passes only when a test says so. Any thread may call it.
 *
 * <p>Whoever waits for a deadline looks at this clock about once in a real millisecond; so nobody has to know the locks that others wait
 * under, and a deadline that has passed is noticed at once, as far as a test can tell.
 */
public final class ManualClock implements TimeSource {

    private static final long LOOK_MILLIS = 1;

    private final AtomicLong now;

    private ManualClock(long start) {
        now = new AtomicLong(start);
    }

    /** A clock that stands at an arbitrary time. */
    public static ManualClock create() {
        return startingAt(1_000_000_000L);
    }

    /** A clock that stands at {@code nanos}; near {@link Long#MAX_VALUE} it shows who compares times other than by subtraction. */
    public static ManualClock startingAt(long nanos) {
        return new ManualClock(nanos);
    }

    @Override
    public long nanoTime() {
        return now.get();
    }

    @Override
    @SuppressWarnings("WaitNotInLoop") // the caller loops, as the interface demands
    public void await(Condition condition, long deadline) throws InterruptedException {
        if (deadline - now.get() > 0) {
            condition.await(LOOK_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    /** Lets time pass. */
    public void advance(Duration duration) {
        if (duration.isNegative()) {
            throw new IllegalArgumentException("time cannot pass by " + duration + ": it only goes on");
        }
        now.addAndGet(duration.toNanos());
    }

    @Override
    public String toString() {
        return "ManualClock[" + now.get() + " ns]";
    }
}
