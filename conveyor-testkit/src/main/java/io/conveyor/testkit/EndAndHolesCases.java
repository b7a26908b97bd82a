package io.conveyor.testkit;

import static io.conveyor.testkit.StorageOperation.PREAD;
import static io.conveyor.testkit.StorageOperation.PWRITE;
import static io.conveyor.testkit.StorageOperation.TRUNCATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.conveyor.Conveyor;
import io.conveyor.Whence;
import io.conveyor.testkit.Concurrently.Started;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Promise 10: -1 at the end, zeros in holes, truncation that cuts what is pending too, and a size that counts it. */
abstract class EndAndHolesCases extends ModesCases {

    private static final int TAG = 19;

    /** At the end and past it a read gives -1, of stored and of pending bytes, in an empty object as well. */
    @Test
    protected void endOfTheObjectIsMinusOne() throws Exception {
        store("object", "0123456789");
        Conveyor conveyor = open("object", READ, WRITE);
        assertThat(conveyor.read(ByteBuffer.allocate(1), 10)).isEqualTo(-1);
        assertThat(conveyor.read(ByteBuffer.allocate(8), 1_000)).isEqualTo(-1);
        assertThat(conveyor.read(ByteBuffer.allocate(8), Long.MAX_VALUE - 8)).isEqualTo(-1);
        conveyor.position(10);
        assertThat(conveyor.read(ByteBuffer.allocate(8))).isEqualTo(-1);
        assertThat(conveyor.position()).isEqualTo(10);
        plan.hold(PWRITE);
        write(conveyor, "AB", 10);
        assertThat(conveyor.read(ByteBuffer.allocate(8), 12)).isEqualTo(-1);
        assertThat(readText(conveyor, 8)).isEqualTo("AB");
        Conveyor empty = create("empty");
        assertThat(empty.read(ByteBuffer.allocate(8))).isEqualTo(-1);
        assertThat(empty.read(ByteBuffer.allocate(8), 0)).isEqualTo(-1);
        assertThat(empty.size()).isZero();
    }

    /** A read across the end gives what is before it, however much larger the buffer; the next one gives -1. */
    @Test
    protected void endInTheMiddleOfARead() throws Exception {
        store("object", "0123456789");
        Conveyor conveyor = open("object", READ);
        ByteBuffer dst = ByteBuffer.allocate(3 << 20);
        assertThat(conveyor.read(dst)).isEqualTo(10);
        assertThat(conveyor.read(dst)).isEqualTo(-1);
        assertThat(readText(conveyor, 7, 1_000)).isEqualTo("789");
    }

    /** Sequential reads of any size give the object, whole and once, and then -1. */
    @Test
    protected void endOfSequentialReadsOfAnySize() throws Exception {
        int size = 1_038_890;
        byte[] content = Bytes.at(0, size, TAG);
        store("object", content);
        for (int length : new int[] {1_000, 1_024, 4_096, 65_537, 500_000, 2_000_000}) {
            try (Conveyor conveyor = open("object", READ)) {
                byte[] all = new byte[size];
                ByteBuffer dst = ByteBuffer.allocate(length);
                int at = 0;
                int count = conveyor.read(dst);
                while (count >= 0) {
                    assertThat(count).isEqualTo(Math.min(length, size - at));
                    dst.flip().get(all, at, count);
                    at += count;
                    count = conveyor.read(dst.clear());
                }
                assertThat(at).isEqualTo(size);
                assertThat(Bytes.difference(content, all, 0))
                        .as("by %d", length)
                        .isEmpty();
            }
        }
    }

    /** Reads backwards, with strides, and at random give every byte from its place. */
    @Test
    protected void endAndBeginningInAnyPatternOfReads() throws Exception {
        int size = 700_001;
        store("object", Bytes.at(0, size, TAG));
        Conveyor conveyor = open("object", READ);
        int length = 4_096;
        for (int offset = size - length; offset >= 0; offset -= length) {
            assertPlace(conveyor, offset, length);
        }
        for (int offset = 0; offset + length < size; offset += 5 * length) {
            assertPlace(conveyor, offset, length);
        }
        Random random = Seed.current().random();
        for (int i = 0; i < 200; i++) {
            assertPlace(conveyor, random.nextInt(size - length), 1 + random.nextInt(length));
        }
    }

