package io.conveyor.core;

import static io.conveyor.testkit.StorageOperation.PREAD;
import static io.conveyor.testkit.StorageOperation.PWRITE;
import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.DSYNC;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.conveyor.BackPressureTimeoutException;
import io.conveyor.ConflictException;
import io.conveyor.Conveyor;
import io.conveyor.ConveyorOptions;
import io.conveyor.ConveyorStats;
import io.conveyor.Extent;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.Whence;
import io.conveyor.WriteBehindException;
import io.conveyor.core.extent.ExtentIndex;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.Concurrently;
import io.conveyor.testkit.Concurrently.Started;
import io.conveyor.testkit.Hold;
import io.conveyor.testkit.ManualClock;
import io.conveyor.testkit.StorageCall;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The right behaviour where libconveyor, the ancestor, had a defect; the numbers are those of {@code docs/ancestor.md}. */
class AncestorDefectsTest {

    @RegisterExtension
    final OneConveyor one = new OneConveyor();

    // ---------------------------------------------------------------- D01 to D03: the request in flight

    /** D01: flush returned while the last request was still being written. */
    @Test
    void flushReturnsOnlyWhenTheWriteInFlightHasEnded() throws Exception {
        Conveyor conveyor = one.open(WRITE, CREATE);
        Hold hold = one.plan.hold(PWRITE);
        conveyor.write(Bytes.buffer("bytes"));
        Started<Boolean> flush = one.start(conveyor::flush);
        hold.awaitHeld();
        flush.awaitWaiting();

        assertThat(flush.isDone()).isFalse();
        assertThat(one.stored()).isEmpty();
        hold.release();
        flush.result();
        assertThat(one.stored()).isEqualTo(Bytes.of("bytes"));
    }

    /** D02: an error of that last request came after flush's OK, and destroy could not report it. */
    @Test
    void flushAndCloseReportTheFailureOfTheLastWrite() throws Exception {
        Conveyor conveyor = one.open(WRITE, CREATE);
        Hold hold = one.plan.hold(PWRITE);
        one.plan.on(PWRITE).always().failWith(Kind.NO_SPACE, Retry.NEVER);
        conveyor.write(Bytes.buffer("bytes"));
        Started<Boolean> flush = one.start(conveyor::flush);
        hold.awaitHeld();
        hold.release();

        assertThatThrownBy(flush::result).isInstanceOf(WriteBehindException.class);
        WriteBehindException closing = catchThrowableOfType(WriteBehindException.class, conveyor::close);
        assertThat(closing.unwritten()).containsExactly(new Extent(0, 5));
        assertThat(closing.getCause())
                .isInstanceOfSatisfying(
                        StorageException.class,
                        cause -> assertThat(cause.kind()).isEqualTo(Kind.NO_SPACE));
        assertThat(conveyor.isOpen()).isFalse();
    }

    /** D03: the request in flight was neither in the queue nor in storage, and the stale bytes read meanwhile were served later, too. */
    @Test
    void aReadSeesTheWriteInFlightAndGoesOnSeeingIt() throws Exception {
        one.memory.put(OneConveyor.KEY, Bytes.of("oooo"));
        Conveyor conveyor = one.open(READ, WRITE);
        Hold hold = one.plan.hold(PWRITE);
        conveyor.write(Bytes.buffer("NEW!"), 0);
        one.startFlush();
        hold.awaitHeld();

        assertThat(one.read(0, 4)).isEqualTo("NEW!");
        hold.release();
        conveyor.flush();
        assertThat(one.read(0, 4)).isEqualTo("NEW!");
    }

    // ---------------------------------------------------------------- D04 to D09: reading

    /** D04: write then read without lseek returned bytes of another offset. */
    @Test
    void aReadAfterAWriteGoesOnWhereTheWriteEnded() throws Exception {
        one.memory.put(OneConveyor.KEY, Bytes.of("0123456789"));
        Conveyor conveyor = one.open(READ, WRITE);
        one.read(0, 2);
        conveyor.write(Bytes.buffer("abcd"));
        ByteBuffer dst = ByteBuffer.allocate(4);

        assertThat(conveyor.read(dst)).isEqualTo(4);
        assertThat(dst.array()).isEqualTo(Bytes.of("4567"));
        assertThat(one.read(0, 10)).isEqualTo("abcd456789");
    }

