package io.conveyor.core.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.spi.TimeSource;
import io.conveyor.testkit.Concurrently;
import io.conveyor.testkit.Concurrently.Started;
import io.conveyor.testkit.LeakCheck;
import io.conveyor.testkit.ManualClock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class TimerTest {

    @RegisterExtension
    final LeakCheck leaks = LeakCheck.create();

    private final ManualClock clock = ManualClock.create();
    private final Timer timer = new Timer("timer-test", clock, Thread::new);
    private final List<String> done = new CopyOnWriteArrayList<>();

    @AfterEach
    void close() {
        timer.close();
    }

    private void schedule(String name, int seconds) {
        timer.schedule(() -> done.add(name), Duration.ofSeconds(seconds).toNanos());
    }

    private void awaitDone(int count) throws InterruptedException {
        Concurrently.await(count + " tasks have run", () -> done.size() >= count);
    }

    @Test
    void noTaskRunsBeforeItsTime() throws Exception {
        schedule("late", 10);
        schedule("early", 5);

        clock.advance(Duration.ofSeconds(5));
        awaitDone(1);
        clock.advance(Duration.ofNanos(Duration.ofSeconds(5).toNanos() - 1));
        schedule("now", 0);
        awaitDone(2);

        assertThat(done).containsExactly("early", "now");
    }

    @Test
    void tasksRunInTheOrderOfTheirTimes() throws Exception {
        for (int second : new int[] {3, 1, 4, 2, 5}) {
            schedule("at " + second, second);
        }

        clock.advance(Duration.ofSeconds(10));

        awaitDone(5);
        assertThat(done).containsExactly("at 1", "at 2", "at 3", "at 4", "at 5");
    }

    @Test
    void anEarlierTaskIsNotKeptBackByALaterOne() throws Exception {
        schedule("in an hour", 3600);
        clock.advance(Duration.ofSeconds(1));
        schedule("soon", 1);

        clock.advance(Duration.ofSeconds(1));

        awaitDone(1);
        assertThat(done).containsExactly("soon");
    }

    @Test
    void aTaskThatThrowsDoesNotEndTheTimer() throws Exception {
        timer.schedule(
                () -> {
                    throw new IllegalStateException("for the test");
                },
                0);
        schedule("after it", 0);

        awaitDone(1);
    }

    @Test
    void aTaskMayScheduleTheNext() throws Exception {
        timer.schedule(() -> schedule("next", 1), 0);

        Concurrently.await("the next one comes", () -> {
            clock.advance(Duration.ofSeconds(1));
            return !done.isEmpty();
        });
    }

    @Test
    void timeMayPassTheLargestNumber() throws Exception {
        ManualClock late = ManualClock.startingAt(Long.MAX_VALUE - 5);
        Timer overflowing = new Timer("timer-test-late", late, Thread::new);
        overflowing.schedule(() -> done.add("second"), 20);
        overflowing.schedule(() -> done.add("first"), 3);
        late.advance(Duration.ofNanos(3));
        awaitDone(1);

        late.advance(Duration.ofNanos(17));

        awaitDone(2);
        assertThat(done).containsExactly("first", "second");
        overflowing.close();
    }

    @Test
    void itsThreadIsThereOnlyWhileItIsNeeded() throws Exception {
        assertThat(threads()).isZero();
        schedule("one", 1);
        assertThat(threads()).isOne();
        clock.advance(Duration.ofSeconds(1));
        awaitDone(1);

        Concurrently.await("the idle thread ends", () -> {
            clock.advance(Duration.ofSeconds(1));
            return threads() == 0;
        });

        schedule("two", 0);
        awaitDone(2);
    }

    private static long threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("conveyor-timer-test-timer"))
                .count();
    }

    @Test
    void afterTheEndNothingRuns() throws Exception {
        schedule("never", 1);

        timer.close();
        clock.advance(Duration.ofSeconds(5));
        schedule("too late", 0);

        Concurrently.await("the thread ends", () -> threads() == 0);
        assertThat(done).isEmpty();
    }

    @Test
    void whatIsScheduledWithoutAThreadIsDoneWhenSomethingElseFindsOne() throws Exception {
        ScarceThreads scarce = new ScarceThreads();
        Timer poor = new Timer("timer-test-poor", clock, scarce);
        scarce.none(true);
        poor.schedule(() -> done.add("first"), 0);
        assertThat(poor.lacksThread()).isTrue();
        scarce.none(false);

        poor.schedule(() -> done.add("second"), 0);

        awaitDone(2);
        assertThat(poor.lacksThread()).isFalse();
        poor.close();
    }

    @Test
    void whoeverComesByFindsTheThreadThatWasLacking() throws Exception {
        ScarceThreads scarce = new ScarceThreads();
        Timer poor = new Timer("timer-test-poor", clock, scarce);
        scarce.none(true);
        poor.schedule(() -> done.add("first"), 0);
        poor.tryAgain();
        assertThat(scarce.refusals()).as("it was tried a moment ago").isOne();
        clock.advance(Duration.ofMillis(10));
        poor.tryAgain();
        assertThat(scarce.refusals()).isEqualTo(2);
        scarce.none(false);
        clock.advance(Duration.ofMillis(10));

        poor.tryAgain();

        awaitDone(1);
        poor.close();
    }

    @Test
    void whoeverWaitsFindsTheThreadThatWasLacking() throws Exception {
        ScarceThreads scarce = new ScarceThreads();
        Timer poor = new Timer("timer-test-poor", TimeSource.system(), scarce);
        ReentrantLock lock = new ReentrantLock();
        Condition come = lock.newCondition();
        scarce.none(true);
        poor.schedule(() -> signal(lock, come), 0);
        Started<Boolean> waits = Concurrently.start(() -> awaitDone(lock, come, poor.waiting()));
        Concurrently.await("it tries again and again", () -> scarce.refusals() > 3);
        scarce.none(false);

        assertThat(waits.result()).isTrue();
        poor.close();
    }

    private void signal(ReentrantLock lock, Condition come) {
        lock.lock();
        try {
            done.add("done");
            come.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private boolean awaitDone(ReentrantLock lock, Condition come, TimeSource waiting) throws InterruptedException {
        lock.lock();
        try {
            while (done.isEmpty()) {
                waiting.await(come, waiting.nanoTime() + Duration.ofDays(1).toNanos());
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    @Test
    void aTimerThatLacksAThreadHasNothingToDoAfterItsEnd() {
        ScarceThreads scarce = new ScarceThreads();
        Timer poor = new Timer("timer-test-poor", clock, scarce);
        scarce.none(true);
        poor.schedule(() -> done.add("never"), 0);

        poor.close();

        assertThat(poor.lacksThread()).isFalse();
    }

    @Test
    void aTimerGoesOnWhenThereIsMemoryToWaitWithAgain() throws Exception {
        FullHeap heap = new FullHeap(clock);
        Timer poor = new Timer("timer-test-poor", heap, Thread::new);
        heap.onceIn("Timer.take");
        poor.schedule(() -> done.add("first"), 0);
        awaitDone(1);

        assertThat(heap.hasFailed()).isTrue();
        poor.close();
    }

    @Test
    void whatIsRepeatedGoesOnThoughItFails() throws Exception {
        timer.repeat(
                () -> {
                    done.add("again");
                    throw new IllegalStateException("for the test");
                },
                Duration.ofSeconds(1).toNanos());

        for (int times = 1; times <= 3; times++) {
            clock.advance(Duration.ofSeconds(1));
            awaitDone(times);
        }
        assertThat(done).hasSize(3);
    }
}
