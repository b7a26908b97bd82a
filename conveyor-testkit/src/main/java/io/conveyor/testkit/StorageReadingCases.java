package io.conveyor.testkit;

import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.conveyor.Whence;
import io.conveyor.spi.StorageHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** What {@code pread} gives, and what it does to buffers. */
abstract class StorageReadingCases extends StorageOpeningCases {

    private static final int TAG = 7;

    /** Every byte is read from where it lies. */
    @Test
    protected void preadReadsWhatIsThere() throws IOException {
        store("object", Bytes.at(0, 10_000, TAG));
        try (StorageHandle handle = open("object", READ)) {
            for (int offset : new int[] {0, 1, 7, 8, 4095, 4096, 9_990, 9_999}) {
                int length = Math.min(100, 10_000 - offset);
                assertThat(read(handle, offset, length)).as("at %d", offset).isEqualTo(Bytes.at(offset, length, TAG));
            }
        }
    }

    /** At the end and past it there is nothing to read, which is -1 and never 0. */
    @Test
    protected void preadAtTheEndIsMinusOne() throws IOException {
        store("object", "0123456789");
        store("empty", "");
        try (StorageHandle handle = open("object", READ);
                StorageHandle empty = open("empty", READ)) {
            assertThat(handle.pread(ByteBuffer.allocate(1), 10)).isEqualTo(-1);
            assertThat(handle.pread(ByteBuffer.allocate(8), 11)).isEqualTo(-1);
            assertThat(handle.pread(ByteBuffer.allocate(8), 1L << 40)).isEqualTo(-1);
            assertThat(empty.pread(ByteBuffer.allocate(8), 0)).isEqualTo(-1);
        }
    }

    /** A read across the end gives what is before it; the rest of the buffer is not touched. */
    @Test
    protected void preadStopsAtTheEnd() throws IOException {
        store("object", "0123456789");
        try (StorageHandle handle = open("object", READ)) {
            byte[] target = filled(16);
            ByteBuffer dst = ByteBuffer.wrap(target);
            fill(handle, dst, 7);
            assertThat(dst.position()).isEqualTo(3);
            assertThat(text(Arrays.copyOf(target, 3))).isEqualTo("789");
            assertThat(Arrays.copyOfRange(target, 3, 16)).containsOnly((byte) 0x55);
        }
    }

    /** The position moves by what was read, the limit stays, and no byte outside of the two is touched. */
    @Test
    protected void preadMovesThePositionAndKeepsTheLimit() throws IOException {
        store("object", Bytes.at(0, 100, TAG));
        try (StorageHandle handle = open("object", READ)) {
            byte[] target = filled(64);
            ByteBuffer dst = ByteBuffer.wrap(target).position(10).limit(30);
            int count = handle.pread(dst, 40);
            assertThat(count).isBetween(1, 20);
            assertThat(dst.position()).isEqualTo(10 + count);
            assertThat(dst.limit()).isEqualTo(30);
            assertThat(Arrays.copyOfRange(target, 10, 10 + count)).isEqualTo(Bytes.at(40, count, TAG));
            assertThat(Arrays.copyOfRange(target, 0, 10)).containsOnly((byte) 0x55);
            assertThat(Arrays.copyOfRange(target, 30, 64)).containsOnly((byte) 0x55);
        }
    }

    /** Heap, direct and sliced buffers are all the same to a read. */
    @Test
    protected void preadFillsBuffersOfEveryKind() throws IOException {
        store("object", Bytes.at(0, 9_000, TAG));
        try (StorageHandle handle = open("object", READ)) {
            for (ByteBuffer dst : kinds(5_000)) {
                fill(handle, dst, 123);
                assertThat(Bytes.remaining(dst.flip())).as(dst.toString()).isEqualTo(Bytes.at(123, 5_000, TAG));
            }
        }
    }