    /** D05: one read larger than the ring returned bytes twice. */
    @Test
    void aReadLargerThanAllMemoryReturnsEachByteOnce() throws Exception {
        one.budget(64 << 10);
        int size = 3 << 20;
        one.memory.put(OneConveyor.KEY, Bytes.at(0, size, 1));
        Conveyor conveyor = one.open(READ);
        ByteBuffer dst = ByteBuffer.allocate(size + 100);

        assertThat(conveyor.read(dst)).isEqualTo(size);
        assertThat(Bytes.difference(Bytes.at(0, size, 1), Bytes.remaining(dst.flip()), 0))
                .isEmpty();
    }

    /** D06: plain sequential reading returned wrong blocks, at any size of the buffer. */
    @ParameterizedTest
    @ValueSource(longs = {0, 4 << 10, 64 << 10, 300_000, 64 << 20})
    void sequentialReadsReturnTheRightBytesWhateverTheWindow(long window) throws Exception {
        int size = 2 << 20;
        one.memory.put(OneConveyor.KEY, Bytes.at(0, size, 1));
        Conveyor conveyor =
                one.open(ConveyorOptions.builder().readMaxWindowBytes(window).build(), READ);
        ByteBuffer dst = ByteBuffer.allocate(4096);
        for (int at = 0; at < size; at += 4096) {
            assertThat(conveyor.read(dst.clear())).isEqualTo(4096);
            assertThat(Bytes.difference(Bytes.at(at, 4096, 1), dst.array(), at)).isEmpty();
        }
        assertThat(conveyor.read(dst.clear())).isEqualTo(-1);
    }

    /** D07: read hung for ever when the end was found while it waited. */
    @Test
    void aReadThatMeetsTheEndWhileItWaitsReturns() throws Exception {
        one.memory.put(OneConveyor.KEY, Bytes.of("0123456789"));
        Conveyor conveyor = one.open(READ);
        Hold hold = one.plan.hold(PREAD);
        Started<Integer> read = Concurrently.start(() -> conveyor.read(ByteBuffer.allocate(64)));
        hold.awaitHeld();
        hold.release();

        assertThat(read.result()).isEqualTo(10);
        assertThat(conveyor.read(ByteBuffer.allocate(64))).isEqualTo(-1);
    }

    /** D08: read hung for ever when pread failed while it waited, above all with errno 0. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aReadWhoseStorageCallFailsWhileItWaitsThrows(boolean declared) throws Exception {
        one.memory.put(OneConveyor.KEY, Bytes.of("0123456789"));
        Conveyor conveyor = one.open(READ);
        Hold hold = one.plan.hold(PREAD);
        one.plan
                .on(PREAD)
                .always()
                .failWith(() -> declared ? new IOException("broken") : new IllegalStateException("broken"));
        Started<Integer> read = Concurrently.start(() -> conveyor.read(ByteBuffer.allocate(64)));
        hold.awaitHeld();
        hold.release();

        assertThatThrownBy(read::result).isInstanceOf(IOException.class);
        one.plan.clear();
        assertThat(one.read(0, 10)).isEqualTo("0123456789");
    }

    /** D09: the read worker spun on pread at the end, or after an error, for the life of the object. */
    @Test
    void anIdleConveyorMakesNoStorageCall() throws Exception {
        StepExecutor steps = new StepExecutor();
        ManualClock clock = ManualClock.create();
        one.builder(builder -> builder.executor(steps).timeSource(clock));
        one.memory.put(OneConveyor.KEY, Bytes.at(0, 20_000, 1));
        Conveyor conveyor = one.open(READ).position(10_000);
        for (int i = 0; i < 12; i++) {
            conveyor.read(ByteBuffer.allocate(1000));
        }
        steps.drain();
        one.plan.on(PREAD).always().failWith(Kind.IO, Retry.NEVER);
        assertThatThrownBy(() -> conveyor.read(ByteBuffer.allocate(1), 1)).isInstanceOf(StorageException.class);
        long calls = one.backend.calls(PREAD);

        clock.advance(Duration.ofDays(1));

        assertThat(steps.queued()).isZero();
        assertThat(one.backend.calls(PREAD)).isEqualTo(calls);
        one.closeSteppingBy(steps);
    }

    // ---------------------------------------------------------------- D10 to D15: positions, lost and misplaced writes

    /** D10: lseek(0, SEEK_CUR) rewound the conveyor; the next write overwrote. */
    @Test
    void askingForTheCursorMovesNothing() throws Exception {
        Conveyor conveyor = one.open(WRITE, CREATE);
        conveyor.write(Bytes.buffer("AAAAAAAAAA"));

        assertThat(conveyor.seek(0, Whence.CUR)).isEqualTo(10);
        assertThat(conveyor.position()).isEqualTo(10);
        conveyor.write(Bytes.buffer("BB"));
        conveyor.flush();
        assertThat(one.stored()).isEqualTo(Bytes.of("AAAAAAAAAABB"));
    }

