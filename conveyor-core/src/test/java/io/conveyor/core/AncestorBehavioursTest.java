package io.conveyor.core;

import static io.conveyor.testkit.StorageOperation.LSEEK;
import static io.conveyor.testkit.StorageOperation.PREAD;
import static io.conveyor.testkit.StorageOperation.PWRITE;
import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.BackPressureTimeoutException;
import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOptions;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.Whence;
import io.conveyor.WriteBehindException;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.Concurrently;
import io.conveyor.testkit.Concurrently.Started;
import io.conveyor.testkit.Hold;
import io.conveyor.testkit.ManualClock;
import io.conveyor.testkit.StorageOperation;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the ancestor's own 39 tests assert, as far as it is sound; the numbers are those of {@code docs/ancestor.md}. */
class AncestorBehavioursTest {

    @RegisterExtension
    final OneConveyor one = new OneConveyor();

    // ---------------------------------------------------------------- the basics, 1 to 14

    /** 1, 31: create and destroy. */
    @Test
    void aConveyorOpensAndClosesWithoutTouchingTheObject() throws Exception {
        one.memory.put(OneConveyor.KEY, Bytes.of("content"));
        Conveyor conveyor = one.open(READ, WRITE);
        assertThat(conveyor.isOpen()).isTrue();
        conveyor.close();

        assertThat(conveyor.isOpen()).isFalse();
        assertThat(one.stored()).isEqualTo(Bytes.of("content"));
        assertThat(one.backend.calls(PREAD)).isZero();
        assertThat(one.backend.calls(PWRITE)).isZero();
    }

    /** 2, 33: write and flush. */
    @Test
    void aWriteReturnsItsLengthAndAFlushPutsItIntoStorageByOneCall() throws Exception {
        Conveyor conveyor = one.open(WRITE, CREATE);
        assertThat(conveyor.write(Bytes.buffer("payload"))).isEqualTo(7);
        conveyor.flush();

        assertThat(one.stored()).isEqualTo(Bytes.of("payload"));
        assertThat(one.backend.log(PWRITE))
                .singleElement()
                .satisfies(call -> assertThat(call.extent().length()).isEqualTo(7));
    }

    /** 3, 34: buffered read. */
    @Test
    void aReadReturnsAllThatWasAskedFor() throws Exception {
        one.memory.put(OneConveyor.KEY, Bytes.at(0, 50, 1));
        Conveyor conveyor = one.open(READ);
        ByteBuffer dst = ByteBuffer.allocate(50);

        assertThat(conveyor.read(dst)).isEqualTo(50);
        assertThat(dst.array()).isEqualTo(Bytes.at(0, 50, 1));
    }

    /** 4: a write hides the latency of the store. */
    @Test
    void aWriteReturnsWhileStorageHasNotAnswered() throws Exception {
        Conveyor conveyor = one.open(WRITE, CREATE);
        Hold hold = one.plan.hold(PWRITE);
        for (int i = 0; i < 10; i++) {
            conveyor.write(Bytes.buffer("0123456789"));
        }
        hold.awaitHeld();

        assertThat(one.stored()).isEmpty();
        assertThat(conveyor.stats().writes().stalls()).isZero();
        hold.release();
        conveyor.close();
        assertThat(one.stored()).isEqualTo(Bytes.of("0123456789".repeat(10)));
    }

    /** 5: a read hides the latency of the store. */
    @Test
    void aSequentialReadIsServedFromWhatWasFetchedAheadWhileStorageHangs() throws Exception {
        StepExecutor steps = new StepExecutor();
        one.builder(builder -> builder.executor(steps));
        one.memory.put(OneConveyor.KEY, Bytes.at(0, 4 << 20, 1));
        Conveyor conveyor = one.open(READ);
        int at = 0;
        for (; steps.queued() == 0; at += 4096) {
            conveyor.read(ByteBuffer.allocate(4096));
        }
        steps.drain();
        one.plan.on(PREAD).always().failWith(Kind.UNAVAILABLE, Retry.NEVER);

        ByteBuffer dst = ByteBuffer.allocate(4096);
        for (int i = 0; i < 32; i++, at += 4096) {
            assertThat(conveyor.read(dst.clear())).isEqualTo(4096);
            assertThat(dst.array()).isEqualTo(Bytes.at(at, 4096, 1));
        }
        one.closeSteppingBy(steps);
    }

