package io.conveyor.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.spi.TimeSource;
import io.conveyor.testkit.Concurrently;
import io.conveyor.testkit.Concurrently.Started;
import io.conveyor.testkit.ManualClock;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Of the writers that find a log full one waits for room, and the others sleep until it is their turn. The thread of the test is the first. */
@Timeout(60)
class StallLineTest {

    private static final Duration TERM = Duration.ofNanos(StallLine.TERM_NANOS);
    private static final Duration MOMENT = TERM.dividedBy(10);
    private static final long MUCH = OpenObject.PIECE_BYTES;

    private final ReentrantLock lock = new ReentrantLock();
    private final ManualClock clock = ManualClock.startingAt(Long.MAX_VALUE - StallLine.TERM_NANOS / 2);
    private StallLine line = new StallLine(clock, lock.newCondition());
    private long accepted;

    /** What a writer does who finds the log full; it ends when that one is first. */
    private void findFull() throws InterruptedException {
        lock.lock();
        try {
            if (!line.isFirst()) {
                line.sleep(clock.nanoTime() + Duration.ofMinutes(1).toNanos());
            }
        } finally {
            lock.unlock();
        }
    }

    private boolean isFirst() {
        return locked(line::isFirst);
    }

    private Started<Boolean> another() throws InterruptedException {
        return Concurrently.start(() -> {
                    findFull();
                    return true;
                })
                .awaitWaiting();
    }

    private void callEnds(long acceptedSince) {
        accepted += acceptedSince;
        locked(() -> {
            line.callEnded(accepted);
            return true;
        });
    }

    private <T> T locked(Supplier<T> action) {
        lock.lock();
        try {
            return action.get();
        } finally {
            lock.unlock();
        }
    }

    private void firstWaits(boolean begins) {
        locked(() -> {
            line.waits(begins);
            return true;
        });
    }

    @Test
    void whoFindsTheLogFullAloneIsFirstAgainAndAgain() {
        assertThat(isFirst()).isTrue();
        clock.advance(TERM.multipliedBy(3));
        assertThat(isFirst()).isTrue();
    }

    @Test
    void anotherSleepsWhileTheFirstWaitsForRoom() throws Exception {
        isFirst();
        firstWaits(true);
        Started<Boolean> other = another();

        callEnds(0);
        callEnds(0);

        assertThat(other.isDone()).isFalse();
        firstWaits(false);
        callEnds(0);
        callEnds(0);
        assertThat(other.result()).isTrue();
    }

    @Test
    void othersSleepWhileTheFirstFillsWhatStorageEmpties() throws Exception {
        isFirst();
        Started<Boolean> other = another();

        for (int call = 0; call < 5; call++) {
            callEnds(MUCH);
        }

        assertThat(other.isDone()).isFalse();
        assertThat(isFirst()).isTrue();
        callEnds(0);
        callEnds(0);
        other.result();
    }

    @Test
    void allAreCalledWhenNobodyFillsIt() throws Exception {
        isFirst();
        Started<Boolean> one = another();
        Started<Boolean> two = another();

        callEnds(MUCH);
        assertThat(one.isDone() || two.isDone()).isFalse();
        callEnds(MUCH - 1);

        assertThat(one.result()).isTrue();
        assertThat(two.result()).isTrue();
    }

    @Test
    void theNextIsCalledWhenTheFirstHasHadItsTerm() throws Exception {
        isFirst();
        Started<Boolean> next = another();
        clock.advance(MOMENT.multipliedBy(9));
        isFirst();
        clock.advance(MOMENT);

        callEnds(MUCH);

        assertThat(next.result()).isTrue();
        assertThat(isFirst()).as("the first is first still").isFalse();
    }

    @Test
    void theFirstGoesBehindOthersWhenItComesBackAfterItsTerm() throws Exception {
        isFirst();
        Started<Boolean> next = another();
        clock.advance(MOMENT.multipliedBy(9));
        isFirst();
        clock.advance(MOMENT);

        assertThat(isFirst()).isFalse();
        assertThat(next.result()).isTrue();
    }

    @Test
    void nobodySleepsLongBehindWhoDoesNotComeBack() throws Exception {
        isFirst();
        Started<Boolean> other = another();

        clock.advance(TERM);

        assertThat(other.result()).isTrue();
    }

    @Test
    void whoComesWhenTheFirstHasBeenAwayForATermIsFirst() throws Exception {
        isFirst();
        clock.advance(TERM);

        Concurrently.start(() -> {
                    assertThat(isFirst()).isTrue();
                    return true;
                })
                .result();
    }

    @Test
    void thereIsSomethingForAllToSee() throws Exception {
        isFirst();
        firstWaits(true);
        Started<Boolean> one = another();
        Started<Boolean> two = another();

        locked(() -> {
            line.callAll();
            return true;
        });

        assertThat(one.result()).isTrue();
        assertThat(two.result()).isTrue();
    }

    @Test
    void whoIsInterruptedTakesNobodysCallAlong() throws Exception {
        line = new StallLine(new Sleeping(), lock.newCondition());
        isFirst();
        Started<Boolean> one = another();
        Started<Boolean> two = another();

        lock.lock();
        try {
            two.thread().interrupt();
            clock.advance(MOMENT.multipliedBy(9));
            line.isFirst();
            clock.advance(MOMENT);
            line.callEnded(MUCH);
        } finally {
            lock.unlock();
        }

        assertThatThrownBy(two::result).isInstanceOf(InterruptedException.class);
        assertThat(one.result()).isTrue();
    }

    /** The clock of the test, but whoever waits sleeps until it is woken. */
    private final class Sleeping implements TimeSource {

        @Override
        public long nanoTime() {
            return clock.nanoTime();
        }

        @Override
        @SuppressWarnings("WaitNotInLoop") // the loop is the caller's
        public void await(Condition condition, long deadline) throws InterruptedException {
            condition.await();
        }
    }
}