    /** A read into several buffers fills one after the other, skips those without room, moves no limit, and is -1 at the end. */
    @Test
    protected void scatteringPreadFillsBuffersInOrder() throws IOException {
        store("object", Bytes.at(0, 1_000, TAG));
        try (StorageHandle handle = open("object", READ)) {
            ByteBuffer[] dsts = {
                ByteBuffer.allocate(20).limit(10),
                ByteBuffer.allocate(0),
                ByteBuffer.allocateDirect(500),
                ByteBuffer.allocate(800).limit(700)
            };
            long total = 0;
            while (total < 900) {
                long count = handle.pread(dsts, 100 + total);
                assertThat(count).isPositive();
                total += count;
            }
            assertThat(total).isEqualTo(900);
            assertThat(Arrays.stream(dsts).map(ByteBuffer::limit))
                    .as("limits of the buffers")
                    .containsExactly(10, 0, 500, 700);
            assertThat(Bytes.remaining(dsts[0].flip())).isEqualTo(Bytes.at(100, 10, TAG));
            assertThat(Bytes.remaining(dsts[2].flip())).isEqualTo(Bytes.at(110, 500, TAG));
            assertThat(Bytes.remaining(dsts[3].flip())).isEqualTo(Bytes.at(610, 390, TAG));
            assertThat(handle.pread(new ByteBuffer[] {ByteBuffer.allocate(4), ByteBuffer.allocate(4)}, 1_000))
                    .isEqualTo(-1);
        }
    }

    /** A large object comes back byte by byte as it went in. */
    @Test
    protected void aLargeObjectComesBackWhole() throws IOException {
        byte[] content = Bytes.at(0, largeBytes(), TAG);
        store("large", content);
        assertThat(Bytes.difference(content, load("large"), 0)).isEmpty();
        assertThat(backend().attributes("large").size()).isEqualTo(content.length);
    }

    /** Random reads of a large object find every byte where it belongs. */
    @Test
    protected void randomReadsFindEveryByteInItsPlace() throws IOException {
        int size = largeBytes();
        store("large", Bytes.at(0, size, TAG));
        Seed seed = Seed.current();
        Random random = seed.random();
        try (StorageHandle handle = open("large", READ)) {
            for (int i = 0; i < 50; i++) {
                int offset = random.nextInt(size);
                int length = Math.min(size - offset, 1 + random.nextInt(20_000));
                assertThat(Bytes.difference(Bytes.at(offset, length, TAG), read(handle, offset, length), offset))
                        .as("%d bytes at %d, %s", length, offset, seed)
                        .isEmpty();
            }
        }
    }

    /** Several threads read one handle side by side, and each gets its own bytes. */
    @Test
    protected void readsOfSeveralThreadsDoNotDisturbEachOther() throws Exception {
        int size = 300_000;
        store("object", Bytes.at(0, size, TAG));
        Seed seed = Seed.current();
        int threads = Math.min(8, capabilities().maxConcurrentReads());
        try (StorageHandle handle = open("object", READ)) {
            Concurrently.run(threads, index -> {
                Random random = seed.random(index);
                for (int i = 0; i < 40; i++) {
                    int offset = random.nextInt(size);
                    int length = Math.min(size - offset, 1 + random.nextInt(9_000));
                    assertThat(Bytes.difference(Bytes.at(offset, length, TAG), read(handle, offset, length), offset))
                            .as("%d bytes at %d, %s", length, offset, seed)
                            .isEmpty();
                }
            });
        }
    }

    /**
     * Whoever reads in order, into one buffer or several, finds every byte, also beside others who read elsewhere, and after a rest: a handle may go on
     * where the last read ended, and must not where it did not.
     */
    @Test
    protected void readsInOrderFindEveryByteBesideOthersAndAfterRests() throws Exception {
        int size = largeBytes();
        store("large", Bytes.at(0, size, TAG));
        Seed seed = Seed.current();
        int threads = Math.min(3, capabilities().maxConcurrentReads());
        try (StorageHandle handle = open("large", READ)) {
            Concurrently.run(threads, index -> {
                Random random = seed.random(index);
                long offset = 0;
                for (int i = 0; offset < size && (index == 0 || i < 60); i++) {
                    int first = (int) Math.min(size - offset, 1 + random.nextInt(40_000));
                    ByteBuffer[] dsts = {ByteBuffer.allocate(first), ByteBuffer.allocateDirect(random.nextInt(30_000))};
                    long count = random.nextBoolean() ? handle.pread(dsts, offset) : handle.pread(dsts[0], offset);
                    assertThat(count).as("from %d, %s", offset, seed).isPositive();
                    byte[] found = joined(dsts);
                    assertThat(Bytes.difference(Bytes.at(offset, (int) count, TAG), found, offset))
                            .as("%d bytes at %d, %s", count, offset, seed)
                            .isEmpty();
                    boolean elsewhere = index > 0 && random.nextInt(4) == 0;
                    offset = elsewhere ? random.nextInt(size) : offset + count;
                    if (index == 0 && capabilities().continuesReads() && random.nextInt(20) == 0) {
                        handle.restReads();
                    }
                }
            });
        }
    }

