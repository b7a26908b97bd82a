package io.conveyor.core;

import static io.conveyor.testkit.StorageOperation.PREAD;
import static io.conveyor.testkit.StorageOperation.PWRITE;
import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.ConflictException;
import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOptions;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.Whence;
import io.conveyor.WriteBehindException;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.Concurrently;
import io.conveyor.testkit.Hold;
import java.nio.ByteBuffer;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The five kinds of test that the ancestor's journal names as missing. */
class AncestorGapsTest {

    @RegisterExtension
    final OneConveyor one = new OneConveyor();

    /** Several application threads on one conveyor. */
    @Test
    void severalThreadsWriteByOneCursorWithoutInterleavingOrOverlapping() throws Exception {
        int threads = 4;
        int records = 1000;
        int length = 24;
        Conveyor conveyor = one.open(READ, WRITE, CREATE);
        Concurrently.run(threads, index -> {
            for (int i = 0; i < records; i++) {
                ByteBuffer record = ByteBuffer.allocate(length);
                for (int word = 0; word < 3; word++) {
                    record.putInt(1 + index).putInt(i);
                }
                conveyor.write(record.flip());
            }
        });
        conveyor.flush();

        ByteBuffer stored = ByteBuffer.wrap(one.stored());
        assertThat(stored.remaining()).isEqualTo(threads * records * length);
        int[] next = new int[threads];
        while (stored.hasRemaining()) {
            int thread = stored.getInt() - 1;
            int number = stored.getInt();
            assertThat(number).isEqualTo(next[thread]++);
            for (int word = 0; word < 2; word++) {
                assertThat(stored.getInt()).isEqualTo(1 + thread);
                assertThat(stored.getInt()).isEqualTo(number);
            }
        }
    }

    /** Several application threads on one conveyor, each at positions of its own. */
    @Test
    void severalThreadsReadBackWhatEachWroteAtPositionsOfItsOwn() throws Exception {
        one.budget(256 << 10);
        int region = 100_000;
        Conveyor conveyor = one.open(READ, WRITE, CREATE);
        Concurrently.run(4, index -> {
            Random random = new Random(index);
            for (int i = 1; i <= 500; i++) {
                long at = (long) index * region + random.nextInt(region - 3000);
                int length = 1 + random.nextInt(3000);
                conveyor.write(Bytes.buffer(at, length, i), at);
                ByteBuffer dst = ByteBuffer.allocate(length);
                assertThat(conveyor.read(dst, at)).isEqualTo(length);
                assertThat(Bytes.difference(Bytes.at(at, length, i), dst.array(), at))
                        .isEmpty();
            }
        });
    }

    /** A read, a flush, and a read again over the same range. */
    @Test
    void aReadAFlushAndAReadAgainOverTheSameRangeAgree() throws Exception {
        one.memory.put(OneConveyor.KEY, Bytes.at(0, 300_000, 1));
        Conveyor conveyor = one.open(READ, WRITE);
        for (int round = 2; round < 30; round++) {
            long at = round * 9_973L;
            conveyor.write(Bytes.buffer(at, 5000, round), at);
            byte[] before = range(conveyor, at - 1000, 7000);
            conveyor.flush();
            byte[] after = range(conveyor, at - 1000, 7000);

            assertThat(Bytes.difference(before, after, at - 1000)).isEmpty();
            assertThat(Bytes.difference(Bytes.at(at, 5000, round), range(conveyor, at, 5000), at))
                    .isEmpty();
        }
    }

    /** The same with reads by the cursor, sequential enough for fetching ahead, and storage that is slow between the two. */
    @Test
    void whatWasFetchedAheadBeforeAWriteIsNotReadAfterItsFlush() throws Exception {
        int size = 1 << 20;
        one.memory.put(OneConveyor.KEY, Bytes.at(0, size, 1));
        Conveyor conveyor = one.open(READ, WRITE);
        ByteBuffer dst = ByteBuffer.allocate(4096);
        for (int at = 0; at < size; at += 4096) {
            assertThat(conveyor.read(dst.clear())).isEqualTo(4096);
            long next = at + 4096L;
            if (next < size) {
                conveyor.write(Bytes.buffer(next, 2000, 2), next);
                conveyor.flush();
            }
            int changed = at == 0 ? 0 : 2000;
            byte[] expected = Bytes.at(at, 4096, 1);
            System.arraycopy(Bytes.at(at, changed == 0 ? 1 : changed, 2), 0, expected, 0, changed);
            assertThat(Bytes.difference(expected, dst.array(), at)).isEmpty();
        }
    }

