package io.conveyor.core;

import static io.conveyor.testkit.StorageOperation.FLUSH;
import static io.conveyor.testkit.StorageOperation.PWRITE;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOptions;
import io.conveyor.Whence;
import io.conveyor.spi.ForwardingStorageBackend;
import io.conveyor.spi.ForwardingStorageHandle;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spi.StorageCapabilities;
import io.conveyor.spi.StorageCapabilities.FlushEffect;
import io.conveyor.spi.StorageCapabilities.ReleasePoint;
import io.conveyor.spi.StorageCapabilities.SyncEffect;
import io.conveyor.spi.StorageHandle;
import io.conveyor.spi.TimeSource;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.Concurrently;
import io.conveyor.testkit.Concurrently.Started;
import io.conveyor.testkit.FaultInjectingBackend;
import io.conveyor.testkit.FaultPlan;
import io.conveyor.testkit.Hold;
import io.conveyor.testkit.LeakCheck;
import io.conveyor.testkit.ManualClock;
import io.conveyor.testkit.MemoryBackend;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.OpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.Condition;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Conveyors of one factory that want more memory than there is. */
class SharedMemoryTest {

    private static final int BUDGET = 64 << 10;
    private static final int LARGE = BUDGET / 2;

    /** Accepted at once: of more a worker may claim the beginning before the end has memory. */
    private static final int SMALL = 1 << 10;

    @RegisterExtension
    final LeakCheck leaks = LeakCheck.create();

    private final FaultPlan plan = FaultPlan.create();

    private TimeSource time = TimeSource.system();

    @SuppressWarnings("NullAway.Init") // by factory()
    private ConveyorFactory factory;

    @SuppressWarnings("NullAway.Init")
    private MemoryBackend memory;

    private void factory(StorageCapabilities.Builder store) {
        factory(store, backend -> backend);
    }

    private void factory(StorageCapabilities.Builder store, UnaryOperator<StorageBackend> wrapping) {
        memory = MemoryBackend.withCapabilities(store.build());
        FaultInjectingBackend backend = FaultInjectingBackend.over(memory, plan);
        factory = Conveyors.builder(wrapping.apply(backend))
                .memoryBudget(BUDGET)
                .timeSource(time)
                .options(ConveyorOptions.builder()
                        .writeDelay(Duration.ZERO)
                        .writeTimeout(Duration.ofSeconds(10))
                        .maxPendingBytes(BUDGET)
                        .build())
                .build();
        leaks.watch(memory);
        leaks.watch(factory);
    }

    @AfterEach
    void close() throws Exception {
        plan.clear();
        factory.close();
    }

    @Test
    void whatWasFetchedAheadIsGivenBackBeforeAWriterWaits() throws Exception {
        factory(StorageCapabilities.builder());
        memory.put("read", Bytes.at(0, 1 << 20, 1));
        Conveyor reader = factory.open("read", READ);
        for (int i = 0; i < 8; i++) {
            reader.read(ByteBuffer.allocate(1024));
        }
        assertThat(factory.stats().memoryUsedBytes()).as("fetched ahead").isPositive();
        plan.hold(PWRITE);

        // all memory there is: no byte of it comes back from a write
        write("first", LARGE);
        write("second", LARGE);

        assertThat(factory.stats().memoryUsedBytes()).isEqualTo(BUDGET);
    }

    @Test
    void whatOnlyWaitsForItsFlushIsFlushedWhenAnotherWriterNeedsTheMemory() throws Exception {
        factory(StorageCapabilities.builder()
                .releaseAt(ReleasePoint.FLUSH)
                .flushEffect(FlushEffect.VISIBLE)
                .syncEffect(SyncEffect.REPEATABLE)
                .preferredWriteBytes(BUDGET));
        Conveyor first = write("first", LARGE / 4);
        first.seek(0, Whence.CUR); // written, and kept until a flush
        assertThat(factory.stats().memoryUsedBytes()).isPositive();
        plan.on(PWRITE, FLUSH).onKey("second").always().hold();

        write("second", BUDGET - BUDGET / 4); // the most that one conveyor may have pending
        write("third", BUDGET / 4);

        Concurrently.await(
                "the first one's bytes are visible",
                () -> first.stats().watermarks().visible() == LARGE / 4);
    }