    /** 6: operations of zero bytes. */
    @Test
    void readingAndWritingNothingDoesNothing() throws Exception {
        Conveyor conveyor = one.open(READ, WRITE, CREATE);

        assertThat(conveyor.write(ByteBuffer.allocate(0))).isZero();
        assertThat(conveyor.read(ByteBuffer.allocate(0))).isZero();
        conveyor.flush();
        assertThat(one.stored()).isEmpty();
        assertThat(one.backend.calls(PWRITE)).isZero();
    }

    /** 7, 16: a write larger than the buffer: it goes through. */
    @Test
    void aWriteLargerThanWhatMayBePendingGoesThrough() throws Exception {
        Conveyor conveyor =
                one.open(ConveyorOptions.builder().maxPendingBytes(1).build(), WRITE, CREATE);
        assertThat(conveyor.write(Bytes.buffer(0, 200_000, 1))).isEqualTo(200_000);
        conveyor.flush();

        assertThat(one.stored()).isEqualTo(Bytes.at(0, 200_000, 1));
    }

    /** 8, 19, 35: a read sees a write that was not flushed. */
    @Test
    void aReadSeesAWriteThatWasNotFlushed() throws Exception {
        Conveyor conveyor = one.open(READ, WRITE, CREATE);
        one.plan.hold(PWRITE);
        conveyor.write(Bytes.buffer("ABCDE"));
        conveyor.position(0);
        ByteBuffer dst = ByteBuffer.allocate(5);

        assertThat(conveyor.read(dst)).isEqualTo(5);
        assertThat(dst.array()).isEqualTo(Bytes.of("ABCDE"));
    }

    /** 9: a store that does not move makes writers wait, and then refuses them. */
    @Test
    void aStoreThatHangsMakesAWriterWaitForTheWriteTimeoutOnly() throws Exception {
        ManualClock clock = ManualClock.create();
        one.builder(builder -> builder.memoryBudget(64 << 10).timeSource(clock));
        Conveyor conveyor = one.open(WRITE, CREATE);
        Hold hold = one.plan.hold(PWRITE);
        ByteBuffer src = Bytes.buffer(0, 1 << 20, 1);
        Started<Integer> write = Concurrently.start(() -> conveyor.write(src));
        hold.awaitHeld();
        write.awaitWaiting();
        clock.advance(Duration.ofSeconds(29));
        write.awaitWaiting();
        assertThat(write.isDone()).isFalse();
        clock.advance(Duration.ofSeconds(1));

        assertThatThrownBy(write::result).isInstanceOf(BackPressureTimeoutException.class);
        assertThat(conveyor.stats().watermarks().accepted()).isEqualTo(src.position());
        hold.release();
        conveyor.close();
        assertThat(one.stored()).isEqualTo(Bytes.at(0, src.position(), 1));
    }

    /** 10: what was fetched is dropped when the object changes. */
    @Test
    void aReaderSeesTheNextVersionAfterASiblingPublishedIt() throws Exception {
        one.memory.put(OneConveyor.KEY, Bytes.of("version1"));
        Conveyor reader = one.factory().open(OneConveyor.KEY, READ);
        assertThat(text(reader, 8)).isEqualTo("version1");
        try (Conveyor writer = one.factory().open(OneConveyor.KEY, WRITE)) {
            writer.write(Bytes.buffer("version2"));
            writer.flush();

            assertThat(text(reader, 8)).isEqualTo("version2");
        }
    }

    /** 11: append mode. */
    @Test
    void appendsLandBehindWhatWasThereInTheirOrder() throws Exception {
        one.memory.put(OneConveyor.KEY, Bytes.of("existing,"));
        Conveyor conveyor = one.open(APPEND);
        conveyor.write(Bytes.buffer("first,"));
        conveyor.write(Bytes.buffer("second"));
        conveyor.flush();

        assertThat(one.stored()).isEqualTo(Bytes.of("existing,first,second"));
        assertThat(conveyor.size()).isEqualTo(21);
    }

    /** 12, 22, 39: a failure sticks. */
    @Test
    void aFailureSticksForWritesAndBarriersUntilItIsClearedAndReadsGoOn() throws Exception {
        Conveyor conveyor = one.open(READ, WRITE, CREATE);
        conveyor.write(Bytes.buffer("good,"));
        conveyor.flush();
        one.plan.on(PWRITE).next().failWith(Kind.IO, Retry.NEVER);
        conveyor.write(Bytes.buffer("bad"));

        assertThatThrownBy(conveyor::flush).isInstanceOf(WriteBehindException.class);
        assertThatThrownBy(() -> conveyor.write(Bytes.buffer("x"))).isInstanceOf(WriteBehindException.class);
        assertThatThrownBy(() -> conveyor.truncate(0)).isInstanceOf(WriteBehindException.class);
        assertThatThrownBy(() -> conveyor.seek(0, Whence.SET)).isInstanceOf(WriteBehindException.class);
        assertThatThrownBy(conveyor::sync).isInstanceOf(WriteBehindException.class);
        assertThat(one.read(0, 8)).isEqualTo("good,bad");
        assertThat(conveyor.failure())
                .hasValueSatisfying(failure -> assertThat(failure).hasCauseInstanceOf(StorageException.class));
        assertThat(conveyor.stats().failures()).isEqualTo(1);
        conveyor.clearError();
    }