    /** D11: SEEK_END missed the write in flight; the next write landed on top of it. */
    @Test
    void theEndIncludesTheWriteInFlight() throws Exception {
        Conveyor conveyor = one.open(WRITE, CREATE);
        Hold hold = one.plan.hold(PWRITE);
        conveyor.write(Bytes.buffer("0123456789"));
        one.startFlush();
        hold.awaitHeld();

        assertThat(conveyor.size()).isEqualTo(10);
        Started<Long> end = Concurrently.start(() -> conveyor.seek(0, Whence.END));
        end.awaitWaiting();
        hold.release();
        assertThat(end.result()).isEqualTo(10);
        conveyor.write(Bytes.buffer("XX"));
        conveyor.flush();
        assertThat(one.stored()).isEqualTo(Bytes.of("0123456789XX"));
    }

    /** D12: a failed request was dropped, without a word about which; clearing the error made flush succeed. */
    @Test
    void aFailedWriteIsNamedKeptAndDrivenAgain() throws Exception {
        Conveyor conveyor = one.open(READ, WRITE, CREATE);
        one.plan.on(PWRITE).next().failWith(Kind.NO_SPACE, Retry.NEVER);
        conveyor.write(Bytes.buffer("kept"), 6);

        WriteBehindException failure = catchThrowableOfType(WriteBehindException.class, conveyor::flush);
        assertThat(failure.firstFailed()).isEqualTo(new Extent(6, 4));
        assertThat(failure.retainedBytes()).isEqualTo(4);
        assertThat(one.stored()).isEmpty();
        assertThat(conveyor.clearError()).isTrue();
        conveyor.flush();
        assertThat(one.stored()).isEqualTo(Bytes.of("\0\0\0\0\0\0kept"));
    }

    /** D13: after a failed request later ones were still written: holes, and the order broken. */
    @Test
    void nothingAcceptedAfterAFailedWriteIsStartedBeforeItSucceeds() throws Exception {
        Conveyor conveyor = one.open(WRITE, CREATE);
        Hold hold = one.plan.hold(PWRITE);
        one.plan.on(PWRITE).nth(2).failWith(Kind.IO, Retry.NEVER);
        for (int i = 0; i < 4; i++) {
            conveyor.write(Bytes.buffer(100L * i, 10, 1 + i), 100L * i);
        }
        Started<Boolean> flush = one.startFlush();
        hold.awaitHeld();
        hold.release();
        assertThatThrownBy(flush::result).isInstanceOf(WriteBehindException.class);

        assertThat(offsetsOf(one.backend.log(PWRITE))).containsExactly(0L, 100L);
        conveyor.clearError();
        conveyor.flush();
        assertThat(offsetsOf(one.backend.log(PWRITE))).containsExactly(0L, 100L, 100L, 200L, 300L);
    }

    private static List<Long> offsetsOf(List<StorageCall> calls) {
        return calls.stream().map(call -> call.extent().offset()).toList();
    }

    /** D14: a backend that failed with errno 0 lost the write silently, and flush succeeded. */
    @Test
    void aBackendThatFailsInAWayNobodyDeclaredFails() throws Exception {
        Conveyor conveyor = one.open(WRITE, CREATE);
        one.plan.on(PWRITE).next().failWith(() -> new IllegalStateException("no code"));
        conveyor.write(Bytes.buffer("bytes"));

        assertThatThrownBy(conveyor::flush)
                .isInstanceOf(WriteBehindException.class)
                .hasRootCauseInstanceOf(IllegalStateException.class);
        assertThat(conveyor.clearError()).isTrue();
        conveyor.flush();
        assertThat(one.stored()).isEqualTo(Bytes.of("bytes"));
    }

    /** D15: after an append that was partly taken the next record overwrote the part, and positions drifted for good. */
    @Test
    void anAppendThatWasPartlyTakenIsWrittenAgainInItsPlace() throws Exception {
        Conveyor conveyor = one.open(APPEND, CREATE);
        conveyor.write(Bytes.buffer("rec1;"));
        conveyor.flush();
        one.plan.on(PWRITE).next().failAfterBytes(2, Kind.IO, Retry.NEVER);
        conveyor.write(Bytes.buffer("rec2;"));
        assertThatThrownBy(conveyor::flush).isInstanceOf(WriteBehindException.class);
        conveyor.clearError();
        conveyor.write(Bytes.buffer("rec3;"));
        conveyor.flush();

        assertThat(one.stored()).isEqualTo(Bytes.of("rec1;rec2;rec3;"));
        assertThat(conveyor.position()).isEqualTo(15);
    }

