package io.conveyor.core;

import static io.conveyor.testkit.StorageOperation.PREAD;
import static io.conveyor.testkit.StorageOperation.PWRITE;
import static io.conveyor.testkit.StorageOperation.TRUNCATE;
import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOptions;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.WriteBehindException;
import io.conveyor.spi.StorageCapabilities;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.Concurrently;
import io.conveyor.testkit.Concurrently.Started;
import io.conveyor.testkit.FaultInjectingBackend;
import io.conveyor.testkit.FaultPlan;
import io.conveyor.testkit.Hold;
import io.conveyor.testkit.LeakCheck;
import io.conveyor.testkit.ManualClock;
import io.conveyor.testkit.MemoryBackend;
import io.conveyor.testkit.ReferenceFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.OpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A read that begins after a write returned sees that write, wherever its bytes are on their way. The workers are stepped one at a time, and each storage
 * call is held before and after it has reached the store; at each of these stages everything is read.
 */
@Timeout(60)
class ReadYourWritesTest {

    private static final String KEY = "object";
    private static final int OLD_SIZE = 2000;

    /** Where the two reads begin that go on across a change of stage; nothing below is ever changed. */
    private static final int BEFORE_THE_STORE = 200;

    private static final int AFTER_THE_STORE = 300;

    @RegisterExtension
    final LeakCheck leaks = LeakCheck.create();

    private final StepExecutor steps = new StepExecutor();
    private final ManualClock clock = ManualClock.create();
    private final FaultPlan plan = FaultPlan.create();
    private final ReferenceFile model = ReferenceFile.of(Bytes.at(0, OLD_SIZE, 1));

    @SuppressWarnings("NullAway.Init") // by open(), as the next two
    private MemoryBackend memory;

    @SuppressWarnings("NullAway.Init")
    private ConveyorFactory factory;

    @SuppressWarnings("NullAway.Init")
    private Conveyor conveyor;

    /** Who asks storage for a reader. */
    enum Reads {
        ON_THE_CALLERS_THREAD,
        BY_A_WORKER
    }

    /** What the application changes; each applies the same to a conveyor and to the model. */
    enum Change {
        A_POSITIONAL_WRITE {
            @Override
            void apply(Conveyor conveyor, ReferenceFile model) throws IOException {
                write(conveyor, model, 1000, 100, 2);
            }
        },
        A_WRITE_AT_THE_CURSOR {
            @Override
            void apply(Conveyor conveyor, ReferenceFile model) throws IOException {
                conveyor.position(1000);
                conveyor.write(Bytes.buffer(1000, 100, 2));
                conveyor.write(Bytes.buffer(1100, 33, 3));
                assertThat(conveyor.position()).isEqualTo(1133);
                model.pwrite(Bytes.buffer(1000, 100, 2), 1000);
                model.pwrite(Bytes.buffer(1100, 33, 3), 1100);
            }
        },
        OVERLAPPING_WRITES {
            @Override
            void apply(Conveyor conveyor, ReferenceFile model) throws IOException {
                write(conveyor, model, 1000, 100, 2);
                write(conveyor, model, 1050, 100, 3);
                write(conveyor, model, 1020, 10, 4);
                write(conveyor, model, 1000, 100, 5);
                write(conveyor, model, 990, 20, 6);
            }
        },
        A_WRITE_PAST_THE_END {
            @Override
            void apply(Conveyor conveyor, ReferenceFile model) throws IOException {
                write(conveyor, model, OLD_SIZE + 500, 100, 2);
            }
        },
        A_TRUNCATION {
            @Override
            void apply(Conveyor conveyor, ReferenceFile model) throws IOException {
                truncate(conveyor, model, 1000);
            }
        },
        A_TRUNCATION_BETWEEN_WRITES {
            @Override
            void apply(Conveyor conveyor, ReferenceFile model) throws IOException {
                write(conveyor, model, 950, 200, 2);
                truncate(conveyor, model, 1000);
                write(conveyor, model, 1500, 100, 3);
            }
        },
        APPENDS {
            @Override
            OpenOption[] mode() {
                return new OpenOption[] {READ, APPEND};
            }

            @Override
            void apply(Conveyor conveyor, ReferenceFile model) throws IOException {
                conveyor.write(Bytes.buffer(OLD_SIZE, 100, 2));
                conveyor.position(0);
                conveyor.write(Bytes.buffer(OLD_SIZE + 100, 100, 3));
                model.append(Bytes.buffer(OLD_SIZE, 100, 2));
                model.append(Bytes.buffer(OLD_SIZE + 100, 100, 3));
            }
        };

