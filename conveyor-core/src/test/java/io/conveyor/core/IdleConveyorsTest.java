package io.conveyor.core;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOptions;
import io.conveyor.spi.StorageCapabilities;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.Concurrently;
import io.conveyor.testkit.LeakCheck;
import io.conveyor.testkit.ManualClock;
import io.conveyor.testkit.MemoryBackend;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A conveyor that nobody uses costs an object: no thread, no segment, no storage call. */
class IdleConveyorsTest {

    private static final int MANY = 10_000;

    @RegisterExtension
    final LeakCheck leaks = LeakCheck.create();

    private final MemoryBackend memory = MemoryBackend.create();

    @Test
    void tenThousandOpenConveyorsHoldNoThreadAndNoSegment() throws Exception {
        Set<Thread> before = engineThreads();
        try (ConveyorFactory factory = Conveyors.builder(memory).build()) {
            leaks.watch(factory);
            List<Conveyor> all = openMany(factory);

            assertThat(factory.stats().open()).isEqualTo(MANY);
            assertThat(factory.stats().memoryUsedBytes()).isZero();
            assertThat(factory.stats().busyWorkers()).isZero();
            assertThat(engineThreads()).isSubsetOf(before);
            assertThat(all).hasSize(MANY);
        }
        leaks.watch(memory);
    }

    @Test
    void tenThousandConveyorsThatHaveWrittenFlushedAndReadALittleHoldNoSegment() throws Exception {
        int workers = 4;
        Set<Thread> before = engineThreads();
        try (ConveyorFactory factory =
                Conveyors.builder(memory).workers(workers).build()) {
            leaks.watch(factory);
            List<Conveyor> all = openMany(factory);
            for (Conveyor conveyor : all) {
                conveyor.write(Bytes.buffer(conveyor.key()));
            }
            factory.flush();
            for (Conveyor conveyor : all) {
                ByteBuffer dst = ByteBuffer.allocate(100);
                conveyor.read(dst, 0);
                assertThat(Bytes.remaining(dst.flip())).isEqualTo(Bytes.of(conveyor.key()));
            }

            assertThat(factory.stats().memoryUsedBytes()).isZero();
            assertThat(factory.stats().total().pendingBytes()).isZero();
            Set<Thread> started = engineThreads();
            started.removeAll(before);
            // the workers, spares for stuck ones among them, and the timer: a setting, whatever is open
            assertThat(started).hasSizeLessThanOrEqualTo(2 * workers + 1);
        }
        leaks.watch(memory);
    }

    @Test
    void idleConveyorsOnThreadsOfTheCallersHoldNoneOfThem() throws Exception {
        ExecutorService shared = Executors.newFixedThreadPool(2);
        try (ConveyorFactory factory =
                Conveyors.builder(memory).executor(shared).build()) {
            leaks.watch(factory);
            for (int i = 0; i < 100; i++) {
                Conveyor conveyor = factory.open("object-" + i, READ, WRITE, CREATE);
                conveyor.write(Bytes.buffer("something"));
                conveyor.flush();
            }
            // both threads are free for something else, at the same time
            CyclicBarrier meeting = new CyclicBarrier(2);
            List<Future<Integer>> both =
                    List.of(shared.submit(() -> meeting.await()), shared.submit(() -> meeting.await()));
            for (Future<Integer> each : both) {
                assertThat(each.get(Concurrently.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                        .isBetween(0, 1);
            }
            assertThat(factory.stats().memoryUsedBytes()).isZero();
        } finally {
            shared.shutdown();
        }
    }

    @ParameterizedTest
    @CsvSource({"true, true", "true, false", "false, true", "false, false"})
    void aReaderThatPausesGivesBackWhatWasFetchedForIt(boolean readAhead, boolean pinnedReads) throws Exception {
        ManualClock clock = ManualClock.create();
        MemoryBackend remote = MemoryBackend.withCapabilities(StorageCapabilities.builder()
                .interruptSafeReads(false)
                .pinnedReads(pinnedReads)
                .build());
        remote.put("object", Bytes.at(0, 1 << 20, 1));
        try (ConveyorFactory factory =
                Conveyors.builder(remote).timeSource(clock).build()) {
            Conveyor conveyor = factory.open(
                    "object", ConveyorOptions.builder().readAhead(readAhead).build(), READ);
            conveyor.read(ByteBuffer.allocate(1000));
            conveyor.read(ByteBuffer.allocate(1000));
            assertThat(factory.stats().memoryUsedBytes()).isPositive();

            Concurrently.await("memory is given back", () -> {
                clock.advance(Duration.ofSeconds(1));
                return factory.stats().memoryUsedBytes() == 0;
            });
            assertThat(conveyor.isOpen()).isTrue();
        }
        leaks.watch(remote);
    }

    private static List<Conveyor> openMany(ConveyorFactory factory) throws IOException {
        List<Conveyor> all = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            all.add(factory.open("object-" + i, READ, WRITE, CREATE));
        }
        return all;
    }

    private static Set<Thread> engineThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith(LeakCheck.THREAD_PREFIX))
                .collect(Collectors.toSet());
    }
}