    // ---------------------------------------------------------------- D16 to D18: threads

    /** D16: with a reader beside a writer, writes got overlapping offsets and accepted records were nowhere. */
    @Test
    void aReaderBesideAWriterAtTheSameCursorLosesNoRecord() throws Exception {
        int records = 5000;
        one.memory.put(OneConveyor.KEY, new byte[8 * 1000]);
        Conveyor conveyor = one.open(READ, WRITE);
        Concurrently.run(2, index -> {
            for (int i = 1; i <= records; i++) {
                if (index == 0) {
                    conveyor.write(ByteBuffer.allocate(8).putLong(i).flip());
                } else {
                    conveyor.read(ByteBuffer.allocate(8));
                }
            }
        });
        conveyor.flush();

        ByteBuffer stored = ByteBuffer.wrap(one.stored());
        long next = 1;
        while (stored.hasRemaining()) {
            long record = stored.getLong();
            assertThat(record).isIn(0L, next);
            next += record == 0 ? 0 : 1;
        }
        assertThat(next).isEqualTo(records + 1);
    }

    /** D17: two readers got blocks twice, and others never. */
    @Test
    void twoReadersAtOneCursorGetEachRecordOnce() throws Exception {
        int records = 4096;
        ByteBuffer content = ByteBuffer.allocate(records * 8);
        for (long i = 0; i < records; i++) {
            content.putLong(i);
        }
        one.memory.put(OneConveyor.KEY, content.array());
        Conveyor conveyor = one.open(READ);
        Set<Long> seen = ConcurrentHashMap.newKeySet();
        AtomicInteger count = new AtomicInteger();
        Concurrently.run(2, index -> {
            ByteBuffer dst = ByteBuffer.allocate(8);
            while (conveyor.read(dst.clear()) > 0) {
                seen.add(dst.getLong(0));
                count.incrementAndGet();
            }
        });

        assertThat(seen).hasSize(records);
        assertThat(count).hasValue(records);
    }

    /** D18: stopping while a writer waited for growth had wrong bytes written. */
    @Test
    void closingWhileAWriterWaitsForRoomWritesThePrefixThatWasAccepted() throws Exception {
        one.budget(64 << 10);
        Conveyor conveyor = one.open(WRITE, CREATE);
        Hold hold = one.plan.hold(PWRITE);
        ByteBuffer src = Bytes.buffer(0, 1 << 20, 1);
        Started<Integer> write = Concurrently.start(() -> conveyor.write(src));
        hold.awaitHeld();
        write.awaitWaiting();
        Started<Boolean> close = one.start(conveyor::close);
        assertThatThrownBy(write::result).isInstanceOf(AsynchronousCloseException.class);
        hold.release();
        close.result();

        int accepted = src.position();
        assertThat(accepted).isBetween(1, (1 << 20) - 1);
        assertThat(Bytes.difference(Bytes.at(0, accepted, 1), one.stored(), 0)).isEmpty();
    }

    // ---------------------------------------------------------------- D19 to D23: modes and holes

    /** D19: without buffering every write went to the same offset. */
    @Test
    void writesThatWaitForStorageGoOneAfterTheOther() throws Exception {
        Conveyor conveyor = one.open(WRITE, CREATE, DSYNC);
        for (String word : List.of("one", "two", "tri")) {
            conveyor.write(Bytes.buffer(word));
        }

        assertThat(one.stored()).isEqualTo(Bytes.of("onetwotri"));
        assertThat(conveyor.position()).isEqualTo(9);
        assertThat(conveyor.stats().writes().count()).isEqualTo(3);
    }

    /** D20: reading at the end of a file open for appending returned its head. */
    @Test
    void aConveyorThatAppendsAndReadsBeginsAtTheEnd() throws Exception {
        one.memory.put(OneConveyor.KEY, Bytes.of("HEADbody"));
        Conveyor conveyor = one.open(READ, APPEND);

        assertThat(conveyor.position()).isEqualTo(8);
        assertThat(conveyor.read(ByteBuffer.allocate(4))).isEqualTo(-1);
        assertThat(one.read(0, 4)).isEqualTo("HEAD");
    }