        OpenOption[] mode() {
            return new OpenOption[] {READ, WRITE};
        }

        abstract void apply(Conveyor conveyor, ReferenceFile model) throws IOException;

        private static void write(Conveyor conveyor, ReferenceFile model, int at, int length, int tag)
                throws IOException {
            conveyor.write(Bytes.buffer(at, length, tag), at);
            model.pwrite(Bytes.buffer(at, length, tag), at);
        }

        private static void truncate(Conveyor conveyor, ReferenceFile model, int size) throws IOException {
            conveyor.truncate(size);
            model.truncate(size);
        }
    }

    static Stream<Arguments> changes() {
        return Arrays.stream(Change.values())
                .flatMap(change -> Arrays.stream(Reads.values()).map(reads -> Arguments.of(change, reads)));
    }

    @AfterEach
    void close() throws Exception {
        plan.clear();
        steps.drivingAll(() -> {
            factory.close();
            return true;
        });
    }

    private void open(Reads reads, boolean readAhead, OpenOption... mode) throws IOException {
        memory = MemoryBackend.withCapabilities(StorageCapabilities.builder()
                .interruptSafeReads(reads == Reads.ON_THE_CALLERS_THREAD)
                .preferredReadBytes(4096)
                .build());
        memory.put(KEY, model.content());
        FaultInjectingBackend backend = FaultInjectingBackend.over(memory, plan);
        factory = Conveyors.builder(backend)
                .memoryBudget(1 << 20)
                .workers(8)
                .executor(steps)
                .timeSource(clock)
                .random(new Random(1))
                .options(ConveyorOptions.builder()
                        .writeDelay(Duration.ZERO)
                        .readAhead(readAhead)
                        .retryAttempts(3)
                        .build())
                .build();
        leaks.watch(memory);
        leaks.watch(backend);
        leaks.watch(factory);
        conveyor = factory.open(KEY, mode);
    }

    // ---------------------------------------------------------------- the stages

    @ParameterizedTest
    @MethodSource("changes")
    void readsSeeAChangeAtEveryStageUntilItIsReleased(Change change, Reads reads) throws Exception {
        open(reads, false, change.mode());
        change.apply(conveyor, model);
        everythingReadsAsTheModel("queued");

        passAllStages();

        everythingIsReleased();
    }

    @ParameterizedTest
    @MethodSource("changes")
    void readsSeeAChangeThatFailedAndItsRetriesUntilItIsReleased(Change change, Reads reads) throws Exception {
        open(reads, false, change.mode());
        plan.on(PWRITE, TRUNCATE).next().failWith(Kind.NO_SPACE, Retry.NEVER);
        change.apply(conveyor, model);

        pass("failed and retained", () -> stepUntil("it failed", () -> hasFailed()));
        assertThat(conveyor.failure()).isPresent();
        assertThatThrownBy(() -> conveyor.write(Bytes.buffer("x"))).isInstanceOf(WriteBehindException.class);
        everythingReadsAsTheModel("failed, and a later write refused");

        pass("cleared", () -> assertThat(conveyor.clearError()).isTrue());
        passAllStages();

        everythingIsReleased();
    }

    @ParameterizedTest
    @MethodSource("changes")
    void readsSeeAChangeThatWaitsForItsRetryUntilItIsReleased(Change change, Reads reads) throws Exception {
        open(reads, false, change.mode());
        plan.on(PWRITE, TRUNCATE).next(2).failWith(Kind.UNAVAILABLE, Retry.SAFE);
        change.apply(conveyor, model);

        pass("waiting for the first retry", () -> stepUntil("it failed", () -> retries() == 1));
        pass("waiting for the second retry", () -> {
            clock.advance(Duration.ofSeconds(1));
            stepUntil("it failed again", () -> retries() == 2);
        });
        assertThat(conveyor.failure()).isEmpty();
        clock.advance(Duration.ofSeconds(1));
        passAllStages();

        everythingIsReleased();
    }