    /** 13: clearing an error. */
    @Test
    void afterClearingTheErrorWritesAreAcceptedAgain() throws Exception {
        Conveyor conveyor = one.open(WRITE, CREATE);
        one.plan.on(PWRITE).next().failWith(Kind.IO, Retry.NEVER);
        conveyor.write(Bytes.buffer("one,"));
        assertThatThrownBy(conveyor::flush).isInstanceOf(WriteBehindException.class);

        assertThat(conveyor.clearError()).isTrue();
        assertThat(conveyor.clearError()).isFalse();
        conveyor.write(Bytes.buffer("two"));
        conveyor.flush();
        assertThat(one.stored()).isEqualTo(Bytes.of("one,two"));
    }

    // ---------------------------------------------------------------- vectors and growth, 15 to 18

    /** 15: a vector of numbers goes there and back. */
    @Test
    void numbersGoThereAndBack() throws Exception {
        Conveyor conveyor = one.open(READ, WRITE, CREATE);
        ByteBuffer numbers = ByteBuffer.allocate(16);
        numbers.asIntBuffer().put(new int[] {1, 2, 3, 4});
        assertThat(conveyor.write(numbers)).isEqualTo(16);
        conveyor.flush();
        assertThat(one.stored()).isEqualTo(numbers.array());
        assertThat(conveyor.seek(0, Whence.SET)).isZero();
        ByteBuffer back = ByteBuffer.allocate(16);
        conveyor.read(back);

        assertThat(back.array()).isEqualTo(numbers.array());
    }

    /** 17: the log grows while it wraps. */
    @Test
    void writesOfAnySizeKeepTheirOrderWhileSegmentsComeAndGo() throws Exception {
        one.budget(64 << 10);
        Conveyor conveyor = one.open(WRITE, CREATE);
        Random random = new Random(17);
        long total = 0;
        while (total < 1 << 20) {
            int length = 1 + random.nextInt(20_000);
            conveyor.write(Bytes.buffer(total, length, 1));
            total += length;
        }
        conveyor.flush();

        assertThat(Bytes.difference(Bytes.at(0, (int) total, 1), one.stored(), 0))
                .isEmpty();
    }

    /** 18: a small reader that asks for more. */
    @Test
    void aLargeReadAfterSmallSequentialOnesIsWhole() throws Exception {
        one.memory.put(OneConveyor.KEY, Bytes.at(0, 4096, 1));
        Conveyor conveyor = one.open(READ);
        for (int i = 0; i < 3; i++) {
            conveyor.read(ByteBuffer.allocate(100));
        }
        ByteBuffer dst = ByteBuffer.allocate(1000);

        assertThat(conveyor.read(dst)).isEqualTo(1000);
        assertThat(dst.array()).isEqualTo(Bytes.at(300, 1000, 1));
    }

    // ---------------------------------------------------------------- reading what is on its way, 20 to 25

    /** 20: data written past the end. */
    @Test
    void dataWrittenFarPastTheEndIsReadBack() throws Exception {
        one.memory.put(OneConveyor.KEY, new byte[1 << 20]);
        Conveyor conveyor = one.open(READ, WRITE);
        one.plan.hold(PWRITE);
        conveyor.position(2 << 20);
        conveyor.write(Bytes.buffer("payload"));
        conveyor.position(2 << 20);
        ByteBuffer dst = ByteBuffer.allocate(100);

        assertThat(conveyor.read(dst)).isEqualTo(7);
        assertThat(one.read((2 << 20) - 3, 10)).isEqualTo("\0\0\0payload");
    }

