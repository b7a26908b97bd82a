package io.conveyor.core;

import static io.conveyor.testkit.StorageOperation.CLOSE;
import static io.conveyor.testkit.StorageOperation.PREAD;
import static io.conveyor.testkit.StorageOperation.PWRITE;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.ConflictException;
import io.conveyor.Conveyor;
import io.conveyor.ConveyorOptions;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.WriteBehindException;
import io.conveyor.spi.StorageCapabilities;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.Concurrently;
import io.conveyor.testkit.Concurrently.Started;
import io.conveyor.testkit.Hold;
import io.conveyor.testkit.ManualClock;
import io.conveyor.testkit.MemoryBackend;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Storage that does not answer: who waits is told in time, and nothing is done twice while the first attempt may still be alive. */
class HangingCallsTest {

    private static final ConveyorOptions OPTIONS = ConveyorOptions.builder()
            .callTimeout(Duration.ofSeconds(60))
            .readTimeout(Duration.ofSeconds(30))
            .closeTimeout(Duration.ofSeconds(30))
            .flushTimeout(Duration.ofHours(1))
            .readAhead(false)
            .retryAttempts(1)
            .build();

    /** Its reads run on workers. */
    @RegisterExtension
    final OneConveyor one = new OneConveyor(MemoryBackend.withCapabilities(
            StorageCapabilities.builder().interruptSafeReads(false).build()));

    private final ManualClock clock = ManualClock.create();

    @BeforeEach
    void useTheClock() {
        one.builder(builder -> builder.timeSource(clock));
    }

    /** Lets time pass, second by second, until something has come true. */
    private void passTimeUntil(String what, BooleanSupplier come) throws InterruptedException {
        Concurrently.await(what, () -> {
            clock.advance(Duration.ofSeconds(1));
            return come.getAsBoolean();
        });
    }

    @Test
    void aWriteThatHangsIsGivenUpAndItsFailureSticks() throws Exception {
        Conveyor conveyor = one.open(OPTIONS, WRITE, CREATE);
        Hold hold = one.plan.hold(PWRITE);
        conveyor.write(Bytes.buffer("bytes"));
        Started<Boolean> flush = one.startFlush();
        hold.awaitHeld();

        passTimeUntil("flush ends", flush::isDone);

        assertThatThrownBy(flush::result).isInstanceOfSatisfying(WriteBehindException.class, failure -> {
            assertThat(failure.retainedBytes()).isEqualTo(5);
            assertThat(failure.getCause()).isInstanceOfSatisfying(StorageException.class, cause -> {
                assertThat(cause.kind()).isEqualTo(Kind.TIMEOUT);
                assertThat(cause.retry()).isEqualTo(Retry.OUTCOME_UNKNOWN);
            });
        });
        assertThat(conveyor.failure()).isPresent();
        hold.release();
    }

    @Test
    void nothingThatOverlapsAHangingWriteIsStartedBeforeItEnds() throws Exception {
        Conveyor conveyor = one.open(OPTIONS, WRITE, CREATE);
        Hold hold = one.plan.on(PWRITE).next().hold();
        conveyor.write(Bytes.buffer("first"), 0);
        hold.awaitHeld();
        passTimeUntil("the write is given up", () -> conveyor.failure().isPresent());

        assertThat(conveyor.clearError()).isTrue();
        conveyor.write(Bytes.buffer("again"), 0);
        Started<Boolean> flush = one.startFlush();
        flush.awaitWaiting();
        assertThat(one.backend.calls(PWRITE)).isOne();
        hold.release();
        flush.result();

        assertThat(one.stored()).isEqualTo(Bytes.of("again"));
    }

    @Test
    void theKeyOfAHangingWriteRefusesAWriterUntilItEnds() throws Exception {
        Conveyor conveyor = one.open(OPTIONS, WRITE, CREATE);
        Hold hold = one.plan.hold(PWRITE);
        conveyor.write(Bytes.buffer("bytes"));
        hold.awaitHeld();
        Started<Boolean> close = one.start(conveyor::close);
        passTimeUntil("close ends", close::isDone);

        assertThatThrownBy(close::result).isInstanceOf(WriteBehindException.class);
        assertThatThrownBy(() -> one.open(WRITE)).isInstanceOf(ConflictException.class);
        hold.release();
        Concurrently.await("the key is free", this::canBeOpened);
    }

    @Test
    void aCloseThatHangsTakesNoWorkerFromOthers() throws Exception {
        one.builder(builder -> builder.timeSource(clock).workers(1));
        Conveyor conveyor = one.open(OPTIONS, WRITE, CREATE);
        Hold hold = one.plan.on(CLOSE).onKey(OneConveyor.KEY).next().hold();
        Started<Boolean> close = one.start(conveyor::close);
        hold.awaitHeld();

        Conveyor other = one.factory().open("other", OPTIONS, WRITE, CREATE);
        other.write(Bytes.buffer("bytes"));
        Started<Boolean> flush = one.start(other::flush);
        passTimeUntil("the other one is flushed", flush::isDone);

        flush.result();
        assertThat(one.memory.snapshot("other")).isEqualTo(Bytes.of("bytes"));
        hold.release();
        close.result();
        other.close();
    }

    private boolean canBeOpened() {
        try {
            one.open(WRITE).close();
            return true;
        } catch (ConflictException stillAlive) {
            return false;
        } catch (IOException failure) {
            throw new AssertionError(failure);
        }
    }