    @ParameterizedTest
    @MethodSource("changes")
    void readsSeeAllOfAChangeOfWhichStorageTookOnlyAPart(Change change, Reads reads) throws Exception {
        open(reads, false, change.mode());
        plan.on(PWRITE).next().failAfterBytes(7, Kind.IO, Retry.NEVER);
        change.apply(conveyor, model);

        pass("written in part, failed", () -> stepUntil("it is over", () -> hasFailed() || !isPending()));
        if (hasFailed()) {
            pass("cleared", () -> assertThat(conveyor.clearError()).isTrue());
            passAllStages();
        }

        everythingIsReleased();
    }

    @ParameterizedTest
    @MethodSource("changes")
    void readsSeeAChangeWhoseAnswerGotLost(Change change, Reads reads) throws Exception {
        open(reads, false, change.mode());
        plan.on(PWRITE, TRUNCATE).next().loseTheAnswer();
        change.apply(conveyor, model);

        pass("written, but nobody knows", () -> stepUntil("the answer got lost", () -> retries() == 1));
        clock.advance(Duration.ofSeconds(1));
        if (change == Change.A_TRUNCATION) {
            // the length tells that it was done: it is not done again
            pass("found to be done", () -> stepUntil("it is known", () -> !isPending()));
        } else {
            passAllStages();
        }

        everythingIsReleased();
    }

    // ---------------------------------------------------------------- reads and writes that overlap in time

    @ParameterizedTest
    @EnumSource(Reads.class)
    void aReadUnderWaySeesALaterWriteWholeOrNotAtAll(Reads reads) throws Exception {
        open(reads, false, READ, WRITE);
        byte[] before = model.content();
        try (Hold hold = plan.on(PREAD).always().holdAfterwards()) {
            Started<byte[]> read = startRead(0, hold);
            Change.A_POSITIONAL_WRITE.apply(conveyor, model);
            stepUntilWritten(); // and, but for this read, released
            hold.release();

            assertThat(resultOf(read)).isIn(before, model.content());
        }
        everythingReadsAsTheModel("written");
        everythingIsReleased();
    }

    @ParameterizedTest
    @EnumSource(Reads.class)
    void aReadUnderWaySeesALaterTruncationWholeOrNotAtAll(Reads reads) throws Exception {
        open(reads, false, READ, WRITE);
        byte[] before = model.content();
        try (Hold hold = plan.on(PREAD).always().holdAfterwards()) {
            Started<byte[]> read = startRead(0, hold);
            Change.A_TRUNCATION_BETWEEN_WRITES.apply(conveyor, model);
            steps.drain();
            hold.release();

            byte[] seen = resultOf(read);
            assertThat(Bytes.difference(model.range(0, 950), Arrays.copyOf(seen, 950), 0))
                    .isEmpty();
            assertThat(seen).isIn(before, model.content());
        }
        everythingReadsAsTheModel("written");
        everythingIsReleased();
    }

    @Test
    void aBlockThatWasBeingFetchedWhileAWriteLandedIsNotServed() throws Exception {
        model.pwrite(Bytes.buffer(0, 64 << 10, 1), 0);
        open(Reads.ON_THE_CALLERS_THREAD, true, READ, WRITE);
        readSequentiallyUntilFetchingAhead();
        try (Hold hold = plan.on(PREAD).always().holdAfterwards()) {
            Started<Boolean> fetch = steps.startStep();
            long fetched = hold.awaitHeld().extent().offset();
            conveyor.write(Bytes.buffer(fetched, 100, 2), fetched);
            model.pwrite(Bytes.buffer(fetched, 100, 2), fetched);
            stepUntilWritten();
            hold.release();
            fetch.result();

            assertRead(fetched, 100, "after the fetch");
        }
        steps.drain();
        everythingReadsAsTheModel("at rest");
    }

    @ParameterizedTest
    @EnumSource(Reads.class)
    void aBlockThatWasFetchedBeforeAWriteIsNotServedAfterIt(Reads reads) throws Exception {
        model.pwrite(Bytes.buffer(0, 64 << 10, 1), 0);
        open(reads, true, READ, WRITE);
        readSequentiallyUntilFetchingAhead();
        steps.drain();
        for (int at = 8192; at < 64 << 10; at += 4096) {
            conveyor.write(Bytes.buffer(at, 50, 2), at);
            model.pwrite(Bytes.buffer(at, 50, 2), at);
            assertRead(at, 100, "queued");
            steps.drain();
            assertRead(at, 100, "written");
        }
    }

