package io.conveyor.testkit;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.SPARSE;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.conveyor.StorageException;
import io.conveyor.Whence;
import io.conveyor.spi.StorageHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What {@code pwrite} and {@code truncate} do, what {@code lseek} answers, and what the handle itself sees of it. */
abstract class StorageWritingCases extends StorageReadingCases {

    private static final int OLD = 1;
    private static final int NEW = 2;

    /** What pwrite took is seen by a later pread of the same handle, before any flush. */
    @Test
    protected void theHandleReadsItsOwnWrites() throws IOException {
        try (StorageHandle handle = create("object")) {
            write(handle, "hello", 0);
            assertThat(text(read(handle, 0, 100))).isEqualTo("hello");
            write(handle, " world", 5);
            assertThat(text(read(handle, 0, 100))).isEqualTo("hello world");
            write(handle, "W", 6);
            assertThat(text(read(handle, 0, 100))).isEqualTo("hello World");
        }
    }

    /** A write in the middle keeps all other bytes. */
    @Test
    protected void pwriteInTheMiddleKeepsTheRest() throws IOException {
        store("object", Bytes.at(0, 20_000, OLD));
        try (StorageHandle handle = open("object", READ, WRITE)) {
            write(handle, Bytes.at(5_001, 3_333, NEW), 5_001);
            handle.flush();
        }
        byte[] expected = Bytes.at(0, 20_000, OLD);
        System.arraycopy(Bytes.at(5_001, 3_333, NEW), 0, expected, 5_001, 3_333);
        assertThat(Bytes.difference(expected, load("object"), 0)).isEmpty();
    }

    /** A write across the end changes what is there and grows the object. */
    @Test
    protected void pwriteAcrossTheEndGrowsTheObject() throws IOException {
        store("object", "0123456789");
        try (StorageHandle handle = open("object", READ, WRITE)) {
            write(handle, "ABCDE", 8);
            assertThat(handle.lseek(0, Whence.END)).isEqualTo(13);
            handle.flush();
        }
        assertThat(loadText("object")).isEqualTo("01234567ABCDE");
    }

    /** A write at the end appends. */
    @Test
    protected void pwriteAtTheEndAppends() throws IOException {
        store("object", Bytes.at(0, 10_000, OLD));
        try (StorageHandle handle = open("object", READ, WRITE)) {
            for (int offset = 10_000; offset < 20_000; offset += 1_000) {
                write(handle, Bytes.at(offset, 1_000, OLD), offset);
            }
            handle.flush();
        }
        assertThat(Bytes.difference(Bytes.at(0, 20_000, OLD), load("object"), 0))
                .isEmpty();
    }

    /** A write beyond the end leaves a hole that reads as zeros. */
    @Test
    protected void pwriteBeyondTheEndLeavesZeros() throws IOException {
        try (StorageHandle handle = create("object")) {
            write(handle, "begin", 0);
            write(handle, "end", 100_000);
            assertThat(read(handle, 5, 99_995)).isEqualTo(new byte[99_995]);
            handle.flush();
        }
        byte[] all = load("object");
        assertThat(all).hasSize(100_003);
        assertThat(text(Arrays.copyOf(all, 5))).isEqualTo("begin");
        assertThat(Arrays.copyOfRange(all, 5, 100_000)).isEqualTo(new byte[99_995]);
        assertThat(text(Arrays.copyOfRange(all, 100_000, 100_003))).isEqualTo("end");
    }

    /** A write of nothing changes nothing, beyond the end as well. */
    @Test
    protected void pwriteOfNothingChangesNothing() throws IOException {
        store("object", "0123456789");
        try (StorageHandle handle = open("object", READ, WRITE)) {
            assertThat(handle.pwrite(ByteBuffer.allocate(0), 5)).isZero();
            assertThat(handle.pwrite(ByteBuffer.allocate(0), 500)).isZero();
            assertThat(handle.pwrite(new ByteBuffer[0], 500)).isZero();
            handle.flush();
        }
        assertThat(loadText("object")).isEqualTo("0123456789");
    }