    private static void assertPlace(Conveyor conveyor, int offset, int length) throws Exception {
        assertThat(Bytes.difference(Bytes.at(offset, length, TAG), read(conveyor, offset, length), offset))
                .isEmpty();
    }

    /** Reads and writes of no bytes give 0, everywhere, and do nothing. */
    @Test
    protected void endIsNotReachedByReadingNothing() throws Exception {
        store("object", "hello");
        Conveyor conveyor = open("object", READ, WRITE);
        ByteBuffer none = ByteBuffer.allocate(0);
        assertThat(conveyor.read(none)).isZero();
        assertThat(conveyor.read(none, 2)).isZero();
        assertThat(conveyor.read(none, 5)).as("at the end").isZero();
        assertThat(conveyor.read(none, 100)).as("past the end").isZero();
        assertThat(conveyor.write(none)).isZero();
        assertThat(conveyor.write(none, 100)).isZero();
        assertThat(conveyor.size()).isEqualTo(5);
        assertThat(conveyor.stats().reads().count()).isZero();
        conveyor.close();
        assertThat(backend().calls(PWRITE)).isZero();
        assertThat(backend().calls(PREAD)).isZero();
        assertThat(storedText("object")).isEqualTo("hello");
    }

    /** A write past the end leaves zeros, while it is pending and when it is stored. */
    @Test
    protected void holesReadAsZeros() throws Exception {
        store("object", "abc");
        Conveyor conveyor = open("object", READ, WRITE);
        Hold hold = plan.hold(PWRITE);
        write(conveyor, "xyz", 100_000);
        assertHole(read(conveyor, 0, 200_000));
        ByteBuffer dirty = ByteBuffer.allocate(50);
        Arrays.fill(dirty.array(), (byte) 0x55);
        assertThat(conveyor.read(dirty, 1)).isEqualTo(50);
        assertThat(text(Arrays.copyOf(dirty.array(), 2))).isEqualTo("bc");
        assertThat(Arrays.copyOfRange(dirty.array(), 2, 50)).containsOnly((byte) 0);
        hold.release();
        conveyor.flush();
        assertHole(read(conveyor, 0, 200_000));
        assertHole(stored("object"));
    }

    private static void assertHole(byte[] all) {
        assertThat(all).hasSize(100_003);
        assertThat(text(Arrays.copyOf(all, 3))).isEqualTo("abc");
        assertThat(Arrays.copyOfRange(all, 3, 100_000)).isEqualTo(new byte[99_997]);
        assertThat(text(Arrays.copyOfRange(all, 100_000, 100_003))).isEqualTo("xyz");
    }

    /** A cursor past the end is legal, changes no size, and is where the next write goes. */
    @Test
    protected void holesBeginWithACursorPastTheEnd() throws Exception {
        Conveyor conveyor = create("object");
        conveyor.position(2 << 20);
        assertThat(conveyor.size()).isZero();
        assertThat(conveyor.read(ByteBuffer.allocate(1))).isEqualTo(-1);
        write(conveyor, "payload");
        assertThat(conveyor.size()).isEqualTo((2 << 20) + 7);
        conveyor.position(2 << 20);
        assertThat(readText(conveyor, 100)).isEqualTo("payload");
        conveyor.position(Long.MAX_VALUE);
        assertThat(conveyor.read(ByteBuffer.allocate(1))).isEqualTo(-1);
        assertThat(catchThrowable(() -> conveyor.write(Bytes.buffer("xy")))).isNotNull();
        assertThat(conveyor.size()).isEqualTo((2 << 20) + 7);
    }