    private void stepUntilWritten() throws InterruptedException {
        stepUntil("it is written", () -> !isPending());
    }

    /** Runs the steps that there are, and those that come, until something has come true. */
    private void stepUntil(String what, BooleanSupplier come) throws InterruptedException {
        Concurrently.await(what, () -> {
            while (!come.getAsBoolean() && steps.queued() > 0) {
                steps.step();
            }
            return come.getAsBoolean();
        });
    }

    private boolean isPending() {
        return conveyor.stats().pendingBytes() > 0;
    }

    private boolean hasFailed() {
        return conveyor.failure().isPresent();
    }

    private long retries() {
        return conveyor.stats().retries();
    }

    private void readSequentiallyUntilFetchingAhead() throws Exception {
        for (int at = 0; at < 8192 && steps.queued() == 0; at += 1024) {
            assertRead(at, 1024, "at first");
        }
        assertThat(steps.queued()).as("fetches ahead").isPositive();
    }

    @Test
    void aReadSeesAWriteThatOnlyAnEarlierReadKeptInTheLog() throws Exception {
        open(Reads.ON_THE_CALLERS_THREAD, false, READ, WRITE);
        Hold early = plan.on(PREAD)
                .where(call -> call.extent().offset() == BEFORE_THE_STORE)
                .always()
                .holdAfterwards();
        Hold late = plan.on(PREAD)
                .where(call -> call.extent().offset() >= 1000)
                .always()
                .holdAfterwards();
        Started<byte[]> first = startRead(BEFORE_THE_STORE, early);
        Change.A_POSITIONAL_WRITE.apply(conveyor, model);
        stepUntilWritten();
        Started<byte[]> second = startRead(1000, late); // begins in what is written, but still in the log
        early.release();
        first.result();
        late.release();

        assertIsModel(second.result(), 1000, "written while the first read went on");
    }

    // ---------------------------------------------------------------- how it is done

    /** A change of stage. */
    @FunctionalInterface
    private interface Passing {
        void run() throws Exception;
    }

    /** Takes everything pending through storage, call by call. */
    private void passAllStages() throws Exception {
        try (Hold before = plan.on(PWRITE, TRUNCATE).always().hold();
                Hold after = plan.on(PWRITE, TRUNCATE).always().holdAfterwards()) {
            for (int call = 1; isPending(); call++) {
                String name = "call " + call + " ";
                pass(name + "claimed", () -> startTurn(before));
                pass(name + "in storage, not yet answered", () -> {
                    before.releaseOne();
                    after.awaitHeld();
                });
                pass(name + "answered", () -> {
                    long pending = conveyor.stats().pendingBytes();
                    after.releaseOne();
                    Concurrently.await(
                            "the call has ended", () -> conveyor.stats().pendingBytes() < pending);
                });
            }
        }
    }

    /** Runs steps until one of them is held before a call; a step may find that another one has done its work, or be a reader's. */
    private void startTurn(Hold before) throws Exception {
        while (before.held().isEmpty()) {
            steps.awaitQueued(1);
            Started<Boolean> turn = steps.startStep();
            while (before.held().isEmpty() && !turn.isDone()) {
                turn.awaitWaiting();
            }
        }
    }

    /**
     * Changes the stage beside two reads that began before it and end after it; then reads everything. Where workers read, one read is enough: a second
     * one would wait for the same fetch.
     */
    private void pass(String stage, Passing passing) throws Exception {
        Hold early = plan.on(PREAD)
                .where(call -> call.extent().offset() == BEFORE_THE_STORE)
                .always()
                .hold();
        Hold late = plan.on(PREAD)
                .where(call -> call.extent().offset() == AFTER_THE_STORE)
                .always()
                .holdAfterwards();
        try (early;
                late) {
            Started<byte[]> second = startRead(AFTER_THE_STORE, late);
            Optional<Started<byte[]>> first = startEarlyRead(early);

            passing.run();

            early.release();
            late.release();
            assertIsModel(resultOf(second), AFTER_THE_STORE, "read whose bytes came before: " + stage);
            if (first.isPresent()) {
                assertIsModel(first.get().result(), BEFORE_THE_STORE, "read that began before: " + stage);
            }
        }
        everythingReadsAsTheModel(stage);
    }