    /** D21: two appenders overwrote each other. */
    @Test
    void aSecondAppenderIsRefusedAndThreadsOfOneTakeTurns() throws Exception {
        Conveyor conveyor = one.open(APPEND, CREATE);
        assertThatThrownBy(() -> one.factory().open(OneConveyor.KEY, APPEND)).isInstanceOf(ConflictException.class);
        int records = 2000;
        Concurrently.run(3, index -> {
            for (int i = 0; i < records; i++) {
                conveyor.write(ByteBuffer.wrap(new byte[] {(byte) ('a' + index), (byte) ('a' + index)}));
            }
        });
        conveyor.flush();

        byte[] stored = one.stored();
        int[] counts = new int[3];
        for (int i = 0; i < stored.length; i += 2) {
            assertThat(stored[i]).isEqualTo(stored[i + 1]);
            counts[stored[i] - 'a']++;
        }
        assertThat(counts).containsOnly(records);
    }

    /** D22: with O_APPEND the overlay and the position after a write were wrong after an lseek. */
    @Test
    void anAppendAfterMovingTheCursorIsSeenWhereItGoes() throws Exception {
        one.memory.put(OneConveyor.KEY, Bytes.of("0123456789"));
        Conveyor conveyor = one.open(READ, APPEND);
        Hold hold = one.plan.hold(PWRITE);
        conveyor.position(2);
        conveyor.write(Bytes.buffer("abc"));

        assertThat(conveyor.position()).isEqualTo(13);
        assertThat(one.read(0, 20)).isEqualTo("0123456789abc");
        hold.release();
        conveyor.flush();
        assertThat(one.stored()).isEqualTo(Bytes.of("0123456789abc"));
    }

    /** D23: an overlay beyond short data reported uninitialised memory as content. */
    @Test
    void theGapBeforeAPendingWriteReadsAsZeros() throws Exception {
        one.memory.put(OneConveyor.KEY, Bytes.of("head"));
        Conveyor conveyor = one.open(READ, WRITE);
        one.plan.hold(PWRITE);
        conveyor.write(Bytes.buffer("tail"), 100);
        ByteBuffer dst = ByteBuffer.allocate(200);
        Arrays.fill(dst.array(), (byte) 'x');

        assertThat(conveyor.read(dst, 0)).isEqualTo(104);
        assertThat(Bytes.remaining(dst.flip())).isEqualTo(Bytes.of("head" + "\0".repeat(96) + "tail"));
    }

    // ---------------------------------------------------------------- D24 to D30: waits

    /** D24: a lost wake-up left a reader or a worker asleep for ever on destroy. */
    @Test
    void closingNeverLeavesAReaderAsleep() throws Exception {
        one.memory.put(OneConveyor.KEY, Bytes.at(0, 100, 1));
        for (int i = 0; i < 500; i++) {
            Conveyor conveyor = one.factory().open(OneConveyor.KEY, READ, WRITE);
            Hold hold = one.plan.hold(PREAD);
            Started<Boolean> reader = Concurrently.start(() -> readUntilClosed(conveyor));
            hold.awaitHeld();
            Started<Boolean> close = one.start(conveyor::close);
            if (i % 2 == 0) {
                close.awaitWaiting();
            }
            one.plan.clear();
            close.result();
            reader.result();
        }
    }

    private static boolean readUntilClosed(Conveyor conveyor) throws IOException {
        try {
            while (conveyor.isOpen()) {
                conveyor.read(ByteBuffer.allocate(10), 0);
            }
        } catch (ClosedChannelException closed) {
            // as it should be
        }
        return true;
    }

    /** D25: flush waited for an empty queue, and starved while others wrote. */
    @Test
    void flushWaitsForWhatWasAcceptedBeforeItAndForNothingElse() throws Exception {
        Conveyor conveyor = one.open(WRITE, CREATE);
        Hold first = one.plan.on(PWRITE).next().hold();
        conveyor.write(Bytes.buffer("before"), 0);
        Started<Boolean> flush = one.startFlush();
        first.awaitHeld();
        flush.awaitWaiting();
        Hold later = one.plan.hold(PWRITE);
        conveyor.write(Bytes.buffer("after"), 100);
        first.release();

        flush.result();
        assertThat(conveyor.stats().pendingBytes()).isEqualTo(5);
        later.release();
    }

