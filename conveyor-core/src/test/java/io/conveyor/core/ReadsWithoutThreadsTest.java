package io.conveyor.core;

import static java.nio.file.StandardOpenOption.READ;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOptions;
import io.conveyor.core.memory.SegmentPool;
import io.conveyor.core.worker.CallWatch;
import io.conveyor.core.worker.Timer;
import io.conveyor.core.worker.WorkerGroup;
import io.conveyor.spi.StorageCapabilities;
import io.conveyor.spi.TimeSource;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.LeakCheck;
import io.conveyor.testkit.MemoryBackend;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.Condition;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A machine that is short of threads, or of memory, fails no read that storage answers. */
@Timeout(60)
class ReadsWithoutThreadsTest {

    private static final int SIZE = 1 << 20;

    @RegisterExtension
    final LeakCheck leaks = LeakCheck.create();

    private final ExecutorService threads = Executors.newCachedThreadPool();

    private final Poor poor = new Poor();

    @AfterEach
    void stop() {
        threads.shutdown();
    }

    /** Fails whoever asks it for the time, as one fails who asks the machine for a thread that it has not. */
    private static final class Poor implements TimeSource {

        @Override
        public long nanoTime() {
            throw new OutOfMemoryError("unable to create native thread, for the test");
        }

        @Override
        public void await(Condition condition, long deadline) {
            throw new AssertionError("nobody can wait");
        }
    }

    @Test
    void aReadGoesOnThoughTheTimerHasNoThread() throws Exception {
        Timer timer = new Timer("poor", poor, Thread::new);

        try (ConveyorFactory factory = factory(timer, TimeSource.system())) {
            readsTwice(factory);
        }
    }

    @Test
    void aFetchGoesOnThoughItCannotBeWatched() throws Exception {
        Timer timer = new Timer("poor", TimeSource.system(), Thread::new);

        try (ConveyorFactory factory = factory(timer, poor)) {
            readsTwice(factory);
        }
    }

    private ConveyorFactory factory(Timer timer, TimeSource watchTime) {
        MemoryBackend memory = MemoryBackend.withCapabilities(
                StorageCapabilities.builder().interruptSafeReads(false).build());
        memory.put("key", Bytes.at(0, SIZE, 1));
        leaks.watch(memory);
        TimeSource time = TimeSource.system();
        WorkerGroup workers = new WorkerGroup(threads, 4, timer, Thread::new);
        Engine engine = new Engine(
                new SegmentPool(64 << 20, 64 << 10, time),
                workers,
                timer,
                new CallWatch(timer, watchTime, workers),
                Thread::new,
                time,
                RandomGenerator.getDefault(),
                ConveyorListener.NONE);
        ConveyorFactory factory =
                new BufferedConveyorFactory(memory, ConveyorOptions.inherited(), engine, null, timer::close);
        leaks.watch(factory);
        return factory;
    }

    private static void readsTwice(ConveyorFactory factory) throws Exception {
        ConveyorOptions soon =
                ConveyorOptions.builder().readTimeout(Duration.ofSeconds(5)).build();
        try (Conveyor conveyor = factory.open("key", soon, READ)) {
            for (int at = 0; at < SIZE; at += SIZE / 2) {
                ByteBuffer dst = ByteBuffer.allocate(1000);
                int position = at;
                // JUnit ends the process when it sees an error of this kind
                assertThatCode(() -> conveyor.read(dst, position)).doesNotThrowAnyException();
                assertThat(Bytes.remaining(dst.flip())).isEqualTo(Bytes.at(at, 1000, 1));
            }
        }
    }
}