    private Optional<Started<byte[]>> startEarlyRead(Hold early) throws InterruptedException {
        if (!memory.capabilities().interruptSafeReads()) {
            return Optional.empty();
        }
        return Optional.of(startRead(BEFORE_THE_STORE, early));
    }

    /** Starts a read and waits until its storage call is held; or until it ends, if it finds all in memory. */
    private Started<byte[]> startRead(int from, Hold hold) throws InterruptedException {
        Started<byte[]> read = Concurrently.start(() -> readFrom(from));
        while (!read.awaitWaiting().isDone() && hold.held().isEmpty()) {
            if (!memory.capabilities().interruptSafeReads() && steps.queued() > 0) {
                steps.startStep().awaitWaiting();
            }
        }
        return read;
    }

    /** What a read answers; a worker that has to ask storage again, because what it had was stale, needs more steps for it. */
    private byte[] resultOf(Started<byte[]> read) throws Exception {
        while (!memory.capabilities().interruptSafeReads()
                && !read.awaitWaiting().isDone()) {
            if (steps.queued() > 0) {
                steps.startStep().awaitWaiting();
            }
        }
        return read.result();
    }

    private byte[] readFrom(long from) throws IOException {
        ByteBuffer dst = ByteBuffer.allocate((int) model.size() + 1000);
        conveyor.read(dst, from);
        return Bytes.remaining(dst.flip());
    }

    private void everythingReadsAsTheModel(String stage) throws Exception {
        assertThat(conveyor.size()).as(stage).isEqualTo(model.size());
        assertIsModel(ask(() -> readFrom(0)), 0, stage);
        for (int at = 900; at < model.size(); at += 37) {
            assertRead(at, 73, stage);
        }
        cursorReadsAsTheModel(stage);
        assertRead(model.size() - 1, 1, stage);
        assertRead(model.size(), 1, stage);
    }

    private void cursorReadsAsTheModel(String stage) throws Exception {
        long cursor = conveyor.position();
        conveyor.position(980);
        for (int at = 980; at < model.size(); at += 71) {
            ByteBuffer dst = ByteBuffer.allocate(71);
            ask(() -> conveyor.read(dst));
            assertIsModel(Bytes.remaining(dst.flip()), at, at + 71, stage);
        }
        conveyor.position(cursor);
    }

    private <T> T ask(Concurrently.Question<T> question) throws Exception {
        return memory.capabilities().interruptSafeReads() ? question.ask() : steps.drivingWhileItWaits(question);
    }

    private void assertRead(long at, int length, String stage) throws Exception {
        ByteBuffer dst = ByteBuffer.allocate(length);
        int count = ask(() -> conveyor.read(dst, at));
        assertThat(count).as(stage).isEqualTo(at >= model.size() ? -1 : dst.position());
        assertIsModel(Bytes.remaining(dst.flip()), at, at + length, stage);
    }

    private void assertIsModel(byte[] seen, long from, String stage) {
        assertIsModel(seen, from, Long.MAX_VALUE, stage);
    }

    private void assertIsModel(byte[] seen, long from, long to, String stage) {
        byte[] expected = model.range(from, (int) (Math.min(to, model.size()) - from));
        assertThat(Bytes.difference(expected, seen, from)).as(stage).isEmpty();
    }

    private void everythingIsReleased() throws InterruptedException {
        steps.drain();
        assertThat(conveyor.stats().pendingBytes()).isZero();
        if (!memory.capabilities().interruptSafeReads()) {
            // what workers fetched for the reads above is kept a little longer
            Concurrently.await("idle blocks are given back", () -> {
                clock.advance(Duration.ofSeconds(1));
                return factory.stats().memoryUsedBytes() == 0;
            });
        }
        assertThat(factory.stats().memoryUsedBytes()).isZero();
        assertThat(memory.snapshot(KEY)).isEqualTo(model.content());
    }
}