    @Test
    void aConveyorThatIsBusyWhenAnotherWriterNeedsMemoryIsFlushedLater() throws Exception {
        CountDownLatch claiming = new CountDownLatch(1);
        CountDownLatch goesOn = new CountDownLatch(1);
        StorageCapabilities.Builder store = StorageCapabilities.builder()
                .releaseAt(ReleasePoint.FLUSH)
                .flushEffect(FlushEffect.VISIBLE)
                .syncEffect(SyncEffect.REPEATABLE)
                .preferredWriteBytes(BUDGET);
        factory(store, backend -> new BusyClaims(backend, "first", claiming, goesOn));
        Started<Conveyor> first = Concurrently.start(() -> write("first", SMALL));
        claiming.await();
        plan.on(PWRITE, FLUSH)
                .where(call -> !call.key().equals("first"))
                .always()
                .hold();
        write("second", BUDGET - BUDGET / 4); // the most that one conveyor may have pending
        Started<Conveyor> third = Concurrently.start(() -> write("third", BUDGET / 4));
        third.awaitWaiting();

        goesOn.countDown();

        third.result();
        assertThat(first.result().stats().watermarks().visible()).isEqualTo(SMALL);
    }

    @Test
    void aConveyorThatStaysBusyIsAskedEverMoreSeldom() throws Exception {
        CountDownLatch claiming = new CountDownLatch(1);
        CountDownLatch goesOn = new CountDownLatch(1);
        RoundsOfAsking rounds = new RoundsOfAsking(10, goesOn);
        time = rounds;
        factory(
                StorageCapabilities.builder().preferredWriteBytes(BUDGET),
                backend -> new BusyClaims(backend, "first", claiming, goesOn));
        Started<Conveyor> first = Concurrently.start(() -> write("first", SMALL));
        claiming.await();
        Hold hold = plan.on(PWRITE)
                .where(call -> !call.key().equals("first"))
                .always()
                .hold();
        write("second", BUDGET - BUDGET / 4); // the most that one conveyor may have pending
        Started<Conveyor> third = Concurrently.start(() -> write("third", BUDGET / 4));

        goesOn.await();

        assertThat(rounds.pauses()).isSorted().endsWith(64L, 100L, 100L, 100L);
        hold.release();
        first.result();
        third.result();
    }

    /** Time that passes at once for who waits for memory, until that has been so often. */
    private static final class RoundsOfAsking implements TimeSource {

        private final ManualClock clock = ManualClock.create();
        private final Queue<Long> pauses = new ConcurrentLinkedQueue<>();
        private final int rounds;
        private final CountDownLatch enough;

        RoundsOfAsking(int rounds, CountDownLatch enough) {
            this.rounds = rounds;
            this.enough = enough;
        }

        /** In milliseconds. */
        List<Long> pauses() {
            return List.copyOf(pauses);
        }

        @Override
        public long nanoTime() {
            return clock.nanoTime();
        }

        @Override
        public void await(Condition condition, long deadline) throws InterruptedException {
            boolean stalled = StackWalker.getInstance()
                    .walk(frames ->
                            frames.anyMatch(frame -> frame.getClassName().equals(Stall.class.getName())));
            if (stalled && pauses.size() < rounds) {
                Duration pause = Duration.ofNanos(deadline - nanoTime());
                pauses.add(pause.toMillis());
                clock.advance(pause);
            } else {
                if (stalled) {
                    enough.countDown();
                }
                clock.await(condition, deadline);
            }
        }

        @Override
        public Instant timeOfDay() {
            return clock.timeOfDay();
        }
    }

    /** A store whose handle of one object takes its time to say what it prefers to be given, which a conveyor asks under its lock. */
    private static final class BusyClaims extends ForwardingStorageBackend {

        private final String busy;
        private final CountDownLatch claiming;
        private final CountDownLatch goesOn;

        BusyClaims(StorageBackend delegate, String busy, CountDownLatch claiming, CountDownLatch goesOn) {
            super(delegate);
            this.busy = busy;
            this.claiming = claiming;
            this.goesOn = goesOn;
        }

        @Override
        public StorageHandle open(String key, Set<? extends OpenOption> options) throws IOException {
            StorageHandle handle = delegate().open(key, options);
            return !key.equals(busy)
                    ? handle
                    : new ForwardingStorageHandle(handle) {
                        @Override
                        public long preferredWriteBytes(long offset) {
                            claiming.countDown();
                            try {
                                goesOn.await();
                            } catch (InterruptedException stop) {
                                Thread.currentThread().interrupt();
                            }
                            return delegate().preferredWriteBytes(offset);
                        }
                    };
        }
    }

    private Conveyor write(String key, int length) throws IOException {
        Conveyor conveyor = factory.open(key, READ, WRITE, CREATE);
        conveyor.write(Bytes.buffer(0, length, 2));
        return conveyor;
    }
}
