package io.conveyor.testkit;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.FactoryStats;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a test that leaves something behind: a thread of the engine, an open handle, memory of a factory, a broken rule of the SPI.
 *
 * <pre>{@code
 * @RegisterExtension final LeakCheck leaks = LeakCheck.create();
 * ...
 * leaks.watch(backend);
 * leaks.watch(factory);
 * }</pre>
 *
 * <p>It looks after the test's own {@code @AfterEach} methods, which close what they opened, and gives workers that are just ending a
 * while to end. One instance for each test.
 */
public final class LeakCheck implements BeforeEachCallback, AfterEachCallback {

    /** What the names of the engine's threads begin with. */
    public static final String THREAD_PREFIX = "conveyor-";

    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final long LOOK_MILLIS = 1;

    private final List<Supplier<String>> checks = new CopyOnWriteArrayList<>();
    private Set<Thread> threadsBefore = Set.of();

    private LeakCheck() {}

    /** A check that watches the engine's threads only, so far. */
    public static LeakCheck create() {
        return new LeakCheck();
    }

    /** Also expects that no handle and no listing of this store stays open, and that no rule was broken. */
    public void watch(MemoryBackend backend) {
        expectZero("handles open on the store in memory", backend::openHandles);
        expectZero("listings open on the store in memory", backend::openListings);
        checks.add(() -> violations(backend.violations()));
    }

    /** Also expects that no handle of this backend stays open, and that no rule was broken. */
    public void watch(FaultInjectingBackend backend) {
        expectZero("handles open on the backend", backend::openHandles);
        checks.add(() -> violations(backend.violations()));
    }

    /** Also expects that this factory, closed by then, has no conveyor, no memory and no busy worker. */
    public void watch(ConveyorFactory factory) {
        checks.add(() -> {
            FactoryStats stats = factory.stats();
            List<String> open =
                    factory.openConveyors().stream().map(Conveyor::key).toList();
            boolean clean = stats.open() == 0
                    && stats.memoryUsedBytes() == 0
                    && stats.busyWorkers() == 0
                    && stats.total().pendingBytes() == 0
                    && open.isEmpty();
            return clean ? "" : "a factory that was closed still has conveyors " + open + " and " + stats;
        });
    }

    /** Also expects that this becomes zero. */
    public void expectZero(String what, IntSupplier count) {
        checks.add(() -> {
            int left = count.getAsInt();
            return left == 0 ? "" : left + " " + what;
        });
    }

    private static String violations(List<ContractViolation> violations) {
        return violations.isEmpty() ? "" : "rules of the SPI were broken: " + violations;
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        begin();
    }

    @Override
    public void afterEach(ExtensionContext context) throws InterruptedException {
        end(PATIENCE);
    }

    void begin() {
        threadsBefore = engineThreads();
    }

    void end(Duration patience) throws InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        List<String> leaks = leaks();
        while (!leaks.isEmpty() && System.nanoTime() - deadline < 0) {
            awaitAnEnd();
            leaks = leaks();
        }
        if (!leaks.isEmpty()) {
            throw new AssertionError("the test left behind: " + String.join("; ", leaks));
        }
    }

    private List<String> leaks() {
        List<String> leaks = new ArrayList<>();
        for (Supplier<String> check : checks) {
            String leak = check.get();
            if (!leak.isEmpty()) {
                leaks.add(leak);
            }
        }
        for (Thread thread : newThreads()) {
            leaks.add("the thread " + thread + " at " + List.of(thread.getStackTrace()));
        }
        return leaks;
    }

    private void awaitAnEnd() throws InterruptedException {
        Thread waitedFor = newThreads().stream().findFirst().orElse(Thread.currentThread());
        waitedFor.join(LOOK_MILLIS); // the current thread never ends: then this only lets time pass
    }

    private Set<Thread> newThreads() {
        Set<Thread> now = engineThreads();
        now.removeAll(threadsBefore);
        return now;
    }

    private static Set<Thread> engineThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith(THREAD_PREFIX))
                .collect(Collectors.toSet());
    }
}