    @ParameterizedTest(name = "fetching ahead: {0}")
    @ValueSource(booleans = {true, false})
    void aReadThatWaitsForAWorkerEndsByItsTimeout(boolean ahead) throws Exception {
        one.memory.put(OneConveyor.KEY, Bytes.of("0123456789"));
        Conveyor conveyor =
                one.open(ConveyorOptions.builder().readAhead(ahead).build().orElse(OPTIONS), READ);
        Hold hold = one.plan.hold(PREAD);
        Started<Integer> read = Concurrently.start(() -> conveyor.read(ByteBuffer.allocate(10), 0));
        hold.awaitHeld();

        passTimeUntil("the read ends", read::isDone);

        assertThatThrownBy(read::result)
                .isInstanceOfSatisfying(
                        StorageException.class, late -> assertThat(late.kind()).isEqualTo(Kind.TIMEOUT));
        assertThat(conveyor.failure()).as("a read that failed does not stick").isEmpty();
        hold.release();
        assertThat(one.read(0, 10)).isEqualTo("0123456789");
    }

    @Test
    void aFetchThatHangsIsGivenUpAndTheReadAsksAgain() throws Exception {
        one.memory.put(OneConveyor.KEY, Bytes.of("0123456789"));
        ConveyorOptions patient = ConveyorOptions.builder()
                .readTimeout(Duration.ofHours(1))
                .build()
                .orElse(OPTIONS);
        Conveyor conveyor = one.open(patient, READ);
        Hold hold = one.plan.on(PREAD).next().hold();
        ByteBuffer dst = ByteBuffer.allocate(10);
        Started<Integer> read = Concurrently.start(() -> conveyor.read(dst, 0));
        hold.awaitHeld();

        passTimeUntil("the read ends", read::isDone);

        assertThat(read.result()).isEqualTo(10);
        assertThat(dst.array()).isEqualTo(Bytes.of("0123456789"));
        assertThat(one.factory().stats().memoryUsedBytes())
                .as("the hanging call may still write into its memory")
                .isPositive();
        hold.release();
    }

    @Test
    void aReadThatFindsNeitherMemoryNorAWorkerEndsByItsTimeout() throws Exception {
        Hold hold = neitherMemoryNorAWorker();
        Conveyor conveyor = one.open(OPTIONS, READ);
        ByteBuffer dst = ByteBuffer.allocate(10);
        Started<Integer> read = Concurrently.start(() -> conveyor.read(dst, 0));
        read.awaitWaiting();

        passTimeUntil("the read ends", read::isDone);

        assertThatThrownBy(read::result)
                .isInstanceOfSatisfying(
                        StorageException.class, late -> assertThat(late.kind()).isEqualTo(Kind.TIMEOUT));
        hold.release();
        assertThat(one.read(0, 10)).isEqualTo("0123456789");
        assertThat(dst.array()).as("a buffer that was given up").containsOnly(0);
    }

    @Test
    void aReadThatFindsNeitherMemoryNorAWorkerEndsByAnInterrupt() throws Exception {
        Hold hold = neitherMemoryNorAWorker();
        Conveyor conveyor = one.open(OPTIONS, READ);
        Started<Integer> read = Concurrently.start(() -> conveyor.read(ByteBuffer.allocate(10), 0));
        read.awaitWaiting();

        read.thread().interrupt();

        assertThatThrownBy(read::result).isInstanceOf(InterruptedIOException.class);
        hold.release();
        assertThat(one.read(0, 10)).isEqualTo("0123456789");
    }

    @Test
    void aReadThatIsGivenUpBeforeAWorkerHasBegunItLetsGoTheBuffer() throws Exception {
        Hold hold = neitherMemoryNorAWorker();

        WeakReference<ByteBuffer> buffer = givenUp(one.open(OPTIONS, READ));

        Concurrently.await("the buffer is let go", () -> {
            System.gc();
            return buffer.get() == null;
        });
        hold.release();
    }

    /** What a read was to fill that has been interrupted. */
    private static WeakReference<ByteBuffer> givenUp(Conveyor conveyor) throws InterruptedException {
        ByteBuffer buffer = ByteBuffer.allocate(10);
        Started<Integer> read = Concurrently.start(() -> conveyor.read(buffer, 0));
        read.awaitWaiting();
        read.thread().interrupt();
        assertThatThrownBy(read::result).isInstanceOf(InterruptedIOException.class);
        return new WeakReference<>(buffer);
    }

    /** The only worker hangs in a write, and what waits behind it has all the memory. */
    private Hold neitherMemoryNorAWorker() throws Exception {
        int budget = 64 << 10;
        one.builder(builder -> builder.timeSource(clock).workers(1).memoryBudget(budget));
        one.memory.put(OneConveyor.KEY, Bytes.of("0123456789"));
        ConveyorOptions greedy = ConveyorOptions.builder()
                .maxPendingBytes(budget)
                .callTimeout(Duration.ofHours(10)) // so that the worker is not replaced while time passes for the read
                .build()
                .orElse(OPTIONS);
        Hold hold = one.plan.hold(PWRITE);
        for (String key : new String[] {"first", "second"}) {
            one.factory().open(key, greedy, WRITE, CREATE).write(ByteBuffer.allocate(budget / 2));
        }
        hold.awaitHeld();
        assertThat(one.factory().stats().memoryUsedBytes()).isEqualTo(budget);
        return hold;
    }
}