    /** Reads may overlap writes of the same handle; what nobody writes is read as it was. */
    @Test
    protected void readsGoOnBesideWrites() throws Exception {
        store("object", Bytes.at(0, 200_000, TAG));
        try (StorageHandle handle = open("object", READ, WRITE)) {
            Concurrently.run(2, index -> {
                for (int i = 0; i < 40; i++) {
                    if (index == 0) {
                        write(handle, Bytes.buffer(100_000 + i * 1_000L, 1_000, 8), 100_000 + i * 1_000L);
                    } else {
                        assertThat(Bytes.difference(Bytes.at(0, 9_000, TAG), read(handle, 0, 9_000), 0))
                                .isEmpty();
                    }
                }
            });
            assertThat(read(handle, 100_000, 40_000)).isEqualTo(Bytes.at(100_000, 40_000, 8));
            handle.flush();
        }
        assertThat(Arrays.copyOfRange(load("object"), 100_000, 140_000)).isEqualTo(Bytes.at(100_000, 40_000, 8));
    }

    /** Reads may overlap flushes of the same handle, too, whatever those do to what is stored. */
    @Test
    protected void readsGoOnBesideFlushes() throws Exception {
        store("object", Bytes.at(0, 200_000, TAG));
        AtomicBoolean done = new AtomicBoolean();
        try (StorageHandle handle = open("object", READ, WRITE)) {
            Concurrently.run(2, index -> {
                if (index == 0) {
                    try {
                        for (int i = 0; i < 6; i++) {
                            write(handle, Bytes.buffer(100_000 + i * 1_000L, 1_000, 8), 100_000 + i * 1_000L);
                            handle.flush();
                        }
                    } finally {
                        done.set(true);
                    }
                } else {
                    while (!done.get()) {
                        assertThat(Bytes.difference(Bytes.at(0, 9_000, TAG), read(handle, 0, 9_000), 0))
                                .isEmpty();
                    }
                }
            });
            assertThat(read(handle, 100_000, 6_000)).isEqualTo(Bytes.at(100_000, 6_000, 8));
        }
        assertThat(Arrays.copyOfRange(load("object"), 100_000, 106_000)).isEqualTo(Bytes.at(100_000, 6_000, 8));
    }

    /** Where reads are safe from interrupts, one that is interrupted may fail, but the handle goes on for everybody. */
    @Test
    protected void anInterruptedReadDoesNotHarmTheHandle() throws Exception {
        assumeTrue(capabilities().interruptSafeReads(), "the capabilities do not claim interruptSafeReads");
        store("object", Bytes.at(0, 10_000, TAG));
        try (StorageHandle handle = open("object", READ, WRITE)) {
            write(handle, Bytes.at(0, 100, 8), 0);
            Concurrently.start(() -> {
                        Thread.currentThread().interrupt();
                        try {
                            return handle.pread(ByteBuffer.allocate(1_000), 5_000);
                        } catch (IOException interrupted) {
                            return -1;
                        }
                    })
                    .result();
            assertThat(read(handle, 5_000, 1_000)).isEqualTo(Bytes.at(5_000, 1_000, TAG));
            assertThat(read(handle, 0, 100)).isEqualTo(Bytes.at(0, 100, 8));
            write(handle, Bytes.at(100, 100, 8), 100);
            handle.flush();
        }
        assertThat(Arrays.copyOf(load("object"), 200)).isEqualTo(Bytes.at(0, 200, 8));
    }

    /** The same of one who reads into several buffers, or asks about the layout: the engine does that on its callers' threads, too. */
    @Test
    protected void anInterruptedQuestionDoesNotHarmTheHandle() throws Exception {
        assumeTrue(capabilities().interruptSafeReads(), "the capabilities do not claim interruptSafeReads");
        store("object", Bytes.at(0, 10_000, TAG));
        try (StorageHandle handle = open("object", READ, WRITE)) {
            assertStandsInterrupts(handle, Bytes.at(0, 10_000, TAG));
            write(handle, Bytes.at(10_000, 100, TAG), 10_000);
            assertStandsInterrupts(handle, Bytes.at(0, 10_100, TAG));
            handle.flush();
            handle.sync();
        }
        assertThat(Bytes.difference(Bytes.at(0, 10_100, TAG), load("object"), 0))
                .isEmpty();
    }

