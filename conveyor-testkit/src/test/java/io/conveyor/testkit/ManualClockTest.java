package io.conveyor.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.testkit.Concurrently.Started;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;

/** Time that passes only when a test says so. */
class ManualClockTest {

    private final ManualClock clock = ManualClock.create();

    @Test
    void whoeverWaitsForADeadlineWaitsUntilTheTestLetsItCome() throws Exception {
        ReentrantLock lock = new ReentrantLock();
        Condition never = lock.newCondition();
        long deadline = clock.nanoTime() + Duration.ofHours(1).toNanos();
        Started<Long> waiting = Concurrently.start(() -> {
            lock.lock();
            try {
                while (clock.nanoTime() - deadline < 0) {
                    clock.await(never, deadline);
                }
                return clock.nanoTime();
            } finally {
                lock.unlock();
            }
        });
        clock.advance(Duration.ofMinutes(59));
        waiting.awaitWaiting();
        assertThat(waiting.isDone()).isFalse();
        clock.advance(Duration.ofMinutes(1));
        assertThat(waiting.result()).isEqualTo(deadline);
    }

    @Test
    void timeMayRunOverTheLargestNumber() {
        ManualClock old = ManualClock.startingAt(Long.MAX_VALUE - 5);
        long before = old.nanoTime();
        old.advance(Duration.ofNanos(10));
        assertThat(old.nanoTime()).isNegative();
        assertThat(old.nanoTime() - before).isEqualTo(10);
    }

    @Test
    void timeDoesNotGoBack() {
        assertThatThrownBy(() -> clock.advance(Duration.ofNanos(-1))).isInstanceOf(IllegalArgumentException.class);
    }
}