    /** D26: growing, reading, flushing, seeking and destroying waited without a limit. */
    @Test
    void everyWaitEndsByItsTimeout() throws Exception {
        ManualClock clock = ManualClock.create();
        one.builder(builder -> builder.timeSource(clock).memoryBudget(64 << 10));
        ConveyorOptions options = ConveyorOptions.builder()
                .callTimeout(ConveyorOptions.LONGEST)
                .writeTimeout(Duration.ofSeconds(1))
                .flushTimeout(Duration.ofSeconds(2))
                .closeTimeout(Duration.ofSeconds(3))
                .build();
        Conveyor conveyor = one.open(options, WRITE, CREATE);
        Hold hold = one.plan.hold(PWRITE);
        assertEndsByTimeout(clock, hold, () -> conveyor.write(Bytes.buffer(0, 1 << 20, 1)))
                .isInstanceOf(BackPressureTimeoutException.class);
        assertEndsByTimeout(clock, hold, conveyor::flush)
                .isInstanceOfSatisfying(
                        StorageException.class, late -> assertThat(late.kind()).isEqualTo(Kind.TIMEOUT));
        assertEndsByTimeout(clock, hold, () -> conveyor.seek(0, Whence.END))
                .isInstanceOfSatisfying(
                        StorageException.class, late -> assertThat(late.kind()).isEqualTo(Kind.TIMEOUT));
        assertEndsByTimeout(clock, hold, conveyor::close).isInstanceOf(WriteBehindException.class);
        hold.release();
    }

    private static org.assertj.core.api.AbstractThrowableAssert<?, ? extends Throwable> assertEndsByTimeout(
            ManualClock clock, Hold hold, OneConveyor.Action waiting) throws Exception {
        Started<Boolean> call = Concurrently.start(() -> {
            waiting.run();
            return true;
        });
        hold.awaitHeld();
        while (!call.isDone()) {
            call.awaitWaiting();
            clock.advance(Duration.ofSeconds(1));
        }
        return assertThatThrownBy(call::result);
    }

    /** D27: growth was refused although the write fitted; the writer then waited for room that could not come. */
    @Test
    void aWriteThatFitsBesideTheOneInFlightOnlyInPartsGetsThroughInParts() throws Exception {
        one.budget(64 << 10);
        Conveyor conveyor = one.open(WRITE, CREATE);
        Hold hold = one.plan.on(PWRITE).next().hold();
        conveyor.write(Bytes.buffer(0, 10_000, 1));
        Started<Integer> large = Concurrently.start(() -> conveyor.write(Bytes.buffer(10_000, 60_000, 1)));
        hold.awaitHeld();
        large.awaitWaiting();
        hold.release();

        assertThat(large.result()).isEqualTo(60_000);
        conveyor.flush();
        assertThat(Bytes.difference(Bytes.at(0, 70_000, 1), one.stored(), 0)).isEmpty();
    }

    /** D28: growing stalled the producer for a full drain, and the stall was not counted. */
    @Test
    void theLogGrowsWhileAWriteIsInFlightAndAStallIsCounted() throws Exception {
        one.budget(4 << 20);
        Conveyor conveyor = one.open(WRITE, CREATE);
        Hold hold = one.plan.hold(PWRITE);
        for (int at = 0; at < 900 << 10; at += 4096) {
            conveyor.write(Bytes.buffer(at, 4096, 1));
        }
        hold.awaitHeld();
        assertThat(conveyor.stats().writes().stalls()).isZero();
        assertThat(conveyor.stats().pendingBytes()).isEqualTo(900 << 10);

        Started<Integer> tooMuch = Concurrently.start(() -> conveyor.write(Bytes.buffer(900 << 10, 1 << 20, 1)));
        tooMuch.awaitWaiting();
        hold.release();
        tooMuch.result();
        assertThat(conveyor.stats().writes().stalls()).isEqualTo(1);
    }

    /** D29: every lseek drained the queue, so random writes got no hiding at all. */
    @Test
    void movingTheCursorWaitsForNothing() throws Exception {
        Conveyor conveyor = one.open(READ, WRITE, CREATE);
        one.plan.hold(PWRITE);
        for (int i = 255; i >= 0; i--) {
            conveyor.position(i * 1000L);
            conveyor.write(Bytes.buffer(i * 1000L, 100, 1));
        }

        assertThat(conveyor.stats().pendingBytes()).isEqualTo(25_600);
        conveyor.position(17_000);
        ByteBuffer dst = ByteBuffer.allocate(100);
        conveyor.read(dst);
        assertThat(dst.array()).isEqualTo(Bytes.at(17_000, 100, 1));
    }