    /** 21: moving away from a slow read. */
    @Test
    void aSlowFetchOfOnePlaceIsNeverServedAtAnother() throws Exception {
        StepExecutor steps = new StepExecutor();
        one.builder(builder -> builder.executor(steps));
        byte[] content = Bytes.at(0, 4 << 20, 1);
        System.arraycopy(Bytes.of("BBBB"), 0, content, 3_000_000, 4);
        one.memory.put(OneConveyor.KEY, content);
        Conveyor conveyor = one.open(READ);
        while (steps.queued() == 0) {
            conveyor.read(ByteBuffer.allocate(4096));
        }
        Hold hold = one.plan.hold(PREAD);
        Started<Boolean> fetch = steps.startStep();
        hold.awaitHeld();
        conveyor.position(3_000_000);
        ByteBuffer dst = ByteBuffer.allocate(4);
        Started<Integer> read = Concurrently.start(() -> conveyor.read(dst));
        hold.awaitHeld(2);
        hold.release();
        fetch.result();

        assertThat(read.result()).isEqualTo(4);
        assertThat(dst.array()).isEqualTo(Bytes.of("BBBB"));
        one.closeSteppingBy(steps);
    }

    /** 23: a read mixes storage and what is pending. */
    @Test
    void aReadMixesStorageAndPendingBytes() throws Exception {
        one.memory.put(OneConveyor.KEY, Bytes.of("DDDDDDDDDD"));
        Conveyor conveyor = one.open(READ, WRITE);
        one.plan.hold(PWRITE);
        conveyor.write(Bytes.buffer("WW"), 2);
        conveyor.write(Bytes.buffer("ZZ"), 6);

        assertThat(one.read(0, 10)).isEqualTo("DDWWDDZZDD");
    }

    /** 24: writers and readers of blocks on one object. */
    @Test
    void concurrentReadersSeeOnlyWholeBlocksOfConcurrentWriters() throws Exception {
        int block = 4096;
        int blocks = 64;
        byte[] first = new byte[block * blocks];
        for (int i = 0; i < blocks; i++) {
            System.arraycopy(Bytes.at((long) i * block, block, 1), 0, first, i * block, block);
        }
        one.memory.put(OneConveyor.KEY, first);
        Conveyor conveyor = one.open(READ, WRITE);
        AtomicInteger tag = new AtomicInteger(1);
        Concurrently.run(4, index -> {
            Random random = new Random(index);
            for (int i = 0; i < 1500; i++) {
                long at = (long) random.nextInt(blocks) * block;
                if (index < 2) {
                    conveyor.write(Bytes.buffer(at, block, tag.incrementAndGet()), at);
                } else {
                    ByteBuffer dst = ByteBuffer.allocate(block);
                    conveyor.read(dst, at);
                    int seen = Bytes.tagOf(dst.getLong(0));
                    assertThat(dst.array()).isEqualTo(Bytes.at(at, block, seen));
                }
            }
        });
    }

    /** 25: a log is read to its end. */
    @Test
    void sequentialReadsUntilTheEndGiveTheFile() throws Exception {
        byte[] log = Bytes.at(0, 38_890, 1);
        one.budget(64 << 10);
        one.memory.put(OneConveyor.KEY, log);
        Conveyor conveyor = one.open(READ);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        ByteBuffer dst = ByteBuffer.allocate(1024);
        while (conveyor.read(dst.clear()) > 0) {
            all.write(dst.array(), 0, dst.position());
        }

        assertThat(all.toByteArray()).isEqualTo(log);
    }

    // ---------------------------------------------------------------- partial I/O, wrong use, several instances, 26 to
    // 30

    /** 26: a partial write. */
    @Test
    void aShortWriteIsContinued() throws Exception {
        Conveyor conveyor = one.open(WRITE, CREATE);
        one.plan.on(PWRITE).next().moveAtMost(10);
        conveyor.write(Bytes.buffer(0, 30, 1));
        conveyor.flush();

        assertThat(one.stored()).isEqualTo(Bytes.at(0, 30, 1));
        assertThat(one.backend.calls(PWRITE)).isEqualTo(2);
    }

    /** 27: a partial read. */
    @Test
    void aShortReadIsContinued() throws Exception {
        one.memory.put(OneConveyor.KEY, Bytes.at(0, 100, 1));
        Conveyor conveyor = one.open(READ);
        one.plan.on(PREAD).next().moveAtMost(10);
        ByteBuffer dst = ByteBuffer.allocate(30);

        assertThat(conveyor.read(dst)).isEqualTo(30);
        assertThat(dst.array()).isEqualTo(Bytes.at(0, 30, 1));
    }

    /** 28: writing what is open for reading. */
    @Test
    void writingAConveyorThatIsOpenForReadingIsRefused() throws Exception {
        one.memory.put(OneConveyor.KEY, Bytes.of("content"));
        Conveyor conveyor = one.open(READ);

        assertThatThrownBy(() -> conveyor.write(Bytes.buffer("x"))).isInstanceOf(NonWritableChannelException.class);
        assertThat(one.stored()).isEqualTo(Bytes.of("content"));
    }

