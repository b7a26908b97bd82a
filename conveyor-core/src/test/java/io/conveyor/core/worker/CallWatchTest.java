package io.conveyor.core.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.testkit.Concurrently;
import io.conveyor.testkit.LeakCheck;
import io.conveyor.testkit.ManualClock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class CallWatchTest {

    private static final Duration TIMEOUT = Duration.ofSeconds(16);

    @RegisterExtension
    final LeakCheck leaks = LeakCheck.create();

    private final ManualClock clock = ManualClock.create();
    private final Timer timer = new Timer("watch-test", clock, Thread::new);
    private final ArrayDeque<Runnable> executor = new ArrayDeque<>();
    private final WorkerGroup workers = new WorkerGroup(executor::add, 1, timer, Thread::new);
    private final CallWatch watch = new CallWatch(timer, clock, workers);
    private final List<String> expired = new CopyOnWriteArrayList<>();

    @AfterEach
    void close() {
        timer.close();
    }

    private CallWatch.Call begin(String name) {
        return watch.begin(TIMEOUT.toNanos(), () -> expired.add(name));
    }

    private void awaitExpired(int count) throws InterruptedException {
        Concurrently.await(count + " calls were given up", () -> expired.size() >= count);
    }

    /** Lets pass what the watch is to notice, and a sixteenth more, in steps that it can look at. */
    private void passTimeout() throws InterruptedException {
        for (int look = 0; look <= 16; look++) {
            passOneLook();
        }
    }

    private void passOneLook() throws InterruptedException {
        AtomicInteger looked = new AtomicInteger();
        clock.advance(TIMEOUT.dividedBy(16));
        timer.schedule(looked::incrementAndGet, 0); // comes after the look that is due
        Concurrently.await("the timer has come here", () -> looked.get() > 0);
    }

    @Test
    void aCallThatEndsInTimeIsNeverGivenUp() throws Exception {
        CallWatch.Call call = begin("quick");
        for (int look = 0; look < 15; look++) {
            passOneLook();
        }

        watch.end(call);
        passTimeout();

        assertThat(expired).isEmpty();
    }

    @Test
    void aCallThatTakesTooLongIsGivenUpOnce() throws Exception {
        CallWatch.Call call = begin("slow");

        passTimeout();
        awaitExpired(1);
        passTimeout();

        assertThat(expired).containsExactly("slow");
        watch.end(call);
    }

    @Test
    void aCallIsGivenUpWithinASixteenthOfItsTimeout() throws Exception {
        CallWatch.Call call = begin("slow");
        for (int look = 0; look < 15; look++) {
            passOneLook();
        }
        assertThat(expired).isEmpty();

        passOneLook();
        passOneLook();

        awaitExpired(1);
        watch.end(call);
    }

    @Test
    void aShortTimeoutIsNotKeptWaitingByALongOne() throws Exception {
        CallWatch.Call patient = watch.begin(Duration.ofHours(1).toNanos(), () -> expired.add("patient"));
        CallWatch.Call hasty = begin("hasty");

        passTimeout();

        awaitExpired(1);
        assertThat(expired).containsExactly("hasty");
        watch.end(hasty);
        watch.end(patient);
    }

    @Test
    void theWatchGoesOnAfterAPauseWithoutCalls() throws Exception {
        watch.end(begin("quick"));
        passTimeout();

        CallWatch.Call call = begin("slow");
        passTimeout();

        awaitExpired(1);
        watch.end(call);
    }

    @Test
    void anotherWorkerTakesThePlaceOfOneThatIsStuckUntilItReturns() throws Exception {
        List<CallWatch.Call> stuck = new ArrayList<>();
        workers.submit(() -> stuck.add(begin("stuck")), WorkerGroup.Priority.ORDINARY);
        // the turn has begun its call; that its runnable returns here is the test's way to hold it
        Runnable turn = Objects.requireNonNull(executor.poll());
        turn.run();

        passTimeout();
        awaitExpired(1);

        assertThat(mayRunAtOnce()).isEqualTo(2);
        watch.end(stuck.get(0));
        assertThat(mayRunAtOnce()).isEqualTo(1);
    }

    /** How many turns the group hands to its executor at a time. */
    private int mayRunAtOnce() {
        for (int i = 0; i < 5; i++) {
            workers.submit(() -> {}, WorkerGroup.Priority.ORDINARY);
        }
        int most = executor.size();
        while (!executor.isEmpty()) {
            executor.remove().run();
        }
        return most;
    }

    @Test
    void aLookThatFailsIsMadeAgain() throws Exception {
        FullHeap heap = new FullHeap(clock);
        CallWatch poor = new CallWatch(timer, heap, workers);
        CallWatch.Call slow = poor.begin(TIMEOUT.toNanos(), () -> expired.add("slow"));
        heap.onceIn("CallWatch.look");
        passOneLook();
        assertThat(heap.hasFailed()).isTrue();

        passTimeout();

        awaitExpired(1);
        poor.end(slow);
    }

    @Test
    void whatIsDoneOnExpiryMayFail() throws Exception {
        CallWatch.Call broken = watch.begin(TIMEOUT.toNanos(), () -> {
            throw new IllegalStateException("for the test");
        });
        CallWatch.Call slow = begin("slow");

        passTimeout();

        awaitExpired(1);
        watch.end(broken);
        watch.end(slow);
    }
}