    /** D30: a write that had waited for room did not look at the error again, and reported success. */
    @Test
    void aWriteThatWaitsForRoomLearnsOfTheFailure() throws Exception {
        one.budget(64 << 10);
        Conveyor conveyor = one.open(WRITE, CREATE);
        Hold hold = one.plan.hold(PWRITE);
        one.plan.on(PWRITE).always().failWith(Kind.IO, Retry.NEVER);
        ByteBuffer src = Bytes.buffer(0, 1 << 20, 1);
        Started<Integer> write = Concurrently.start(() -> conveyor.write(src));
        hold.awaitHeld();
        write.awaitWaiting();
        hold.release();

        assertThatThrownBy(write::result)
                .isInstanceOfSatisfying(
                        WriteBehindException.class,
                        failure -> assertThat(failure.retainedBytes()).isEqualTo(src.position()));
        one.plan.clear();
        conveyor.clearError();
        conveyor.write(src);
        conveyor.flush();
        assertThat(Bytes.difference(Bytes.at(0, 1 << 20, 1), one.stored(), 0)).isEmpty();
    }

    // ---------------------------------------------------------------- D31 to D34: contract

    /** D31: a failed speculative prefetch made writes fail, and came back after it was cleared. */
    @Test
    void aFailedPrefetchHurtsNobody() throws Exception {
        StepExecutor steps = new StepExecutor();
        one.builder(builder -> builder.executor(steps));
        int size = 2 << 20;
        one.memory.put(OneConveyor.KEY, Bytes.at(0, size, 1));
        Conveyor conveyor = one.open(READ, WRITE);
        ByteBuffer dst = ByteBuffer.allocate(4096);
        int at = 0;
        for (; steps.queued() == 0; at += 4096) {
            conveyor.read(dst.clear());
        }
        one.plan.on(PREAD).always().failWith(Kind.IO, Retry.NEVER);
        steps.drain();
        assertThat(one.backend.log(PREAD))
                .last()
                .satisfies(call -> assertThat(call.extent().offset()).isGreaterThan(0));
        one.plan.clear();

        assertThat(conveyor.failure()).isEmpty();
        conveyor.write(Bytes.buffer(0, 8, 1), 0);
        for (; at < size; at += 4096) {
            int count = steps.drivingAll(() -> conveyor.read(dst.clear()));
            assertThat(count).isEqualTo(4096);
            assertThat(Bytes.difference(Bytes.at(at, 4096, 1), dst.array(), at)).isEmpty();
        }
        one.closeSteppingBy(steps);
    }