    private static void assertStandsInterrupts(StorageHandle handle, byte[] content) throws Exception {
        ByteBuffer[] dsts = {ByteBuffer.allocate(500), ByteBuffer.allocateDirect(500)};
        interrupted(() -> handle.lseek(0, Whence.END));
        interrupted(() -> handle.lseek(0, Whence.DATA));
        interrupted(() -> handle.lseek(0, Whence.HOLE));
        interrupted(() -> handle.pread(dsts, content.length));
        interrupted(() -> handle.pread(dsts, 0));
        assertThatCode(() -> assertThat(Bytes.difference(content, readAll(handle), 0))
                        .isEmpty())
                .as("what is asked and read after interrupts")
                .doesNotThrowAnyException();
    }

    /** Asks on a thread that is interrupted, and may be told just that. */
    private static void interrupted(Concurrently.Question<Long> question) throws Exception {
        Concurrently.start(() -> {
                    Thread.currentThread().interrupt();
                    try {
                        return question.ask();
                    } catch (IOException interrupted) {
                        return -1L;
                    }
                })
                .result();
    }

    /** Where reads are not pinned, a handle that was opened before sees what another has flushed since, in bytes and in size. */
    @Test
    protected void anOpenReaderSeesWhatIsFlushedSince() throws IOException {
        assumeTrue(!capabilities().pinnedReads(), "the capabilities claim pinnedReads");
        store("object", "0123456789");
        try (StorageHandle reader = open("object", READ);
                StorageHandle writer = open("object", READ, WRITE)) {
            assertShows(reader, "0123456789");
            write(writer, "AB", 10);
            writer.flush();
            assertShows(reader, "0123456789AB");
            write(writer, "XY", 3);
            writer.flush();
            assertShows(reader, "012XY56789AB");
            writer.truncate(4);
            writer.flush();
            assertShows(reader, "012X");
        }
    }

    private static void assertShows(StorageHandle reader, String content) throws IOException {
        assertThat(reader.lseek(0, Whence.END)).as("size of '%s'", content).isEqualTo(content.length());
        assertThat(text(read(reader, 0, content.length() + 10))).isEqualTo(content);
    }

    /** A pinned handle reads one version for ever. */
    @Test
    protected void aReaderStaysWithItsVersionWhereTheStorePromisesIt() throws IOException {
        assumeTrue(capabilities().pinnedReads(), "the capabilities do not claim pinnedReads");
        store("object", Bytes.at(0, 10_000, TAG));
        try (StorageHandle reader = open("object", READ)) {
            assertThat(read(reader, 0, 100)).isEqualTo(Bytes.at(0, 100, TAG));
            store("object", Bytes.at(0, 5_000, 8));
            try {
                assertThat(read(reader, 4_000, 6_000)).isEqualTo(Bytes.at(4_000, 6_000, TAG));
                assertThat(reader.lseek(0, Whence.END)).isEqualTo(10_000);
            } catch (IOException versionGone) {
                // A store that keeps no old versions says so rather than mix two.
                assertThat(load("object")).isEqualTo(Bytes.at(0, 5_000, 8));
            }
        }
    }

    /** What buffers hold up to their positions. */
    private static byte[] joined(ByteBuffer... buffers) {
        ByteBuffer all = ByteBuffer.allocate(
                Arrays.stream(buffers).mapToInt(ByteBuffer::position).sum());
        Arrays.stream(buffers).forEach(buffer -> all.put(buffer.duplicate().flip()));
        return all.array();
    }

    private static byte[] filled(int length) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) 0x55);
        return bytes;
    }

    /** Buffers with room for {@code length} bytes: heap, direct, and slices of both that begin in the middle. */
    static List<ByteBuffer> kinds(int length) {
        return List.of(
                ByteBuffer.allocate(length),
                ByteBuffer.allocateDirect(length),
                ByteBuffer.allocate(length + 20).slice(13, length),
                ByteBuffer.allocateDirect(length + 20).slice(13, length),
                ByteBuffer.allocate(length + 20).position(11).limit(11 + length).slice());
    }
}