    /** Holes never show what memory held before: zeros only, however often buffers were used. */
    @Test
    protected void holesNeverShowForeignBytes() throws Exception {
        Random random = Seed.current().random();
        byte[] noise = new byte[100_000];
        Arrays.fill(noise, (byte) 0xAA);
        try (Conveyor noisy = create("noise")) {
            for (int i = 0; i < 20; i++) {
                write(noisy, noise, i * 50_000L);
                read(noisy, i * 40_000L, 100_000);
            }
        }
        for (int round = 0; round < 20; round++) {
            try (Conveyor conveyor = create("object" + round)) {
                int at = 1 + random.nextInt(300_000);
                write(conveyor, "x", at);
                if (round % 2 == 0) {
                    conveyor.flush();
                }
                assertThat(read(conveyor, 0, at)).isEqualTo(new byte[at]);
            }
        }
    }

    // ------------------------------------------------------------------ size and seek

    /** The size counts what is pending, at once and at every stage. */
    @Test
    protected void endCountsWhatIsPending() throws Exception {
        store("object", "0123456789");
        Conveyor conveyor = open("object", READ, WRITE);
        assertThat(conveyor.size()).isEqualTo(10);
        Hold hold = plan.hold(PWRITE);
        write(conveyor, "XY", 10);
        assertThat(conveyor.size()).isEqualTo(12);
        Started<Boolean> flush = flushing(conveyor, hold);
        assertThat(conveyor.size()).isEqualTo(12);
        write(conveyor, "Z", 20);
        assertThat(conveyor.size()).isEqualTo(21);
        write(conveyor, "in the middle", 3);
        assertThat(conveyor.size()).isEqualTo(21);
        hold.release();
        flush.result();
        assertThat(endOf(conveyor)).isEqualTo(21);
        assertThat(conveyor.size()).isEqualTo(21);
    }

    /** Seek moves as lseek does; asking where the cursor is does not move it. */
    @Test
    protected void endAndCursorAreSoughtAsByLseek() throws Exception {
        store("object", "0123456789");
        Conveyor conveyor = open("object", READ, WRITE);
        assertThat(readText(conveyor, 4)).isEqualTo("0123");
        assertThat(conveyor.seek(0, Whence.CUR)).isEqualTo(4);
        assertThat(conveyor.position()).isEqualTo(4);
        assertThat(conveyor.seek(3, Whence.CUR)).isEqualTo(7);
        assertThat(readText(conveyor, 2)).isEqualTo("78");
        assertThat(conveyor.seek(-8, Whence.CUR)).isEqualTo(1);
        assertThat(conveyor.seek(5, Whence.SET)).isEqualTo(5);
        write(conveyor, "AB");
        assertThat(conveyor.seek(0, Whence.CUR)).as("tell after a write").isEqualTo(7);
        assertThat(conveyor.seek(-2, Whence.END)).isEqualTo(8);
        assertThat(conveyor.seek(10, Whence.END)).isEqualTo(20);
        assertThat(conveyor.size()).isEqualTo(10);
        assertThatThrownBy(() -> conveyor.seek(-11, Whence.END)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> conveyor.seek(-21, Whence.CUR)).isInstanceOf(IllegalArgumentException.class);
        assertThat(conveyor.position()).as("a refused seek does not move").isEqualTo(20);
        conveyor.close();
        assertThat(storedText("object")).isEqualTo("01234AB789");
    }

    /** A write after a seek to the end goes behind what was pending. */
    @Test
    protected void endSoughtWithPendingWritesIsBehindThem() throws Exception {
        Conveyor conveyor = create("object");
        write(conveyor, "0123456789");
        assertThat(conveyor.seek(0, Whence.END)).isEqualTo(10);
        write(conveyor, "XX");
        conveyor.close();
        assertThat(storedText("object")).isEqualTo("0123456789XX");
    }