    /** D32: flush after stop reported success with data undrained; a write failed without a reason. */
    @Test
    void closeDrainsAndEveryCallAfterItSaysThatItIsClosed() throws Exception {
        Conveyor conveyor = one.open(READ, WRITE, CREATE);
        conveyor.write(Bytes.buffer(0, 30, 1));
        conveyor.close();

        assertThat(one.stored()).isEqualTo(Bytes.at(0, 30, 1));
        assertThatThrownBy(conveyor::flush).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(conveyor::sync).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> conveyor.write(Bytes.buffer("x"))).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> conveyor.read(ByteBuffer.allocate(1))).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> conveyor.seek(0, Whence.SET)).isInstanceOf(ClosedChannelException.class);
        conveyor.close();
    }

    /** D33: a request that completed between the look at the cache and the overlay was in neither. */
    @Test
    void aWriteThatIsReleasedWhileAReadAsksStorageIsSeenByIt() throws Exception {
        one.memory.put(OneConveyor.KEY, Bytes.of("old old old"));
        Conveyor conveyor = one.open(READ, WRITE);
        conveyor.write(Bytes.buffer("new"), 4);
        Hold hold = one.plan.on(PREAD).always().holdAfterwards();
        AtomicReference<String> seen = new AtomicReference<>();
        Started<Boolean> read = one.start(() -> seen.set(one.read(0, 11)));
        hold.awaitHeld();
        conveyor.flush();
        hold.release();
        read.result();

        assertThat(seen).hasValue("old new old");
    }

    /** D34: statistics were torn, stolen by other pollers, and cut to milliseconds. */
    @Test
    void statisticsAreCumulativeAndCountNanoseconds() throws Exception {
        ManualClock clock = ManualClock.create();
        one.builder(builder -> builder.timeSource(clock));
        Conveyor conveyor = one.open(WRITE, CREATE);
        one.plan.on(PWRITE).always().run(() -> clock.advance(Duration.ofNanos(750_000)));
        for (int i = 0; i < 4; i++) {
            conveyor.write(Bytes.buffer("12345"));
            conveyor.flush();
        }

        ConveyorStats stats = conveyor.stats();
        assertThat(stats.pwrites()).isEqualTo(new ConveyorStats.Calls(4, 20, 3_000_000));
        assertThat(stats.writes().bytes()).isEqualTo(20);
        assertThat(conveyor.stats()).isEqualTo(stats);
        conveyor.write(Bytes.buffer("123"));
        assertThat(conveyor.stats().since(stats).writes().bytes()).isEqualTo(3);
        assertThat(conveyor.stats().watermarks().accepted()).isEqualTo(23);
    }

    // ---------------------------------------------------------------- D36 to D41: cost, limits

    /** D36: each read looked at every pending request. */
    @Test
    void aReadVisitsOnlyThePendingExtentsThatItTouches() {
        ExtentIndex index = new ExtentIndex();
        for (int i = 0; i < 100_000; i++) {
            index.put(i * 100L, i * 100L + 64, i * 64L);
        }
        AtomicInteger visited = new AtomicInteger();
        index.visit(5_000_000, 5_004_096, (start, end, position) -> visited.incrementAndGet());

        assertThat(visited).hasValue(41);
        assertThat(index.firstGap(5_000_000, 5_004_096)).isEqualTo(5_000_064);
    }

    /** D37: the bookkeeping of tiny writes was outside every limit, and empty writes were queued. */
    @Test
    void tinyWritesAreChargedToTheBudgetAndEmptyOnesCostNothing() throws Exception {
        long budget = 256 << 10;
        one.budget(budget);
        Conveyor conveyor =
                one.open(ConveyorOptions.builder().writeTimeout(Duration.ZERO).build(), WRITE, CREATE);
        one.plan.hold(PWRITE);
        for (int i = 0; i < 1_000_000; i++) {
            conveyor.write(ByteBuffer.allocate(0), i);
        }
        assertThat(conveyor.stats().watermarks().accepted()).isZero();
        assertThat(conveyor.stats().writes().count()).isZero();
        assertThat(one.factory().stats().memoryUsedBytes()).isZero();

        assertThatThrownBy(() -> writeSingleBytes(conveyor, 1_000_000))
                .isInstanceOf(BackPressureTimeoutException.class);
        assertThat(one.factory().stats().memoryUsedBytes()).isLessThanOrEqualTo(budget);
    }

    private static void writeSingleBytes(Conveyor conveyor, int count) throws IOException {
        for (long i = 0; i < count; i++) {
            conveyor.write(ByteBuffer.allocate(1), i * 2);
        }
    }

    /** D38: every byte was copied twice, and a read fetched the whole ring. */
    @Test
    void aLargeReadIsOneCallOfItsOwnSize() throws Exception {
        one.memory.put(OneConveyor.KEY, Bytes.at(0, 8 << 20, 1));
        Conveyor conveyor = one.open(READ);
        ByteBuffer dst = ByteBuffer.allocateDirect(3 << 20);
        conveyor.read(dst, 1 << 20);

        assertThat(one.backend.log(PREAD))
                .singleElement()
                .satisfies(call -> assertThat(call.extent()).isEqualTo(new Extent(1 << 20, 3 << 20)));
        assertThat(one.factory().stats().memoryUsedBytes()).isZero();
    }

    /** D39: a write larger than the buffer was refused, and odd answers of lseek became positions. */
    @Test
    void aWriteLargerThanAllMemoryGoesThroughAndNoCursorIsNegative() throws Exception {
        one.budget(64 << 10);
        Conveyor conveyor = one.open(WRITE, CREATE);

        assertThat(conveyor.write(Bytes.buffer(0, 2 << 20, 1))).isEqualTo(2 << 20);
        conveyor.flush();
        assertThat(Bytes.difference(Bytes.at(0, 2 << 20, 1), one.stored(), 0)).isEmpty();
        assertThatThrownBy(() -> conveyor.seek(-1, Whence.SET)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> conveyor.position(-7)).isInstanceOf(IllegalArgumentException.class);
        assertThat(conveyor.position()).isEqualTo(2 << 20);
    }

    /** D41: the statistics of an object that had been moved from read uninitialised memory. */
    @Test
    void statisticsAndFailureAreThereAfterClose() throws Exception {
        Conveyor conveyor = one.open(WRITE, CREATE);
        conveyor.write(Bytes.buffer("bytes"));
        conveyor.close();

        assertThat(conveyor.stats().writes().bytes()).isEqualTo(5);
        assertThat(conveyor.stats().pwrites().bytes()).isEqualTo(5);
        assertThat(conveyor.stats().pendingBytes()).isZero();
        assertThat(conveyor.failure()).isEmpty();
    }
}
