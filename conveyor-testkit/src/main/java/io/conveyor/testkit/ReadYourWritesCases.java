package io.conveyor.testkit;

import static io.conveyor.testkit.StorageOperation.PREAD;
import static io.conveyor.testkit.StorageOperation.PWRITE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.Conveyor;
import io.conveyor.Extent;
import io.conveyor.testkit.Concurrently.Started;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Promise 1: a read that begins after a write returned sees that write, wherever its bytes are on their way. */
abstract class ReadYourWritesCases extends ConveyorContractBase {

    private static final int OLD = 1;
    private static final int NEW = 2;

    /** Bytes that wait to be written are read. */
    @Test
    protected void readYourWritesWhileTheyAreQueued() throws Exception {
        Conveyor conveyor = create("object");
        plan.hold(PWRITE);
        write(conveyor, "hello", 0);
        write(conveyor, " world", 5);
        assertThat(readText(conveyor, 0, 100)).isEqualTo("hello world");
    }

    /** Bytes that a backend call is writing are read. */
    @Test
    protected void readYourWritesWhileTheyAreInFlight() throws Exception {
        store("object", "oooooooooo");
        Conveyor conveyor = open("object", READ, WRITE);
        Hold hold = plan.hold(PWRITE);
        write(conveyor, "NEW!", 3);
        Started<Boolean> flush = flushing(conveyor, hold);
        assertThat(readText(conveyor, 0, 10)).isEqualTo("oooNEW!ooo");
        hold.release();
        flush.result();
    }

    /** Bytes that reached storage are read; what was read before does not come back from a cache. */
    @Test
    protected void readYourWritesAfterTheyHaveLanded() throws Exception {
        store("object", "oooooooooo");
        Conveyor conveyor = open("object", READ, WRITE);
        assertThat(readText(conveyor, 0, 10)).isEqualTo("oooooooooo");
        write(conveyor, "NEW!", 3);
        assertThat(readText(conveyor, 0, 10)).isEqualTo("oooNEW!ooo");
        conveyor.flush();
        assertThat(readText(conveyor, 0, 10)).isEqualTo("oooNEW!ooo");
        write(conveyor, "again", 4);
        conveyor.flush();
        assertThat(readText(conveyor, 0, 10)).isEqualTo("oooNagaino");
    }

    /** A read during a write's flight leaves nothing stale behind: the same range is right before, after and for ever. */
    @Test
    protected void readYourWritesThatWereReadInFlight() throws Exception {
        store("object", Bytes.at(0, 8_192, OLD));
        Conveyor conveyor = open("object", READ, WRITE);
        for (int round = 0; round < 20; round++) {
            Hold hold = plan.hold(PWRITE);
            write(conveyor, Bytes.at(1_000, 1_000, NEW + round), 1_000);
            Started<Boolean> flush = flushing(conveyor, hold);
            assertThat(read(conveyor, 1_000, 1_000)).isEqualTo(Bytes.at(1_000, 1_000, NEW + round));
            hold.release();
            flush.result();
            assertThat(read(conveyor, 1_000, 1_000)).isEqualTo(Bytes.at(1_000, 1_000, NEW + round));
            assertThat(read(conveyor, 0, 1_000)).isEqualTo(Bytes.at(0, 1_000, OLD));
            plan.clear();
        }
    }

    /** Bytes that could not be written are kept, and read. */
    @Test
    protected void readYourWritesThatFailed() throws Exception {
        store("object", "oooooooooo");
        Conveyor conveyor = open("object", READ, WRITE);
        breakWrites();
        write(conveyor, "NEW!", 3);
        assertWriteBehind(conveyor::flush);
        assertThat(readText(conveyor, 0, 10)).isEqualTo("oooNEW!ooo");
        assertThat(storedText("object")).isEqualTo("oooooooooo");
    }

    /** A read of stored and pending bytes lays the pending ones over the stored ones, each where it belongs. */
    @Test
    protected void readYourWritesAmongStoredBytes() throws Exception {
        store("object", "DDDDDDDDDD");
        Conveyor conveyor = open("object", READ, WRITE);
        plan.hold(PWRITE);
        write(conveyor, "WW", 2);
        write(conveyor, "ZZ", 6);
        assertThat(readText(conveyor, 0, 10)).isEqualTo("DDWWDDZZDD");
        assertThat(readText(conveyor, 3, 4)).isEqualTo("WDDZ");
        assertThat(readText(conveyor, 7, 10)).isEqualTo("ZDD");
    }