    /** The position moves by what was written, the limit stays, and bytes outside of the two are not written. */
    @Test
    protected void pwriteMovesThePositionAndKeepsTheLimit() throws IOException {
        try (StorageHandle handle = create("object")) {
            ByteBuffer src = Bytes.buffer("0123456789").position(2).limit(8);
            int count = handle.pwrite(src, 0);
            assertThat(count).isBetween(1, 6);
            assertThat(src.position()).isEqualTo(2 + count);
            assertThat(src.limit()).isEqualTo(8);
            write(handle, src, count);
            handle.flush();
        }
        assertThat(loadText("object")).isEqualTo("234567");
    }

    /** Heap, direct, sliced and read-only buffers are all the same to a write. */
    @Test
    protected void pwriteTakesBuffersOfEveryKind() throws IOException {
        try (StorageHandle handle = create("object")) {
            long offset = 0;
            for (ByteBuffer src : kinds(3_000)) {
                for (ByteBuffer each : new ByteBuffer[] {src, src.asReadOnlyBuffer()}) {
                    if (!each.isReadOnly()) {
                        each.put(Bytes.at(offset, 3_000, NEW)).flip();
                    } else {
                        src.clear().put(Bytes.at(offset, 3_000, NEW));
                    }
                    write(handle, each, offset);
                    offset += 3_000;
                }
            }
            handle.flush();
            assertThat(Bytes.difference(Bytes.at(0, (int) offset, NEW), load("object"), 0))
                    .isEmpty();
        }
    }

    /** The buffer belongs to the caller again as soon as pwrite has returned. */
    @Test
    protected void pwriteKeepsNoBuffer() throws IOException {
        try (StorageHandle handle = create("object")) {
            for (ByteBuffer src : new ByteBuffer[] {ByteBuffer.allocate(5_000), ByteBuffer.allocateDirect(5_000)}) {
                src.put(Bytes.at(0, 5_000, NEW)).flip();
                write(handle, src, 0);
                src.clear();
                while (src.hasRemaining()) {
                    src.put((byte) 0x55);
                }
                handle.flush();
                assertThat(Bytes.difference(Bytes.at(0, 5_000, NEW), load("object"), 0))
                        .isEmpty();
            }
        }
    }

    /** A write of several buffers lays them down one after the other. */
    @Test
    protected void gatheringPwriteLaysBuffersDownInOrder() throws IOException {
        try (StorageHandle handle = create("object")) {
            ByteBuffer[] srcs = {
                Bytes.buffer(0, 100, NEW),
                ByteBuffer.allocate(0),
                ByteBuffer.allocateDirect(5_000).put(Bytes.at(100, 5_000, NEW)).flip(),
                Bytes.buffer(5_100, 900, NEW).asReadOnlyBuffer()
            };
            int total = 0;
            while (total < 6_000) {
                int count = handle.pwrite(srcs, total);
                assertThat(count).isPositive();
                total += count;
            }
            assertThat(total).isEqualTo(6_000);
            for (ByteBuffer src : srcs) {
                assertThat(src.hasRemaining()).isFalse();
                assertThat(src.limit()).as("limit of a buffer").isEqualTo(src.capacity());
            }
            handle.flush();
        }
        assertThat(Bytes.difference(Bytes.at(0, 6_000, NEW), load("object"), 0)).isEmpty();
    }

    /** A write that says that it is the last is a write like any other: all of it is there, and more may come all the same. */
    @Test
    protected void pwriteLastTakesBytesAsPwriteDoes() throws IOException {
        int size = largeBytes();
        int end = size + 3_000;
        try (StorageHandle handle = create("object")) {
            write(handle, Bytes.at(0, size - 1_000, NEW), 0);
            writeLast(handle, size - 1_000, 1_000);
            assertThat(handle.lseek(0, Whence.END)).isEqualTo(size);
            assertThat(read(handle, size - 2_000, 5_000)).isEqualTo(Bytes.at(size - 2_000, 2_000, NEW));
            write(handle, Bytes.at(size, 1_000, NEW), size);
            writeLast(handle, size + 1_000, 1_000);
            handle.flush();
            try (StorageHandle reader = open("object", READ)) {
                assertThat(read(reader, size - 2_000, 5_000)).isEqualTo(Bytes.at(size - 2_000, 4_000, NEW));
            }
            writeLast(handle, size + 2_000, 1_000);
            handle.flush();
        }
        assertThat(Bytes.difference(Bytes.at(0, end, NEW), load("object"), 0)).isEmpty();
    }