    /** 29: reading what is open for writing. */
    @Test
    void readingAConveyorThatIsOpenForWritingIsRefused() throws Exception {
        Conveyor conveyor = one.open(WRITE, CREATE);

        assertThatThrownBy(() -> conveyor.read(ByteBuffer.allocate(1))).isInstanceOf(NonReadableChannelException.class);
    }

    /** 30: two objects on one store. */
    @Test
    void overlappingWritesOfTwoConveyorsAreNeverMixed() throws Exception {
        ConveyorOptions several =
                ConveyorOptions.builder().allowSeveralWriters(true).build();
        ConveyorFactory factory = one.factory();
        try (Conveyor first = factory.open(OneConveyor.KEY, several, WRITE, CREATE);
                Conveyor second = factory.open(OneConveyor.KEY, several, WRITE, CREATE)) {
            List<Conveyor> both = List.of(first, second);
            Concurrently.run(2, index -> {
                both.get(index).write(Bytes.buffer((index == 0 ? "A" : "B").repeat(512)), 0);
                both.get(index).flush();
            });
        }

        assertThat(one.stored()).isIn(Bytes.of("A".repeat(512)), Bytes.of("B".repeat(512)));
    }

    // ---------------------------------------------------------------- the wrapper's, 31 to 39

    /** 32: create fails when the backend does. */
    @Test
    void openFailsAsTheBackendDoesAndLeavesNothingBehind() throws Exception {
        one.memory.put(OneConveyor.KEY, Bytes.of("content"));
        for (StorageOperation operation : List.of(StorageOperation.OPEN, LSEEK)) {
            one.plan.on(operation).next().failWith(() -> new IOException("broken"));
            assertThatThrownBy(() -> one.factory().open(OneConveyor.KEY, APPEND))
                    .isInstanceOf(IOException.class)
                    .hasMessage("broken");
        }

        assertThat(one.factory().openConveyors()).isEmpty();
        assertThat(one.backend.openHandles()).isZero();
        one.factory().open(OneConveyor.KEY, APPEND).close();
    }

    /** 36: seek. */
    @Test
    void seekAnswersTheNewCursorAndReadsGoOnThere() throws Exception {
        one.memory.put(OneConveyor.KEY, Bytes.at(0, 200, 1));
        Conveyor conveyor = one.open(READ, WRITE);

        assertThat(conveyor.seek(100, Whence.SET)).isEqualTo(100);
        ByteBuffer dst = ByteBuffer.allocate(20);
        conveyor.read(dst);
        assertThat(dst.array()).isEqualTo(Bytes.at(100, 20, 1));
        assertThat(conveyor.seek(-50, Whence.END)).isEqualTo(150);
        assertThat(conveyor.seek(10, Whence.CUR)).isEqualTo(160);
    }

    /** 37: statistics of a store that takes a while. */
    @Test
    void statisticsTellBytesAndHowLongStorageTook() throws Exception {
        ManualClock clock = ManualClock.create();
        one.builder(builder -> builder.timeSource(clock));
        Conveyor conveyor = one.open(WRITE, CREATE);
        one.plan.on(PWRITE).always().run(() -> clock.advance(Duration.ofMillis(1)));
        conveyor.write(Bytes.buffer("0123456789"));
        conveyor.flush();

        assertThat(conveyor.stats().writes().bytes()).isEqualTo(10);
        assertThat(conveyor.stats().pwrites().nanos()).isEqualTo(1_000_000);
    }

    /** 38: closing joins before the backend goes away. */
    @Test
    void whenAFactoryIsClosedNoCallReachesTheBackendAnyMore() throws Exception {
        List<StorageOperation> after = new ArrayList<>();
        Conveyor conveyor = one.open(READ, WRITE, CREATE);
        conveyor.write(Bytes.buffer(0, 100_000, 1));
        one.factory().close();
        one.plan.on().always().run(() -> after.add(PWRITE));

        assertThat(one.memory.isClosed()).isTrue();
        assertThat(one.stored()).isEqualTo(Bytes.at(0, 100_000, 1));
        assertThat(after).isEmpty();
    }

    private static String text(Conveyor conveyor, int length) throws IOException {
        ByteBuffer dst = ByteBuffer.allocate(length);
        conveyor.read(dst, 0);
        return new String(dst.array(), 0, dst.position(), java.nio.charset.StandardCharsets.ISO_8859_1);
    }
}