    /** Partial I/O: short reads and writes. */
    @Test
    void shortReadsAndWritesOfAnyLengthAreContinued() throws Exception {
        one.plan.on(PREAD, PWRITE).always().moveRandomly(700, new Random(5));
        Conveyor conveyor = one.open(READ, WRITE, CREATE);
        conveyor.write(Bytes.buffer(0, 200_000, 1));
        conveyor.flush();
        assertThat(Bytes.difference(Bytes.at(0, 200_000, 1), one.stored(), 0)).isEmpty();
        ByteBuffer dst = ByteBuffer.allocate(300_000);

        assertThat(conveyor.read(dst, 0)).isEqualTo(200_000);
        assertThat(Bytes.difference(Bytes.at(0, 200_000, 1), Bytes.remaining(dst.flip()), 0))
                .isEmpty();
    }

    /** Partial I/O: a call that moves nothing is an error and not a spin. */
    @Test
    void callsThatMoveNothingEndAsAFailure() throws Exception {
        ConveyorOptions options = ConveyorOptions.builder()
                .retryAttempts(3)
                .retryBaseDelay(Duration.ZERO)
                .build();
        Conveyor conveyor = one.open(options, READ, WRITE, CREATE);
        one.plan.on(PWRITE).always().moveNothing();
        conveyor.write(Bytes.buffer("bytes"));

        assertThatThrownBy(conveyor::flush)
                .isInstanceOf(WriteBehindException.class)
                .cause()
                .isInstanceOfSatisfying(
                        StorageException.class,
                        cause -> assertThat(cause.kind()).isEqualTo(Kind.PROTOCOL));
        assertThat(one.backend.calls(PWRITE)).isBetween(1L, 10L);
        one.plan.clear();
        conveyor.clearError();
        conveyor.flush();
        assertThat(one.stored()).isEqualTo(Bytes.of("bytes"));
    }

    /** Illegal operations fail at once, with the exception that Java has for them, and change nothing. */
    @Test
    void illegalOperationsFailAtOnceAndChangeNothing() throws Exception {
        one.memory.put(OneConveyor.KEY, Bytes.of("content"));
        ConveyorFactory factory = one.factory();
        try (Conveyor reader = factory.open(OneConveyor.KEY, READ);
                Conveyor writer = factory.open(OneConveyor.KEY, WRITE)) {
            assertThatThrownBy(() -> reader.write(Bytes.buffer("x"), 0))
                    .isInstanceOf(NonWritableChannelException.class);
            assertThatThrownBy(() -> reader.truncate(0)).isInstanceOf(NonWritableChannelException.class);
            assertThatThrownBy(() -> writer.read(ByteBuffer.allocate(1), 0))
                    .isInstanceOf(NonReadableChannelException.class);
            assertThatThrownBy(() -> writer.write(Bytes.buffer("x"), -1)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> writer.truncate(-1)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> writer.seek(-8, Whence.END)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> reader.read(ByteBuffer.allocate(1).asReadOnlyBuffer()))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        try (Conveyor appender = factory.open(OneConveyor.KEY, APPEND)) {
            assertThatThrownBy(() -> appender.write(Bytes.buffer("x"), 0))
                    .isInstanceOf(UnsupportedOperationException.class);
        }
        assertThatThrownBy(() -> factory.open(OneConveyor.KEY, APPEND, TRUNCATE_EXISTING))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(one.stored()).isEqualTo(Bytes.of("content"));
        assertThat(one.backend.calls(PWRITE)).isZero();
    }

    /** Several instances on one file: one of them writes. */
    @Test
    void readersOfOneObjectSeeWhatItsOneWriterFlushed() throws Exception {
        one.memory.put(OneConveyor.KEY, Bytes.of("old"));
        ConveyorFactory factory = one.factory();
        Hold hold = one.plan.hold(PWRITE);
        try (Conveyor writer = factory.open(OneConveyor.KEY, READ, WRITE);
                Conveyor first = factory.open(OneConveyor.KEY, READ);
                Conveyor second = factory.open(OneConveyor.KEY, READ)) {
            assertThat(range(first, 0, 3)).isEqualTo(Bytes.of("old"));
            writer.write(Bytes.buffer("new and longer"), 0);
            assertThat(range(first, 0, 3)).isEqualTo(Bytes.of("old"));
            hold.release();
            writer.flush();

            assertThat(first.size()).isEqualTo(14);
            assertThat(range(first, 0, 14)).isEqualTo(Bytes.of("new and longer"));
            assertThat(second.size()).isEqualTo(14);
            assertThat(range(second, 0, 14)).isEqualTo(Bytes.of("new and longer"));
            assertThatThrownBy(() -> factory.open(OneConveyor.KEY, WRITE)).isInstanceOf(ConflictException.class);
        }
        factory.open(OneConveyor.KEY, WRITE).close();
    }

    private static byte[] range(Conveyor conveyor, long at, int length) throws Exception {
        ByteBuffer dst = ByteBuffer.allocate(length);
        assertThat(conveyor.read(dst, at)).isEqualTo(length);
        return dst.array();
    }
}