    /** Writes several buffers, an empty one among them, in as many calls of pwriteLast as the backend needs. */
    private static void writeLast(StorageHandle handle, long offset, int length) throws IOException {
        int first = length / 3;
        ByteBuffer[] srcs = {
            Bytes.buffer(offset, first, NEW),
            ByteBuffer.allocate(0),
            Bytes.buffer(offset + first, length - first, NEW).asReadOnlyBuffer()
        };
        int total = 0;
        while (total < length) {
            int count = handle.pwriteLast(srcs, offset + total);
            assertThat(count).as("bytes that pwriteLast took").isBetween(1, length - total);
            total += count;
            assertThat(srcs[0].position() + srcs[2].position())
                    .as("positions of the buffers")
                    .isEqualTo(total);
        }
    }

    /** Of writes that overlap the later one wins, flushed between or not. */
    @Test
    protected void theLaterWriteWins() throws IOException {
        try (StorageHandle handle = create("object")) {
            write(handle, "aaaaaaaaaa", 0);
            write(handle, "bbbbbb", 2);
            handle.flush();
            write(handle, "cc", 4);
            write(handle, "d", 5);
            handle.flush();
        }
        assertThat(loadText("object")).isEqualTo("aabbcdbbaa");
    }

    /** An object can be written from its end to its beginning. */
    @Test
    protected void anObjectCanBeWrittenBackwards() throws IOException {
        try (StorageHandle handle = create("object")) {
            for (int offset = 9_000; offset >= 0; offset -= 1_000) {
                write(handle, Bytes.at(offset, 1_000, NEW), offset);
            }
            handle.flush();
        }
        assertThat(Bytes.difference(Bytes.at(0, 10_000, NEW), load("object"), 0))
                .isEmpty();
    }

    /** The head of a large object can be rewritten after its tail, as formats with an index in front do. */
    @Test
    protected void theHeadOfALargeObjectCanBeRewritten() throws IOException {
        int size = largeBytes();
        try (StorageHandle handle = create("large")) {
            write(handle, Bytes.at(0, size, OLD), 0);
            write(handle, Bytes.at(0, 100, NEW), 0);
            handle.flush();
        }
        byte[] expected = Bytes.at(0, size, OLD);
        System.arraycopy(Bytes.at(0, 100, NEW), 0, expected, 0, 100);
        assertThat(Bytes.difference(expected, load("large"), 0)).isEmpty();
    }

    /** Random writes, truncations, reads and flushes end in the same bytes as on a plain array. */
    @Test
    protected void randomChangesEndAsOnAPlainArray() throws IOException {
        Seed seed = Seed.current();
        byte[] expected;
        try (StorageHandle handle = create("object")) {
            expected = randomChanges(handle, seed);
            handle.flush();
        }
        assertThat(Bytes.difference(expected, load("object"), 0)).as("%s", seed).isEmpty();
    }

    /** Changes an empty object at random, and sees that the handle shows what is made of it, which is the answer. */
    static byte[] randomChanges(StorageHandle handle, Seed seed) throws IOException {
        Random random = seed.random();
        ReferenceFile model = ReferenceFile.empty();
        for (int i = 1; i <= 200; i++) {
            step(handle, model, random, i, seed);
        }
        assertThat(Bytes.difference(model.content(), readAll(handle), 0))
                .as("the handle's own view, %s", seed)
                .isEmpty();
        return model.content();
    }

