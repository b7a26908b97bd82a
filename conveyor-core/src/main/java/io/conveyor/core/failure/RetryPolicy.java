package io.conveyor.core.failure;

import io.conveyor.ConveyorOptions;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Retry;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.util.random.RandomGenerator;

/**
 * Whether, and after which pause, a storage call is made again: exponential backoff with full jitter (a pause is uniform between nothing and a
 * bound that doubles), which spreads the retries of many clients best (Brooker, "Exponential Backoff And Jitter", AWS 2015).
 *
 * <p>Any thread may use it, as far as its random generator allows that.
 */
public final class RetryPolicy {

    /** The answer that says no. */
    public static final long GIVE_UP = -1;

    /** A store that asks for fewer requests is left alone five times as long at first (S3A, the AWS SDK: 500 ms against 100 ms). */
    private static final int THROTTLED_FACTOR = 5;

    private final ConveyorOptions options;
    private final RandomGenerator random;

    /** The policy that the options describe. */
    public RetryPolicy(ConveyorOptions options, RandomGenerator random) {
        this.options = options;
        this.random = random;
    }

    /**
     * The pause before the next attempt in nanoseconds, or {@link #GIVE_UP}.
     *
     * @param failure why the last attempt failed
     * @param repeatable whether a call with an unknown outcome may be repeated because a second time changes nothing
     * @param failedAttempts how many attempts have failed in a row, at least 1
     * @param elapsedNanos the time since the first of them
     */
    public long pauseNanos(Throwable failure, boolean repeatable, int failedAttempts, long elapsedNanos) {
        if (failedAttempts >= options.retryAttempts()
                || elapsedNanos > options.retryBudget().toNanos()
                || !isTransient(failure, repeatable)) {
            return GIVE_UP;
        }
        int doublings = Math.min(failedAttempts - 1, 30);
        long bound = saturatedTimes(options.retryBaseDelay().toNanos(), 1L << doublings);
        if (failure instanceof StorageException storage && storage.kind() == StorageException.Kind.THROTTLED) {
            bound = saturatedTimes(bound, THROTTLED_FACTOR);
        }
        bound = Math.min(bound, options.retryMaxDelay().toNanos());
        return bound <= 0 ? 0 : random.nextLong(bound + 1);
    }

    private static long saturatedTimes(long value, long factor) {
        return value > Long.MAX_VALUE / 2 / factor ? Long.MAX_VALUE / 2 : value * factor;
    }

    private static boolean isTransient(Throwable failure, boolean repeatable) {
        if (failure instanceof StorageException storage) {
            return storage.retry() == Retry.SAFE || (storage.retry() == Retry.OUTCOME_UNKNOWN && repeatable);
        }
        // a signal or a stray interrupt hit the call; nothing is wrong with the store
        return failure instanceof ClosedByInterruptException || failure instanceof InterruptedIOException;
    }
}