    /** One read across bytes that are stored, in flight and queued. */
    @Test
    protected void readYourWritesInEveryStateAtOnce() throws Exception {
        store("object", "................");
        Conveyor conveyor = open("object", READ, WRITE);
        write(conveyor, "LAND", 0);
        conveyor.flush();
        Hold hold = plan.hold(PWRITE);
        write(conveyor, "FLY!", 4);
        Started<Boolean> flush = flushing(conveyor, hold);
        write(conveyor, "QUEU", 8);
        write(conveyor, "q", 9);
        assertThat(readText(conveyor, 0, 16)).isEqualTo("LANDFLY!QqEU....");
        hold.release();
        flush.result();
        conveyor.flush();
        assertThat(storedText("object")).isEqualTo("LANDFLY!QqEU....");
    }

    /** Of pending writes that overlap the last one is read. */
    @Test
    protected void readYourWritesWhereTheyOverlap() throws Exception {
        Conveyor conveyor = create("object");
        plan.hold(PWRITE);
        write(conveyor, "aaaaaaaaaa", 0);
        write(conveyor, "bbbb", 2);
        write(conveyor, "c", 3);
        write(conveyor, "ddd", 9);
        assertThat(readText(conveyor, 0, 100)).isEqualTo("aabcbbaaaddd");
    }

    /** Of a write that the backend took in part both parts are read, while the rest is in flight. */
    @Test
    protected void readYourWritesThatAreHalfWritten() throws Exception {
        Conveyor conveyor = create("object");
        plan.on(PWRITE).nth(1).moveAtMost(10);
        Hold rest = plan.on(PWRITE).from(2).hold();
        byte[] bytes = Bytes.at(0, 1_000, NEW);
        write(conveyor, bytes, 0);
        Started<Boolean> flush = flushing(conveyor, rest);
        assertThat(read(conveyor, 0, 1_000)).isEqualTo(bytes);
        rest.release();
        flush.result();
        assertThat(stored("object")).isEqualTo(bytes);
    }

    /** After a write the cursor stands behind it, and a read goes on from there, not from what was read or fetched before. */
    @Test
    protected void readYourWritesAtTheCursorWithoutASeek() throws Exception {
        store("object", "0123456789");
        Conveyor conveyor = open("object", READ, WRITE);
        assertThat(readText(conveyor, 2)).isEqualTo("01");
        write(conveyor, "AB");
        assertThat(readText(conveyor, 4)).isEqualTo("4567");
        conveyor.position(0);
        assertThat(readText(conveyor, 10)).isEqualTo("01AB456789");
    }

    /** Bytes that land and leave memory between a read of storage and its overlay are not lost from its sight. */
    @Test
    protected void readYourWritesThatLandDuringTheRead() throws Exception {
        store("object", Bytes.at(0, 4_096, OLD));
        for (boolean ahead : new boolean[] {false, true}) {
            Conveyor conveyor = open(patient().readAhead(ahead), "object", READ, WRITE);
            int tag = ahead ? 3 : 2;
            Hold writes = plan.hold(PWRITE);
            write(conveyor, Bytes.at(1_000, 100, tag), 1_000);
            Started<Boolean> flush = flushing(conveyor, writes);
            Hold reads = plan.on(PREAD).always().holdAfterwards();
            Started<byte[]> read = Concurrently.start(() -> read(conveyor, 0, 4_096));
            reads.awaitHeld(); // it holds what storage had before the write
            writes.release();
            settle(flush);
            reads.release();
            byte[] expected = Bytes.at(0, 4_096, OLD);
            System.arraycopy(Bytes.at(1_000, 100, tag), 0, expected, 1_000, 100);
            assertThat(Bytes.difference(expected, read.result(), 0)).isEmpty();
            flush.result();
            assertThat(Bytes.difference(expected, read(conveyor, 0, 4_096), 0)).isEmpty();
            plan.clear();
            conveyor.close();
        }
    }

    /** A block that was fetched ahead is not served once a later write made it stale. */
    @Test
    protected void readYourWritesThatMadeFetchedBlocksStale() throws Exception {
        int size = 1 << 20;
        store("object", Bytes.at(0, size, OLD));
        Conveyor conveyor = open("object", READ, WRITE);
        ReferenceFile model = ReferenceFile.of(Bytes.at(0, size, OLD));
        int step = 4_096;
        int tag = NEW;
        for (int offset = 0; offset < size; offset += step) {
            if (offset % (16 * step) == 8 * step) {
                int ahead = Math.min(size - step, offset + 3 * step + 100);
                write(conveyor, Bytes.at(ahead, step, tag), ahead);
                model.pwrite(Bytes.buffer(ahead, step, tag), ahead);
                tag++;
                if (tag % 2 == 0) {
                    conveyor.flush();
                }
            }
            ByteBuffer dst = ByteBuffer.allocate(step);
            assertThat(conveyor.read(dst)).isEqualTo(step);
            assertThat(Bytes.difference(model.range(offset, step), Bytes.remaining(dst.flip()), offset))
                    .isEmpty();
        }
    }