    private static void step(StorageHandle handle, ReferenceFile model, Random random, int tag, Seed seed)
            throws IOException {
        int choice = random.nextInt(10);
        int offset = random.nextInt(40_000);
        if (choice < 6) {
            byte[] bytes = Bytes.at(offset, 1 + random.nextInt(3_000), tag);
            write(handle, bytes, offset);
            model.pwrite(ByteBuffer.wrap(bytes), offset);
        } else if (choice < 7 && offset < model.size()) {
            handle.truncate(offset);
            model.truncate(offset);
        } else if (choice < 9) {
            ByteBuffer expected = ByteBuffer.allocate(2_000);
            model.pread(expected, offset);
            assertThat(Bytes.difference(Bytes.remaining(expected.flip()), read(handle, offset, 2_000), offset))
                    .as("step %d, %s", tag, seed)
                    .isEmpty();
            assertThat(handle.lseek(0, Whence.END)).as("step %d, %s", tag, seed).isEqualTo(model.size());
        } else if (random.nextInt(4) == 0) {
            handle.flush();
        }
    }

    /** As many writes as the capabilities allow run side by side, and each lands where it belongs. */
    @Test
    protected void writesSideBySideLandWhereTheyBelong() throws Exception {
        int writers = Math.min(8, capabilities().maxConcurrentWrites());
        assumeTrue(writers > 1, "maxConcurrentWrites is 1");
        int each = 256 << 10;
        try (StorageHandle handle = create("object")) {
            Concurrently.run(writers, index -> {
                for (int part = 0; part < 4; part++) {
                    long offset = (long) (part * writers + index) * each;
                    write(handle, Bytes.buffer(offset, each, NEW), offset);
                }
            });
            handle.flush();
        }
        assertThat(Bytes.difference(Bytes.at(0, 4 * writers * each, NEW), load("object"), 0))
                .isEmpty();
    }

    /** A flush beside appends covers all that had been taken when it began, and disturbs none of them. */
    @Test
    protected void aFlushBesideAppendsCoversWhatWasTakenBefore() throws Exception {
        assumeTrue(capabilities().flushesBesideAppends(), "the capabilities do not claim flushesBesideAppends");
        int total = largeBytes();
        int each = total / 64;
        AtomicLong taken = new AtomicLong();
        try (StorageHandle handle = create("object")) {
            Concurrently.run(2, index -> {
                if (index == 0) {
                    for (int at = 0; at < total; at += each) {
                        write(handle, Bytes.buffer(at, Math.min(each, total - at), NEW), at);
                        taken.set(Math.min(total, at + each));
                    }
                    return;
                }
                while (taken.get() < total) {
                    int before = (int) taken.get();
                    handle.flush();
                    assertThat(Bytes.difference(Bytes.at(0, before, NEW), loadFirst("object", before), 0))
                            .as("what was taken before the flush began: %d bytes", before)
                            .isEmpty();
                }
            });
            handle.flush();
        }
        assertThat(Bytes.difference(Bytes.at(0, total, NEW), load("object"), 0)).isEmpty();
    }

    /** What everybody sees of the first bytes of an object that grows meanwhile. */
    private byte[] loadFirst(String key, int length) throws IOException {
        try (StorageHandle handle = open(key, READ)) {
            return read(handle, 0, length);
        }
    }

    /** Offsets and sizes have 64 bits, in every call: what lies beyond 4 GiB neither wraps around nor is cut to an {@code int}. */
    @Test
    protected void whatLiesBeyondFourGigabytesIsThere() throws IOException {
        assumeTrue(holesAreFree(), "a hole of 5 GiB is stored as zeros here");
        long far = (5L << 30) + 7;
        assumeTrue(capabilities().maxObjectBytes() >= far + 3, "maxObjectBytes is below 5 GiB");
        try (StorageHandle handle = open("object", READ, WRITE, CREATE_NEW, SPARSE)) {
            write(handle, "near", 0);
            write(handle, "far", far);
            assertThat(handle.lseek(0, Whence.END)).isEqualTo(far + 3);
            assertThat(text(read(handle, far, 10))).isEqualTo("far");
            assertThat(text(read(handle, 0, 4))).isEqualTo("near");
            for (int bits : new int[] {31, 32}) {
                assertThat(read(handle, far & ((1L << bits) - 1), 3))
                        .as("where the low %d bits of the offset lead", bits)
                        .isEqualTo(new byte[3]);
            }
            assertThat(handle.lseek(far, Whence.DATA)).isEqualTo(far);
            assertThat(handle.lseek(far, Whence.HOLE)).isEqualTo(far + 3);
            handle.flush();
            assertThat(backend().attributes("object").size()).isEqualTo(far + 3);
            handle.truncate(far + 1);
            assertThat(handle.lseek(0, Whence.END)).isEqualTo(far + 1);
            handle.flush();
        }
        try (StorageHandle handle = open("object", READ)) {
            assertThat(handle.lseek(0, Whence.END)).isEqualTo(far + 1);
            assertThat(text(read(handle, far, 10))).isEqualTo("f");
        }
    }

