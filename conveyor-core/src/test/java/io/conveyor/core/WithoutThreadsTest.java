package io.conveyor.core;

import static io.conveyor.testkit.StorageOperation.PWRITE;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorOptions;
import io.conveyor.StorageException;
import io.conveyor.core.worker.FullHeap;
import io.conveyor.core.worker.ScarceThreads;
import io.conveyor.spi.StorageCapabilities;
import io.conveyor.spi.TimeSource;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.Concurrently;
import io.conveyor.testkit.Concurrently.Started;
import io.conveyor.testkit.MemoryBackend;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A machine that has no thread for a moment, for workers or for the timer, or no memory to remember something by, delays what is accepted, and no more. */
@Timeout(120)
class WithoutThreadsTest {

    @RegisterExtension
    final OneConveyor one = new OneConveyor(MemoryBackend.withCapabilities(
            StorageCapabilities.builder().interruptSafeReads(false).build()));

    private final ScarceThreads threads = new ScarceThreads();
    private final FullHeap heap = new FullHeap(TimeSource.system());
    private final ExecutorService shared = Executors.newFixedThreadPool(2);

    @AfterEach
    void stop() {
        threads.none(false);
        shared.shutdown();
    }

    private Conveyor open(Duration writeDelay) throws IOException {
        ConveyorOptions options = ConveyorOptions.builder()
                .writeDelay(writeDelay)
                .flushTimeout(Concurrently.PATIENCE)
                .closeTimeout(Concurrently.PATIENCE)
                .build();
        one.builder(builder -> builder.threads(threads).timeSource(heap).options(options));
        return one.open(READ, WRITE, CREATE);
    }

    /** The workers are there, but no thread for the timer. */
    private Conveyor openOnSharedThreads() throws IOException {
        ConveyorOptions options = ConveyorOptions.builder()
                .writeDelay(Duration.ZERO)
                .flushTimeout(Concurrently.PATIENCE)
                .build();
        one.builder(builder ->
                builder.threads(threads).timeSource(heap).executor(shared).options(options));
        shared.execute(() -> {});
        shared.execute(() -> {});
        return one.open(READ, WRITE, CREATE);
    }

    private static void write(Conveyor conveyor, ByteBuffer text, long position) throws IOException {
        try {
            conveyor.write(text, position);
        } catch (OutOfMemoryError escaped) {
            throw new AssertionError("what was accepted is not refused afterwards", escaped);
        }
    }

    @ParameterizedTest(name = "after a delay of {0} ms")
    @ValueSource(ints = {0, 10})
    void whatIsWrittenWithoutThreadsIsFlushedWhenThereAreSome(int delay) throws Exception {
        Conveyor conveyor = open(Duration.ofMillis(delay));
        threads.none(true);
        write(conveyor, Bytes.buffer("first"), 0);
        threads.none(false);

        conveyor.flush();

        assertThat(one.stored()).isEqualTo(Bytes.of("first"));
    }

    @ParameterizedTest(name = "after a delay of {0} ms")
    @ValueSource(ints = {0, 10})
    void whoeverFlushesWithoutThreadsWaitsUntilThereAreSome(int delay) throws Exception {
        Conveyor conveyor = open(Duration.ofMillis(delay));
        threads.none(true);
        write(conveyor, Bytes.buffer("first"), 0);
        Started<Boolean> flush = one.startFlush();
        int before = threads.refusals();
        Concurrently.await("it is tried again and again", () -> threads.refusals() > before + 3);
        threads.none(false);

        assertThat(flush.result()).isTrue();
        assertThat(one.stored()).isEqualTo(Bytes.of("first"));
    }

    @Test
    void closingFindsThreadsAgain() throws Exception {
        Conveyor conveyor = open(Duration.ZERO);
        threads.none(true);
        write(conveyor, Bytes.buffer("first"), 0);
        threads.none(false);

        conveyor.close();

        assertThat(one.stored()).isEqualTo(Bytes.of("first"));
    }

    @Test
    void whoeverWritesOnFindsThreadsAgain() throws Exception {
        Conveyor conveyor = open(Duration.ZERO);
        threads.none(true);
        write(conveyor, Bytes.buffer("first"), 0);
        threads.none(false);

        Concurrently.await("something is stored though nobody waits", () -> {
            writeOn(conveyor);
            return one.stored().length > 0;
        });
    }

    private static void writeOn(Conveyor conveyor) {
        try {
            write(conveyor, Bytes.buffer("on"), conveyor.size());
        } catch (IOException unexpected) {
            throw new UncheckedIOException(unexpected);
        }
    }

    @Test
    void whoeverReadsWithoutThreadsWaitsUntilThereAreSome() throws Exception {
        one.memory.put(OneConveyor.KEY, Bytes.of("stored"));
        Conveyor conveyor = open(Duration.ZERO);
        threads.none(true);
        Started<Boolean> read = one.start(() -> conveyor.read(ByteBuffer.allocate(6), 0));
        Concurrently.await("it is tried again and again", () -> threads.refusals() > 6);
        threads.none(false);

        assertThat(read.result()).isTrue();
    }

    @Test
    void aRetryThatWaitsForTheTimersThreadIsMadeWhenThereIsOne() throws Exception {
        Conveyor conveyor = openOnSharedThreads();
        one.plan.on(PWRITE).next().failWith(StorageException.Kind.UNAVAILABLE, StorageException.Retry.SAFE);
        threads.none(true);
        write(conveyor, Bytes.buffer("first"), 0);
        Started<Boolean> flush = one.startFlush();
        Concurrently.await("it is tried again and again", () -> threads.refusals() > 3);
        threads.none(false);

        assertThat(flush.result()).isTrue();
        assertThat(one.stored()).isEqualTo(Bytes.of("first"));
    }

    /** Where memory is out when a call has failed: before, and after, it was decided that it is made again. */
    @ParameterizedTest
    @ValueSource(strings = {"WriteTurn.failed Timer.schedule", "WriteTurn.failed OpenObject.now"})
    void aRetryThatCannotBeRememberedIsMadeWhenTheFailureIsCleared(String place) throws Exception {
        Conveyor conveyor = open(Duration.ZERO);
        one.plan.on(PWRITE).next().failWith(StorageException.Kind.UNAVAILABLE, StorageException.Retry.SAFE);
        heap.onceIn(place);
        write(conveyor, Bytes.buffer("first"), 0);
        Concurrently.await("the failure sticks", () -> conveyor.failure().isPresent());
        assertThat(heap.hasFailed()).isTrue();

        assertThat(conveyor.clearError()).isTrue();
        conveyor.flush();

        assertThat(one.stored()).isEqualTo(Bytes.of("first"));
    }

    @Test
    void aWriteWhoseDelayCannotBeRememberedIsAcceptedAndTheNextOneIsNotForgotten() throws Exception {
        Conveyor conveyor = open(Duration.ofMillis(1));
        heap.onceIn("WritePath.unlock Timer.schedule");

        write(conveyor, Bytes.buffer("first"), 0);
        assertThat(heap.hasFailed()).isTrue();
        write(conveyor, Bytes.buffer("second"), 4096);

        Concurrently.await("both are stored though nobody waits", () -> one.stored().length == 4096 + 6);
    }
}
