package io.conveyor.backend.s3;

import io.conveyor.Extent;
import io.conveyor.StorageException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * When a failed request is tried again, and how long that waits: exponential with full jitter, with longer waits and more tries when the store
 * asks for fewer requests. Immutable, any thread.
 */
final class S3Backoff {

    private static final Duration CAP = Duration.ofSeconds(20);

    /** A request. */
    @FunctionalInterface
    interface Call<T> {
        T run() throws IOException;
    }

    private final int attempts;
    private final int throttledAttempts;
    private final Duration base;
    private final Duration throttledBase;
    private final S3Errors errors;

    S3Backoff(S3Options options, S3Errors errors) {
        this.attempts = options.attempts;
        this.throttledAttempts = options.throttledAttempts;
        this.base = options.backoff;
        this.throttledBase = options.throttledBackoff;
        this.errors = errors;
    }

    /**
     * Runs a request that may be repeated without harm, until it succeeds or fails for good.
     *
     * @throws IOException the last failure, translated
     */
    <T> T repeat(String operation, @Nullable String key, @Nullable Extent extent, Call<T> call) throws IOException {
        for (int attempt = 1; ; attempt++) {
            RuntimeException failure;
            try {
                return call.run();
            } catch (RuntimeException e) {
                failure = e;
            }
            S3Fault fault = S3Errors.fault(failure);
            if (!mayTryAgain(fault, attempt)) {
                throw errors.translate(failure, operation, key, extent, true);
            }
            pause(operation, fault, attempt);
        }
    }

    /** Whether there may be another try after {@code attempt} of them. */
    boolean mayTryAgain(S3Fault fault, int attempt) {
        return fault.isTransient() && attempt < (fault == S3Fault.THROTTLED ? throttledAttempts : attempts);
    }

    /** Waits before the next try. */
    void pause(String operation, S3Fault fault, int attempt) throws IOException {
        Duration first = fault == S3Fault.THROTTLED ? throttledBase : base;
        long most = Math.min(CAP.toNanos(), first.toNanos() << Math.min(attempt - 1, 20));
        if (most <= 0) {
            return;
        }
        try {
            TimeUnit.NANOSECONDS.sleep(ThreadLocalRandom.current().nextLong(most));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            InterruptedIOException interrupted =
                    new InterruptedIOException(operation + " was interrupted while it waited to try again");
            interrupted.initCause(e);
            throw interrupted;
        }
    }

    /** Whether an exception that {@link S3Errors} made comes from {@code fault}. */
    static boolean isFrom(IOException exception, S3Fault fault) {
        return exception.getCause() != null
                && (exception instanceof StorageException || exception.getCause() instanceof RuntimeException)
                && S3Errors.fault(exception.getCause()) == fault;
    }
}