    /** Offsets up to the largest neither overflow nor eat memory: the write works, or is refused at once and changes nothing. */
    @Test
    protected void hugeOffsetsWorkOrAreRefused() throws IOException {
        store("object", "kept");
        try (StorageHandle handle = open("object", READ, WRITE)) {
            long offset = Long.MAX_VALUE - 1;
            ByteBuffer src = Bytes.buffer("X");
            try {
                assertThat(handle.pwrite(src, offset)).isEqualTo(1);
                assertThat(handle.lseek(0, Whence.END)).isEqualTo(Long.MAX_VALUE);
            } catch (IOException refused) {
                assertThat(src.position()).as("what a refused write took").isZero();
                assertThat(handle.lseek(0, Whence.END)).isEqualTo(4);
            }
            assertThat(text(read(handle, 0, 4))).isEqualTo("kept");
            handle.abort();
        }
    }

    /** A write beyond the largest object is refused with kind TOO_LARGE, and takes nothing from the buffers. */
    @Test
    protected void aWriteBeyondTheLargestObjectIsTooLarge() throws IOException {
        long most = capabilities().maxObjectBytes();
        assumeTrue(most < Long.MAX_VALUE, "maxObjectBytes has no limit");
        store("object", "kept");
        try (StorageHandle handle = open("object", READ, WRITE)) {
            ByteBuffer src = Bytes.buffer("XX");
            assertTooLarge(() -> handle.pwrite(src, most - 1));
            ByteBuffer[] srcs = {Bytes.buffer("X"), Bytes.buffer("X")};
            // Not one before, where the first of them would fit, and might be taken.
            assertTooLarge(() -> handle.pwrite(srcs, most));
            assertThat(List.of(src, srcs[0], srcs[1]))
                    .as("the buffers of refused writes")
                    .allSatisfy(buffer -> assertThat(buffer.position()).isZero());
            assertThat(text(readAll(handle))).isEqualTo("kept");
        }
    }

    private static void assertTooLarge(ThrowingCallable write) {
        assertThatThrownBy(write).isInstanceOfSatisfying(StorageException.class, refused -> {
            assertThat(refused.kind()).isEqualTo(StorageException.Kind.TOO_LARGE);
            assertThat(refused.retry()).isEqualTo(StorageException.Retry.NEVER);
        });
    }

    // ------------------------------------------------------------------ truncate

    /** Truncation cuts what is beyond the size and keeps what is below it. */
    @Test
    protected void truncateCuts() throws IOException {
        store("object", Bytes.at(0, 20_000, OLD));
        try (StorageHandle handle = open("object", READ, WRITE)) {
            handle.truncate(12_345);
            assertThat(handle.lseek(0, Whence.END)).isEqualTo(12_345);
            assertThat(handle.pread(ByteBuffer.allocate(10), 12_345)).isEqualTo(-1);
            handle.flush();
        }
        assertThat(Bytes.difference(Bytes.at(0, 12_345, OLD), load("object"), 0))
                .isEmpty();
    }

    /** Truncation to nothing leaves an empty object. */
    @Test
    protected void truncateToNothingLeavesAnEmptyObject() throws IOException {
        store("object", Bytes.at(0, 20_000, OLD));
        try (StorageHandle handle = open("object", READ, WRITE)) {
            handle.truncate(0);
            handle.flush();
        }
        assertThat(load("object")).isEmpty();
    }

