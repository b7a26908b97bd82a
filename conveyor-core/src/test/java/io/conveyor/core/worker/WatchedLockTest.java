package io.conveyor.core.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.testkit.Concurrently;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One at a time, however they ask; and who asks to have the lock soon gets it, though somebody else takes it again and again. */
@Timeout(60)
@SuppressWarnings("LockNotBeforeTry") // it is the lock that is looked at
class WatchedLockTest {

    private static final int TIMES = 200_000;

    private final WatchedLock lock = new WatchedLock();
    private int guarded;

    private void count(boolean soon) {
        if (soon) {
            lock.lockSoon();
        } else {
            lock.lock();
        }
        try {
            guarded++;
        } finally {
            lock.unlock();
        }
    }

    @Test
    void oneAtATimeHasItHoweverTheyAsk() throws Exception {
        List<Concurrently.Started<Boolean>> all = new ArrayList<>();
        for (int thread = 0; thread < 4; thread++) {
            boolean soon = thread % 2 == 0;
            all.add(Concurrently.start(() -> {
                for (int i = 0; i < TIMES; i++) {
                    count(soon);
                }
                return true;
            }));
        }
        for (Concurrently.Started<Boolean> each : all) {
            assertThat(each.result()).isTrue();
        }
        assertThat(guarded).isEqualTo(4 * TIMES);
    }

    @Test
    void whoHasItMayTakeItAgain() {
        lock.lock();
        lock.lockSoon();
        lock.lock();
        assertThat(lock.getHoldCount()).isEqualTo(3);
        lock.unlock();
        lock.unlock();
        lock.unlock();
        assertThat(lock.isLocked()).isFalse();
    }

    @Test
    void aWishIsFulfilledThoughSomebodyElseTakesTheLockAgainAndAgain() throws Exception {
        CountDownLatch fulfilled = new CountDownLatch(1);
        Concurrently.Started<Boolean> busy = Concurrently.start(() -> {
            while (fulfilled.getCount() > 0) {
                count(false);
            }
            return true;
        });
        for (int i = 0; i < 1_000; i++) {
            count(true);
        }
        fulfilled.countDown();
        assertThat(busy.result()).isTrue();
    }

    @Test
    void nobodyWaitsForAWishThatIsFulfilledAlready() throws Exception {
        lock.lock();
        Concurrently.Started<Boolean> wisher = Concurrently.start(() -> {
            count(true);
            return true;
        });
        while (!lock.hasQueuedThreads()) {
            Thread.onSpinWait();
        }
        lock.unlock();
        assertThat(wisher.result()).isTrue();
        count(false);
        count(false);
        assertThat(guarded).isEqualTo(3);
    }
}