    /** A fetch that was under way while a write landed does not serve, and does not leave behind, what it read before. */
    @Test
    protected void readYourWritesThatAFetchUnderWayDidNotSee() throws Exception {
        int size = 2 << 20;
        store("object", Bytes.at(0, size, OLD));
        Conveyor conveyor = open("object", READ, WRITE);
        int reach = 1 << 20;
        // What is fetched ahead of the reader, beyond where it will stop, comes back late and old.
        Hold fetches = plan.on(PREAD)
                .where(call -> call.extent().offset() >= reach)
                .always()
                .holdAfterwards();
        ByteBuffer dst = ByteBuffer.allocate(8_192);
        while (conveyor.position() < reach && fetches.held().isEmpty()) {
            conveyor.read(dst.clear());
        }
        write(conveyor, Bytes.at(reach, size - reach, NEW), reach);
        conveyor.flush();
        fetches.release();
        assertThat(Bytes.difference(Bytes.at(reach, size - reach, NEW), read(conveyor, reach, size - reach), reach))
                .isEmpty();
        conveyor.position(reach);
        while (conveyor.position() < size) {
            long offset = conveyor.position();
            int count = conveyor.read(dst.clear());
            assertThat(Bytes.difference(Bytes.at(offset, count, NEW), Bytes.remaining(dst.flip()), offset))
                    .isEmpty();
        }
    }

    /** A read, a flush and a read again over one range, again and again, while other ranges are pending. */
    @Test
    protected void readYourWritesAcrossFlushes() throws Exception {
        Conveyor conveyor = create("object");
        Seed seed = Seed.current();
        Random random = seed.random();
        ReferenceFile model = ReferenceFile.empty();
        for (int tag = 1; tag <= 200; tag++) {
            int offset = random.nextInt(30_000);
            byte[] bytes = Bytes.at(offset, 1 + random.nextInt(2_000), tag);
            write(conveyor, bytes, offset);
            model.pwrite(ByteBuffer.wrap(bytes), offset);
            assertRead(conveyor, model, offset, bytes.length, seed);
            if (random.nextInt(3) == 0) {
                conveyor.flush();
            }
            assertRead(conveyor, model, offset, bytes.length, seed);
            assertRead(conveyor, model, random.nextInt(30_000), 3_000, seed);
        }
    }

    private static void assertRead(Conveyor conveyor, ReferenceFile model, int offset, int length, Seed seed)
            throws Exception {
        ByteBuffer expected = ByteBuffer.allocate(length);
        model.pread(expected, offset);
        assertThat(Bytes.difference(Bytes.remaining(expected.flip()), read(conveyor, offset, length), offset))
                .as("%s", seed)
                .isEmpty();
    }

    /** A write of one thread is read by another as soon as it has returned, never torn and never older. */
    @Test
    protected void readYourWritesAcrossThreads() throws Exception {
        Conveyor conveyor = create("object");
        int length = 512;
        write(conveyor, Bytes.at(0, length, 1), 0);
        AtomicInteger written = new AtomicInteger(1);
        long end = System.nanoTime() + stressTime().toNanos();
        Concurrently.run(3, index -> {
            while (System.nanoTime() - end < 0 && written.get() < Bytes.MAX_TAG) {
                if (index == 0) {
                    write(conveyor, Bytes.at(0, length, written.get() + 1), 0);
                    written.incrementAndGet();
                } else if (index == 1) {
                    int least = written.get();
                    byte[] seen = read(conveyor, 0, length);
                    int most = written.get() + 1;
                    int tag = Bytes.tagOf(ByteBuffer.wrap(seen).getLong());
                    assertThat(tag).isBetween(least, most);
                    assertThat(Bytes.difference(Bytes.at(0, length, tag), seen, 0))
                            .as("torn?")
                            .isEmpty();
                } else {
                    conveyor.flush();
                }
            }
        });
    }

    /** What is pending beyond what a read asks for costs it nothing wrong: many small extents, one range. */
    @Test
    protected void readYourWritesAmongManySmallOnes() throws Exception {
        Conveyor conveyor = create("object");
        plan.hold(PWRITE);
        for (int i = 0; i < 5_000; i++) {
            write(conveyor, Bytes.at(i * 100L, 7, NEW), i * 100L);
        }
        byte[] expected = new byte[1_000];
        Extent range = new Extent(250_000, 1_000);
        for (int i = 0; i < 10; i++) {
            System.arraycopy(Bytes.at(range.offset() + i * 100L, 7, NEW), 0, expected, i * 100, 7);
        }
        assertThat(Bytes.difference(expected, read(conveyor, range.offset(), 1_000), range.offset()))
                .isEmpty();
    }
}
