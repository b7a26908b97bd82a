package io.conveyor.core.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.conveyor.core.worker.WorkerGroup.Priority;
import io.conveyor.testkit.Concurrently;
import io.conveyor.testkit.LeakCheck;
import io.conveyor.testkit.ManualClock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class WorkerGroupTest {

    private static final List<Priority> PRIORITIES = List.of(Priority.URGENT, Priority.ORDINARY, Priority.PREFETCH);

    @RegisterExtension
    final LeakCheck leaks = LeakCheck.create();

    /** Runs nothing until it is told to. */
    private final ArrayDeque<Runnable> executor = new ArrayDeque<>();

    private final List<String> done = new ArrayList<>();

    private final ManualClock clock = ManualClock.create();
    private final Timer timer = new Timer("group-test", clock, Thread::new);

    @AfterEach
    void close() {
        timer.close();
    }

    private WorkerGroup group(Executor threads, int workers, boolean ownThreads) {
        return ownThreads
                ? WorkerGroup.onOwnThreads(threads, workers, timer, Thread::new)
                : new WorkerGroup(threads, workers, timer, Thread::new);
    }

    private WorkerGroup group(int workers) {
        return new WorkerGroup(executor::add, workers, timer, Thread::new);
    }

    private void submit(WorkerGroup group, String name, Priority priority) {
        group.submit(() -> done.add(name), priority);
    }

    private void runOne() {
        Objects.requireNonNull(executor.poll()).run();
    }

    private void runAll() {
        while (!executor.isEmpty()) {
            runOne();
        }
    }

    @Test
    void noMoreTurnsAreHandedOutThanThereAreWorkers() {
        WorkerGroup group = group(3);
        for (int i = 0; i < 10; i++) {
            submit(group, "turn", Priority.ORDINARY);
        }

        assertThat(executor).hasSize(3);
        assertThat(group.busy()).isEqualTo(3);
        runOne();
        assertThat(executor).as("one ended, the next began").hasSize(3);
        runAll();

        assertThat(done).hasSize(10);
        assertThat(group.busy()).isZero();
    }

    @Test
    void turnsOfOneKindRunInTheOrderInWhichTheyWereAskedFor() {
        WorkerGroup group = group(1);
        for (int i = 0; i < 5; i++) {
            submit(group, "turn " + i, Priority.ORDINARY);
        }

        runAll();

        assertThat(done).containsExactly("turn 0", "turn 1", "turn 2", "turn 3", "turn 4");
    }

    @Test
    void theUrgentGoFirstAndPrefetchLast() {
        WorkerGroup group = group(1);
        submit(group, "prefetch", Priority.PREFETCH);
        submit(group, "ordinary", Priority.ORDINARY);
        submit(group, "urgent", Priority.URGENT);

        runAll();

        assertThat(done).containsExactly("urgent", "ordinary", "prefetch");
    }

    @Test
    void theUrgentDoNotKeepTheOrdinaryWaitingForEver() {
        WorkerGroup group = group(1);
        submit(group, "ordinary", Priority.ORDINARY);
        for (int i = 0; i < 20; i++) {
            submit(group, "urgent", Priority.URGENT);
        }

        for (int i = 0; i < 4; i++) {
            runOne();
        }

        assertThat(done).contains("ordinary");
        runAll();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void prefetchesUnderWayAreNeverMoreThanHalfOfTheWorkers(boolean ownThreads) throws Exception {
        int workers = 4;
        ThreadPoolExecutor threads = WorkerThreads.create("group-test", Thread::new);
        WorkerGroup group = group(threads, workers, ownThreads);
        AtomicInteger now = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        CountDownLatch all = new CountDownLatch(2000);
        for (int i = 0; i < 2000; i++) {
            group.submit(
                    () -> {
                        most.accumulateAndGet(now.incrementAndGet(), Math::max);
                        Thread.onSpinWait();
                        now.decrementAndGet();
                        all.countDown();
                    },
                    Priority.PREFETCH);
        }

        assertThat(all.await(Concurrently.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .isTrue();
        assertThat(most.get()).isBetween(1, workers / 2);
        threads.shutdown();
    }

    @Test
    void aSingleWorkerPrefetchesToo() {
        WorkerGroup group = group(1);
        submit(group, "prefetch", Priority.PREFETCH);

        runAll();

        assertThat(done).containsExactly("prefetch");
        assertThat(group.fairShare()).isOne();
    }

    @Test
    void oneConveyorsFairShareIsHalf() {
        assertThat(group(8).fairShare()).isEqualTo(4);
        assertThat(group(3).fairShare()).isEqualTo(1);
    }

    @Test
    void aTurnThatThrowsEndsNoWorker() {
        WorkerGroup group = group(1);
        group.submit(
                () -> {
                    throw new IllegalStateException("for the test");
                },
                Priority.ORDINARY);
        submit(group, "after it", Priority.ORDINARY);

        runAll();

        assertThat(done).containsExactly("after it");
        assertThat(group.busy()).isZero();
    }

    @Test
    void aStrayInterruptDoesNotReachATurnAndIsNotLost() {
        WorkerGroup group = group(1);
        List<Boolean> seen = new ArrayList<>();
        group.submit(() -> seen.add(Thread.currentThread().isInterrupted()), Priority.ORDINARY);

        Thread.currentThread().interrupt();
        runAll();

        assertThat(Thread.interrupted()).as("kept for whoever owns the thread").isTrue();
        assertThat(seen).containsExactly(false);
    }

    @Test
    void aTurnNeverRunsOnTheThreadThatAsksForIt() throws Exception {
        ThreadPoolExecutor threads = WorkerThreads.create("group-test", Thread::new);
        WorkerGroup group = new WorkerGroup(threads, 2, timer, Thread::new);
        threads.shutdown(); // from now on it refuses
        CountDownLatch all = new CountDownLatch(100);
        var on = Collections.newSetFromMap(new ConcurrentHashMap<Thread, Boolean>());
        for (int i = 0; i < 100; i++) {
            group.submit(
                    () -> {
                        on.add(Thread.currentThread());
                        all.countDown();
                    },
                    Priority.ORDINARY);
        }

        assertThat(all.await(Concurrently.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .isTrue();
        assertThat(on).isNotEmpty().doesNotContain(Thread.currentThread());
    }

    @Test
    void withoutAThreadOfTheExecutorTheWorkIsDoneAllTheSame() throws Exception {
        WorkerGroup group = new WorkerGroup(
                task -> {
                    throw new RejectedExecutionException("for the test");
                },
                2,
                timer,
                Thread::new);
        CountDownLatch ran = new CountDownLatch(3);
        for (int i = 0; i < 3; i++) {
            group.submit(ran::countDown, Priority.ORDINARY);
        }

        assertThat(ran.await(Concurrently.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .isTrue();
    }

    @Test
    void aStuckWorkerIsReplacedAndTheReplacementEndsWhenItReturns() {
        WorkerGroup group = group(1);
        for (int i = 0; i < 4; i++) {
            submit(group, "turn", Priority.ORDINARY);
        }
        assertThat(executor).hasSize(1);

        assertThat(group.replaceStuck()).isTrue();

        assertThat(executor).hasSize(2);
        group.stuckReturned();
        runOne();
        assertThat(executor).as("one in the place of two").hasSize(1);
        runAll();
        assertThat(done).hasSize(4);
    }

    @Test
    void thereAreAtMostAsManyReplacementsAsWorkers() {
        WorkerGroup group = group(2);

        assertThat(group.replaceStuck()).isTrue();
        assertThat(group.replaceStuck()).isTrue();
        assertThat(group.replaceStuck()).isFalse();
        group.stuckReturned();

        assertThat(group.replaceStuck()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void turnsAskedForByManyThreadsAllRunOnce(boolean ownThreads) throws Exception {
        int workers = 3;
        ThreadPoolExecutor threads = WorkerThreads.create("group-test", Thread::new);
        WorkerGroup group = group(threads, workers, ownThreads);
        int each = 3000;
        AtomicInteger now = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        CountDownLatch all = new CountDownLatch(4 * each);
        Concurrently.run(4, index -> {
            for (int i = 0; i < each; i++) {
                group.submit(
                        () -> {
                            most.accumulateAndGet(now.incrementAndGet(), Math::max);
                            now.decrementAndGet();
                            all.countDown();
                        },
                        PRIORITIES.get(i % 3));
            }
        });

        assertThat(all.await(Concurrently.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .as("%d are missing", all.getCount())
                .isTrue();
        assertThat(most.get()).isBetween(1, workers);
        Concurrently.await("nothing runs any more", () -> group.busy() == 0);
        threads.shutdown();
    }

    /** Workers look for their next turn most of the time here. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void turnsOfWhichEachIsAskedForWhenTheOneBeforeHasRunAllRunOnce(boolean ownThreads) throws Exception {
        int workers = 2;
        ThreadPoolExecutor threads = WorkerThreads.create("group-test", Thread::new);
        WorkerGroup group = group(threads, workers, ownThreads);
        int each = 3000;
        AtomicInteger now = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        AtomicInteger prefetching = new AtomicInteger();
        AtomicInteger mostPrefetching = new AtomicInteger();
        AtomicInteger runs = new AtomicInteger();
        Concurrently.run(3, index -> {
            for (int i = 0; i < each; i++) {
                Priority priority = PRIORITIES.get((i + index) % 3);
                boolean ahead = priority == Priority.PREFETCH;
                CountDownLatch ran = new CountDownLatch(1);
                group.submit(
                        () -> {
                            most.accumulateAndGet(now.incrementAndGet(), Math::max);
                            if (ahead) {
                                mostPrefetching.accumulateAndGet(prefetching.incrementAndGet(), Math::max);
                                prefetching.decrementAndGet();
                            }
                            now.decrementAndGet();
                            runs.incrementAndGet();
                            ran.countDown();
                        },
                        priority);
                assertThat(ran.await(Concurrently.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                        .as("turn %d of thread %d has run", i, index)
                        .isTrue();
            }
        });

        assertThat(runs).hasValue(3 * each);
        assertThat(most.get()).isBetween(1, workers);
        assertThat(mostPrefetching.get()).isBetween(1, 1);
        Concurrently.await("nothing runs any more", () -> group.busy() == 0);
        threads.shutdown();
    }

    @Test
    void whereNoWorkerLooksNoneIsReserved() {
        WorkerGroup group = group(2);
        assertThat(group.reserve()).isFalse();
        submit(group, "turn", Priority.ORDINARY);
        assertThat(group.reserve()).isFalse();
        runAll();
        assertThat(group.reserve())
                .as("on threads that others use nobody looks")
                .isFalse();
    }

    @Test
    void aWorkerThatIsReservedTakesWhatItIsHandedWhateverOthersAskFor() throws Exception {
        assumeTrue(Runtime.getRuntime().availableProcessors() > 1, "alone on a processor nobody looks");
        ThreadPoolExecutor threads = WorkerThreads.create("group-test", Thread::new);
        WorkerGroup group = WorkerGroup.onOwnThreads(threads, 1, timer, Thread::new);
        List<String> order = Collections.synchronizedList(new ArrayList<>());
        for (int i = 0; i < 100; i++) {
            do {
                group.submit(() -> {}, Priority.ORDINARY);
            } while (!looksWithinAMoment(group) || !group.reserve());
            assertThat(group.busy()).isOne();
            group.submit(() -> order.add("urgent"), Priority.URGENT);
            group.hand(() -> order.add("handed"));
            Concurrently.await("both have run", () -> order.size() == 2 && group.busy() == 0);
            assertThat(order).containsExactly("handed", "urgent");
            order.clear();
        }
        threads.shutdown();
    }

    @Test
    void asManyWorkersAreStartedLaterAsTurnsWait() throws Exception {
        ThreadPoolExecutor threads = WorkerThreads.create("group-test", Thread::new);
        AtomicInteger refusals = new AtomicInteger(2);
        WorkerGroup group = new WorkerGroup(
                task -> {
                    if (refusals.getAndDecrement() > 0) {
                        throw new IllegalStateException("for the test");
                    }
                    threads.execute(task);
                },
                4,
                timer,
                Thread::new);
        CountDownLatch second = new CountDownLatch(1);
        CountDownLatch first = new CountDownLatch(1);
        group.submit(
                () -> {
                    try {
                        second.await();
                    } catch (InterruptedException nobodyShould) {
                        throw new AssertionError(nobodyShould);
                    }
                    first.countDown();
                },
                Priority.ORDINARY);
        group.submit(second::countDown, Priority.ORDINARY);

        Concurrently.await("the first has waited for the second", () -> {
            pass();
            return first.getCount() == 0;
        });
        threads.shutdown();
    }

    @Test
    void aWorkerIsAwaitingATurnOnlyWhileItLooksForOne() throws Exception {
        assumeTrue(Runtime.getRuntime().availableProcessors() > 1, "alone on a processor nobody looks");
        ThreadPoolExecutor threads = WorkerThreads.create("group-test", Thread::new);
        WorkerGroup group = WorkerGroup.onOwnThreads(threads, 1, timer, Thread::new);
        assertThat(group.isAwaited()).as("no worker yet").isFalse();

        Concurrently.await("a worker looks after its turn", () -> {
            group.submit(() -> {}, Priority.ORDINARY);
            return looksWithinAMoment(group);
        });
        Concurrently.await("it looks in vain", () -> !group.isAwaited());
        assertThat(group(1).isAwaited())
                .as("on threads that others use nobody looks")
                .isFalse();
        threads.shutdown();
    }

    private static boolean looksWithinAMoment(WorkerGroup group) {
        for (int i = 0; i < 100_000; i++) {
            if (group.isAwaited()) {
                return true;
            }
        }
        return false;
    }

    /** A group of one worker, which cannot be had as long as {@code refuses} says so. */
    private WorkerGroup ofOneWorker(AtomicBoolean refuses) {
        return new WorkerGroup(
                task -> {
                    if (refuses.get()) {
                        throw new IllegalStateException("for the test");
                    }
                    executor.add(task);
                },
                1,
                timer,
                Thread::new);
    }

    @Test
    void aTurnThatNoWorkerCanBeHadForIsDoneByTheNextOne() {
        AtomicBoolean refuses = new AtomicBoolean(true);
        WorkerGroup group = ofOneWorker(refuses);
        submit(group, "first", Priority.ORDINARY);
        assertThat(group.busy()).isZero();
        refuses.set(false);

        submit(group, "second", Priority.ORDINARY);
        runAll();

        assertThat(done).containsExactly("first", "second");
        assertThat(group.busy()).isZero();
    }

    @Test
    void aTurnThatNoWorkerCanBeHadForIsTriedAgainUntilThereIsOne() throws Exception {
        AtomicBoolean refuses = new AtomicBoolean(true);
        AtomicInteger tries = new AtomicInteger();
        WorkerGroup group = new WorkerGroup(
                task -> {
                    tries.incrementAndGet();
                    if (refuses.get()) {
                        throw new IllegalStateException("for the test");
                    }
                    task.run();
                },
                1,
                timer,
                Thread::new);
        AtomicBoolean ran = new AtomicBoolean();
        group.submit(() -> ran.set(true), Priority.URGENT);
        Concurrently.await("tried again and again", () -> {
            pass();
            return tries.get() > 3;
        });
        assertThat(ran).isFalse();
        refuses.set(false);

        Concurrently.await("done", () -> {
            pass();
            return ran.get();
        });
        Concurrently.await("nothing runs any more", () -> group.busy() == 0);
    }

    /** As much time as there is between two tries. */
    private void pass() {
        clock.advance(Duration.ofMillis(10));
        timer.schedule(() -> {}, 0);
    }

    @Test
    void aWorkerGoesOnItselfIfNoOtherOneCanBeHad() {
        AtomicBoolean refuses = new AtomicBoolean();
        WorkerGroup group = ofOneWorker(refuses);
        submit(group, "first", Priority.ORDINARY);
        submit(group, "second", Priority.ORDINARY);
        refuses.set(true);

        runOne();

        assertThat(done).containsExactly("first", "second");
        assertThat(group.busy()).isZero();
    }
}