    /** DATA and HOLE find the next of either, or -1 with the cursor unmoved. */
    @Test
    protected void holesAndDataAreSought() throws Exception {
        store("object", Bytes.at(0, 10_000, TAG));
        Conveyor conveyor = open("object", READ, WRITE);
        assertThat(conveyor.seek(500, Whence.DATA)).isEqualTo(500);
        assertThat(conveyor.position()).isEqualTo(500);
        assertThat(conveyor.seek(500, Whence.HOLE)).isEqualTo(10_000);
        assertThat(conveyor.position()).isEqualTo(10_000);
        conveyor.position(77);
        assertThat(conveyor.seek(10_000, Whence.DATA)).isEqualTo(-1);
        assertThat(conveyor.seek(10_000, Whence.HOLE)).isEqualTo(-1);
        assertThat(conveyor.seek(1L << 40, Whence.DATA)).isEqualTo(-1);
        assertThat(conveyor.position()).isEqualTo(77);
        write(conveyor, Bytes.at(500_000, 100, TAG), 500_000);
        long data = conveyor.seek(10_000, Whence.DATA);
        assertThat(data).isBetween(10_000L, 500_000L);
        assertThat(read(conveyor, 10_000, (int) (data - 10_000))).isEqualTo(new byte[(int) (data - 10_000)]);
        assertThat(conveyor.seek(500_050, Whence.HOLE)).isBetween(500_050L, 500_100L);
    }

    // ------------------------------------------------------------------ truncate

    /** Truncation cuts stored and pending bytes, at once as far as anybody can see. */
    @Test
    protected void endIsWhereATruncationPutsIt() throws Exception {
        store("object", Bytes.at(0, 10_000, TAG));
        Conveyor conveyor = open("object", READ, WRITE);
        Hold hold = plan.hold(PWRITE, TRUNCATE);
        write(conveyor, Bytes.at(8_000, 5_000, 20), 8_000);
        conveyor.truncate(9_000);
        assertThat(conveyor.size()).isEqualTo(9_000);
        assertThat(conveyor.read(ByteBuffer.allocate(10), 9_000)).isEqualTo(-1);
        assertThat(read(conveyor, 7_000, 5_000)).hasSize(2_000);
        conveyor.truncate(4_000);
        assertThat(read(conveyor, 3_000, 5_000)).isEqualTo(Bytes.at(3_000, 1_000, TAG));
        hold.release();
        conveyor.flush();
        assertThat(stored("object")).isEqualTo(Bytes.at(0, 4_000, TAG));
    }

    /** Truncation returns without waiting for storage. */
    @Test
    protected void endIsMovedWithoutWaiting() throws Exception {
        store("object", Bytes.at(0, 10_000, TAG));
        Conveyor conveyor = open("object", READ, WRITE);
        Hold hold = plan.hold(PWRITE, TRUNCATE);
        write(conveyor, Bytes.at(0, 1_000, 20), 0);
        Started<Boolean> flush = flushing(conveyor, hold);
        conveyor.truncate(500);
        assertThat(conveyor.size()).isEqualTo(500);
        assertThat(read(conveyor, 0, 10_000)).isEqualTo(Bytes.at(0, 500, 20));
        hold.release();
        flush.result();
        conveyor.flush();
        assertThat(stored("object")).isEqualTo(Bytes.at(0, 500, 20));
    }

    /** A write in flight beyond the new end does not make the object grow again. */
    @Test
    protected void endIsKeptAgainstAWriteInFlight() throws Exception {
        Conveyor conveyor = create("object");
        Hold hold = plan.hold(PWRITE);
        write(conveyor, Bytes.at(0, 10_000, TAG), 0);
        Started<Boolean> flush = flushing(conveyor, hold);
        conveyor.truncate(100);
        hold.release();
        flush.result();
        conveyor.flush();
        assertThat(conveyor.size()).isEqualTo(100);
        assertThat(stored("object")).isEqualTo(Bytes.at(0, 100, TAG));
    }

    /** A size at or above the current one changes nothing but a cursor beyond it; a lower one pulls the cursor back. */
    @Test
    protected void endIsNotMovedUpByATruncation() throws Exception {
        store("object", "0123456789");
        Conveyor conveyor = open("object", READ, WRITE);
        conveyor.position(5);
        assertThat(conveyor.truncate(10)).isSameAs(conveyor);
        conveyor.truncate(100);
        assertThat(conveyor.size()).isEqualTo(10);
        assertThat(conveyor.position()).isEqualTo(5);
        conveyor.position(200);
        conveyor.truncate(100);
        assertThat(conveyor.position()).as("a cursor beyond the size given").isEqualTo(100);
        assertThat(conveyor.size()).isEqualTo(10);
        conveyor.truncate(3);
        assertThat(conveyor.position()).isEqualTo(3);
        conveyor.close();
        assertThat(storedText("object")).isEqualTo("012");
    }