    /** Truncation cuts what was written and not flushed, too. */
    @Test
    protected void truncateCutsWhatWasNotFlushed() throws IOException {
        store("object", Bytes.at(0, 1_000, OLD));
        try (StorageHandle handle = open("object", READ, WRITE)) {
            write(handle, Bytes.at(500, 2_000, NEW), 500);
            handle.truncate(700);
            assertThat(handle.lseek(0, Whence.END)).isEqualTo(700);
            handle.flush();
        }
        byte[] expected = Bytes.at(0, 700, OLD);
        System.arraycopy(Bytes.at(500, 200, NEW), 0, expected, 500, 200);
        assertThat(Bytes.difference(expected, load("object"), 0)).isEmpty();
    }

    /** Bytes that were cut off do not come back when the object grows again. */
    @Test
    protected void cutBytesDoNotComeBack() throws IOException {
        store("object", Bytes.at(0, 10_000, OLD));
        try (StorageHandle handle = open("object", READ, WRITE)) {
            handle.truncate(3_000);
            write(handle, Bytes.at(9_000, 1_000, NEW), 9_000);
            assertThat(read(handle, 3_000, 6_000)).isEqualTo(new byte[6_000]);
            handle.flush();
        }
        byte[] all = load("object");
        assertThat(Arrays.copyOf(all, 3_000)).isEqualTo(Bytes.at(0, 3_000, OLD));
        assertThat(Arrays.copyOfRange(all, 3_000, 9_000)).isEqualTo(new byte[6_000]);
        assertThat(Arrays.copyOfRange(all, 9_000, 10_000)).isEqualTo(Bytes.at(9_000, 1_000, NEW));
    }

    // ------------------------------------------------------------------ lseek

    /** END is the size as this handle sees it, what was not flushed included, plus the offset. */
    @Test
    protected void seekEndIsTheSize() throws IOException {
        store("object", "0123456789");
        try (StorageHandle handle = open("object", READ, WRITE)) {
            assertThat(handle.lseek(0, Whence.END)).isEqualTo(10);
            assertThat(handle.lseek(5, Whence.END)).isEqualTo(15);
            assertThat(handle.lseek(-4, Whence.END)).isEqualTo(6);
            write(handle, "ABC", 10);
            assertThat(handle.lseek(0, Whence.END)).isEqualTo(13);
        }
    }

    /** In an object without holes DATA is where one asks and HOLE is the end; at the end and past it there is neither. */
    @Test
    protected void withoutHolesDataIsHereAndTheHoleIsTheEnd() throws IOException {
        store("object", Bytes.at(0, 10_000, OLD));
        try (StorageHandle handle = open("object", READ)) {
            assertThat(handle.lseek(0, Whence.DATA)).isZero();
            assertThat(handle.lseek(9_999, Whence.DATA)).isEqualTo(9_999);
            assertThat(handle.lseek(0, Whence.HOLE)).isEqualTo(10_000);
            assertThat(handle.lseek(9_999, Whence.HOLE)).isEqualTo(10_000);
            for (long offset : new long[] {10_000, 10_001, 1L << 40}) {
                assertThat(handle.lseek(offset, Whence.DATA)).isEqualTo(-1);
                assertThat(handle.lseek(offset, Whence.HOLE)).isEqualTo(-1);
            }
        }
    }

    /** What lies between an offset and the next DATA reads as zeros, and a HOLE is never before the offset nor past the end. */
    @Test
    protected void whatIsSkippedToTheNextDataIsZeros() throws IOException {
        int size = 500_000;
        try (StorageHandle handle = create("object")) {
            write(handle, Bytes.at(0, 100, NEW), 0);
            write(handle, Bytes.at(size - 100, 100, NEW), size - 100);
            handle.flush();
        }
        try (StorageHandle handle = open("object", READ)) {
            for (int offset : new int[] {0, 50, 100, 100_000, size - 101, size - 1}) {
                long data = handle.lseek(offset, Whence.DATA);
                assertThat(data).isBetween((long) offset, (long) size - 1);
                assertThat(read(handle, offset, (int) (data - offset))).isEqualTo(new byte[(int) (data - offset)]);
                assertThat(handle.lseek(offset, Whence.HOLE)).isBetween((long) offset, (long) size);
            }
        }
    }
}
