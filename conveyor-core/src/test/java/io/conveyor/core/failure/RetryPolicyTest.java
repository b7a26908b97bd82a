package io.conveyor.core.failure;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.ConveyorOptions;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RetryPolicyTest {

    /** Chance that always takes the largest number allowed: so a pause is its bound. */
    private static final RandomGenerator LARGEST = new RandomGenerator() {
        @Override
        public long nextLong() {
            throw new AssertionError("a pause is drawn within a bound");
        }

        @Override
        public long nextLong(long bound) {
            return bound - 1;
        }
    };

    private static final long MILLI = Duration.ofMillis(1).toNanos();

    private final RetryPolicy policy = policy(LARGEST);

    private static RetryPolicy policy(RandomGenerator random) {
        return new RetryPolicy(
                ConveyorOptions.builder()
                        .retryAttempts(5)
                        .retryBudget(Duration.ofSeconds(10))
                        .retryBaseDelay(Duration.ofMillis(100))
                        .retryMaxDelay(Duration.ofMillis(3000))
                        .build(),
                random);
    }

    private static StorageException failure(Kind kind, Retry retry) {
        return new StorageException(kind, retry, "pwrite", "object", null, "for a test", null);
    }

    private static StorageException transientFailure() {
        return failure(Kind.UNAVAILABLE, Retry.SAFE);
    }

    @Test
    void pausesDoubleFromTheBaseDelayOn() {
        for (int failed = 1; failed < 5; failed++) {
            assertThat(policy.pauseNanos(transientFailure(), true, failed, 0))
                    .isEqualTo((100L << (failed - 1)) * MILLI);
        }
    }

    @Test
    void noPauseIsLongerThanTheMost() {
        RetryPolicy patient = new RetryPolicy(
                ConveyorOptions.builder()
                        .retryAttempts(100)
                        .retryBaseDelay(Duration.ofMillis(100))
                        .retryMaxDelay(Duration.ofMillis(3000))
                        .build(),
                LARGEST);

        for (int failed = 6; failed < 100; failed++) {
            assertThat(patient.pauseNanos(transientFailure(), true, failed, 0)).isEqualTo(3000 * MILLI);
        }
    }

    @Test
    void aPauseIsAnythingBetweenNothingAndItsBound() {
        RetryPolicy jittered = policy(new Random(1));
        boolean nearlyNone = false;
        boolean nearlyAll = false;
        for (int i = 0; i < 1000; i++) {
            long pause = jittered.pauseNanos(transientFailure(), true, 1, 0);
            assertThat(pause).isBetween(0L, 100 * MILLI);
            nearlyNone |= pause < 20 * MILLI;
            nearlyAll |= pause > 80 * MILLI;
        }

        assertThat(nearlyNone).isTrue();
        assertThat(nearlyAll).isTrue();
    }

    @Test
    void aStoreThatAsksForFewerRequestsIsLeftAloneFiveTimesAsLong() {
        assertThat(policy.pauseNanos(failure(Kind.THROTTLED, Retry.SAFE), true, 1, 0))
                .isEqualTo(500 * MILLI);
        assertThat(policy.pauseNanos(failure(Kind.THROTTLED, Retry.SAFE), true, 4, 0))
                .as("at most the longest pause")
                .isEqualTo(3000 * MILLI);
    }

    @Test
    void itGivesUpAfterTheLastAttempt() {
        assertThat(policy.pauseNanos(transientFailure(), true, 4, 0)).isNotNegative();
        assertThat(policy.pauseNanos(transientFailure(), true, 5, 0)).isEqualTo(RetryPolicy.GIVE_UP);
        assertThat(policy.pauseNanos(transientFailure(), true, 6, 0)).isEqualTo(RetryPolicy.GIVE_UP);
    }

    @Test
    void itGivesUpWhenTheBudgetIsUsed() {
        long budget = Duration.ofSeconds(10).toNanos();

        assertThat(policy.pauseNanos(transientFailure(), true, 1, budget)).isNotNegative();
        assertThat(policy.pauseNanos(transientFailure(), true, 1, budget + 1)).isEqualTo(RetryPolicy.GIVE_UP);
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void whatCannotPassIsNotRepeatedWhateverItsKind(Kind kind) {
        assertThat(policy.pauseNanos(failure(kind, Retry.NEVER), true, 1, 0)).isEqualTo(RetryPolicy.GIVE_UP);
    }

    @Test
    void anUnknownOutcomeIsRepeatedOnlyWhereASecondTimeChangesNothing() {
        StorageException unknown = failure(Kind.UNAVAILABLE, Retry.OUTCOME_UNKNOWN);

        assertThat(policy.pauseNanos(unknown, true, 1, 0)).isNotNegative();
        assertThat(policy.pauseNanos(unknown, false, 1, 0)).isEqualTo(RetryPolicy.GIVE_UP);
    }

    @Test
    void aCallThatWasInterruptedIsRepeated() {
        assertThat(policy.pauseNanos(new ClosedByInterruptException(), false, 1, 0))
                .isNotNegative();
        assertThat(policy.pauseNanos(new InterruptedIOException(), false, 1, 0)).isNotNegative();
    }

    @Test
    void whatNobodyClassifiedIsNotRepeated() {
        assertThat(policy.pauseNanos(new IOException("who knows"), true, 1, 0)).isEqualTo(RetryPolicy.GIVE_UP);
        assertThat(policy.pauseNanos(new IllegalStateException("a fault"), true, 1, 0))
                .isEqualTo(RetryPolicy.GIVE_UP);
        assertThat(policy.pauseNanos(new OutOfMemoryError("no memory"), true, 1, 0))
                .isEqualTo(RetryPolicy.GIVE_UP);
    }

    @Test
    void noDelayIsNoPause() {
        RetryPolicy hasty = new RetryPolicy(
                ConveyorOptions.builder()
                        .retryAttempts(5)
                        .retryBaseDelay(Duration.ZERO)
                        .retryMaxDelay(Duration.ZERO)
                        .build(),
                LARGEST);

        assertThat(hasty.pauseNanos(transientFailure(), true, 3, 0)).isZero();
    }
}