    /** Bytes that were cut off do not come back in the hole that a later write leaves, at any stage. */
    @Test
    protected void holesDoNotBringBackCutBytes() throws Exception {
        store("object", Bytes.at(0, 10_000, TAG));
        Conveyor conveyor = open("object", READ, WRITE);
        read(conveyor, 0, 10_000);
        Hold hold = plan.hold(PWRITE, TRUNCATE);
        conveyor.truncate(1_000);
        write(conveyor, Bytes.at(9_000, 1_000, 20), 9_000);
        assertCut(read(conveyor, 0, 20_000));
        Started<Boolean> flush = flushing(conveyor, hold);
        assertCut(read(conveyor, 0, 20_000));
        hold.release();
        flush.result();
        assertCut(read(conveyor, 0, 20_000));
        assertCut(stored("object"));
    }

    private static void assertCut(byte[] all) {
        assertThat(all).hasSize(10_000);
        assertThat(Arrays.copyOf(all, 1_000)).isEqualTo(Bytes.at(0, 1_000, TAG));
        assertThat(Arrays.copyOfRange(all, 1_000, 9_000)).isEqualTo(new byte[8_000]);
        assertThat(Arrays.copyOfRange(all, 9_000, 10_000)).isEqualTo(Bytes.at(9_000, 1_000, 20));
    }

    /** Blocks that were fetched before a truncation are not served after it. */
    @Test
    protected void endIsNotHiddenByWhatWasFetched() throws Exception {
        int size = 1 << 20;
        store("object", Bytes.at(0, size, TAG));
        Conveyor conveyor = open("object", READ, WRITE);
        ByteBuffer dst = ByteBuffer.allocate(8_192);
        for (int i = 0; i < 40; i++) {
            conveyor.read(dst.clear());
        }
        long cursor = conveyor.position();
        conveyor.truncate(cursor + 100);
        assertThat(conveyor.read(dst.clear())).isEqualTo(100);
        assertThat(Bytes.remaining(dst.flip())).isEqualTo(Bytes.at(cursor, 100, TAG));
        assertThat(conveyor.read(dst.clear())).isEqualTo(-1);
        write(conveyor, "x", cursor + 50_000);
        assertThat(read(conveyor, cursor + 100, 49_900)).isEqualTo(new byte[49_900]);
    }

    /** Random truncations and writes past the end, read back at every step, are as on a plain array. */
    @Test
    protected void endAndHolesAreAsOnAPlainArray() throws Exception {
        Seed seed = Seed.current();
        Random random = seed.random();
        Conveyor conveyor = create(patient().maxPendingBytes(256 << 10), "object");
        ReferenceFile model = ReferenceFile.empty();
        for (int i = 1; i <= 1_500; i++) {
            int offset = random.nextInt(20_000);
            switch (random.nextInt(10)) {
                case 0, 1, 2 -> {
                    conveyor.truncate(offset);
                    model.truncate(offset);
                }
                case 3, 4, 5, 6 -> {
                    byte[] bytes = Bytes.at(offset, 1 + random.nextInt(500), i);
                    write(conveyor, bytes, offset);
                    model.pwrite(ByteBuffer.wrap(bytes), offset);
                }
                case 7 -> conveyor.flush();
                default -> {
                    ByteBuffer expected = ByteBuffer.allocate(2_000);
                    model.pread(expected, offset);
                    assertThat(Bytes.difference(
                                    Bytes.remaining(expected.flip()), read(conveyor, offset, 2_000), offset))
                            .as("step %d, %s", i, seed)
                            .isEmpty();
                    assertThat(conveyor.size()).as("step %d, %s", i, seed).isEqualTo(model.size());
                }
            }
        }
        conveyor.flush();
        assertThat(Bytes.difference(model.content(), stored("object"), 0))
                .as("%s", seed)
                .isEmpty();
    }
}
