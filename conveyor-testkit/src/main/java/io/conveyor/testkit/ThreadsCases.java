package io.conveyor.testkit;

import static io.conveyor.testkit.StorageOperation.FLUSH;
import static io.conveyor.testkit.StorageOperation.PREAD;
import static io.conveyor.testkit.StorageOperation.PWRITE;
import static io.conveyor.testkit.StorageOperation.SYNC;
import static io.conveyor.testkit.StorageOperation.TRUNCATE;
import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.conveyor.Conveyor;
import io.conveyor.Whence;
import io.conveyor.testkit.Concurrently.Started;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Promise 7: every method from any thread; the cursor is atomic; an interrupt ends a wait, and nothing else. */
abstract class ThreadsCases extends BoundsCases {

    private static final int TAG = 13;
    private static final int RECORD = 64;

    /** Threads that write by the cursor never interleave bytes or overlap: every record is there, whole, once, in its thread's order. */
    @Test
    protected void threadsThatWriteByTheCursorNeverInterleave() throws Exception {
        Conveyor conveyor = create(patient().maxPendingBytes(256 << 10), "object");
        int threads = 4;
        int each = 300;
        Concurrently.run(threads, index -> {
            for (int i = 0; i < each; i++) {
                assertThat(conveyor.write(record(index, i))).isEqualTo(RECORD);
            }
        });
        assertThat(conveyor.position()).isEqualTo((long) threads * each * RECORD);
        conveyor.flush();
        assertRecords(stored("object"), threads, each);
    }

    /** Threads that append never interleave or overlap either. */
    @Test
    protected void threadsThatAppendNeverInterleave() throws Exception {
        store("object", new byte[0]);
        Conveyor conveyor = open("object", APPEND);
        int threads = 4;
        int each = 300;
        Concurrently.run(threads, index -> {
            for (int i = 0; i < each; i++) {
                assertThat(conveyor.write(record(index, i))).isEqualTo(RECORD);
                if (i % 100 == 99) {
                    conveyor.flush();
                }
            }
        });
        conveyor.flush();
        assertRecords(stored("object"), threads, each);
    }

    /** A large write in pieces keeps its turn at the cursor until its end. */
    @Test
    protected void threadsKeepTheirTurnAtTheCursorForALargeWrite() throws Exception {
        int length = 600_000;
        Conveyor conveyor = create(patient().maxPendingBytes(256 << 10), "object");
        Concurrently.run(3, index -> {
            byte[] bytes = new byte[length];
            Arrays.fill(bytes, (byte) ('a' + index));
            assertThat(conveyor.write(ByteBuffer.wrap(bytes))).isEqualTo(length);
        });
        conveyor.flush();
        byte[] all = stored("object");
        assertThat(all).hasSize(3 * length);
        for (int i = 0; i < 3; i++) {
            byte[] part = Arrays.copyOfRange(all, i * length, (i + 1) * length);
            assertThat(part).containsOnly(part[0]);
        }
    }

    /** Of what several threads read by the cursor, each record goes to one of them, once. */
    @Test
    protected void threadsThatReadByTheCursorShareTheRecords() throws Exception {
        int records = 4_096;
        ByteBuffer content = ByteBuffer.allocate(records * RECORD);
        for (int i = 0; i < records; i++) {
            content.put(record(0, i));
        }
        store("object", content.array());
        Conveyor conveyor = open("object", READ);
        Set<Integer> seen = ConcurrentHashMap.newKeySet();
        Concurrently.run(2, index -> {
            ByteBuffer dst = ByteBuffer.allocate(RECORD);
            int last = -1;
            while (conveyor.read(dst.clear()) == RECORD) {
                int number = dst.flip().getInt(4);
                assertThat(dst).isEqualTo(record(0, number));
                assertThat(number).as("in the order of the file").isGreaterThan(last);
                assertThat(seen.add(number))
                        .as("record %d is read once", number)
                        .isTrue();
                last = number;
            }
        });
        assertThat(seen).hasSize(records);
    }

    /** A thread that reads at positions does not disturb one that writes by the cursor, nor the cursor. */
    @Test
    protected void threadsThatReadDoNotMoveTheWritersCursor() throws Exception {
        Conveyor conveyor = create("object");
        int records = 2_000;
        Concurrently.run(2, index -> {
            if (index == 0) {
                for (int i = 0; i < records; i++) {
                    conveyor.write(record(0, i));
                }
                return;
            }
            ByteBuffer dst = ByteBuffer.allocate(RECORD);
            for (int i = 0; i < records; i++) {
                long whole = conveyor.size() / RECORD;
                if (whole > 0) {
                    assertThat(conveyor.read(dst.clear(), (whole - 1) * RECORD)).isEqualTo(RECORD);
                    assertThat(dst.flip()).isEqualTo(record(0, (int) whole - 1));
                }
            }
        });
        assertThat(conveyor.position()).isEqualTo((long) records * RECORD);
        conveyor.flush();
        assertRecords(stored("object"), 1, records);
    }

    /** Positional operations leave the cursor alone. */
    @Test
    protected void threadsAtPositionsLeaveTheCursorAlone() throws Exception {
        Conveyor conveyor = create("object");
        write(conveyor, "0123456789", 0);
        assertThat(conveyor.position()).isZero();
        conveyor.position(3);
        read(conveyor, 5, 4);
        write(conveyor, "X", 100);
        conveyor.size();
        conveyor.flush();
        assertThat(conveyor.position()).isEqualTo(3);
    }

    /** Threads that work at positions of their own get the result that each of them alone would get. */
    @Test
    protected void threadsAtPositionsOfTheirOwnDoNotDisturbEachOther() throws Exception {
        int threads = 8;
        int region = 50_003;
        Seed seed = Seed.current();
        Conveyor conveyor = create(patient().maxPendingBytes(512 << 10), "object");
        write(conveyor, new byte[] {0}, (long) threads * region - 1);
        long end = System.nanoTime() + stressTime().toNanos();
        List<ReferenceFile> models = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            models.add(ReferenceFile.of(new byte[region]));
        }
        Concurrently.run(threads, index -> {
            Random random = seed.random(index);
            ReferenceFile model = models.get(index);
            long base = (long) index * region;
            for (int tag = 1; System.nanoTime() - end < 0; tag++) {
                int offset = random.nextInt(region);
                int length = 1 + random.nextInt(Math.min(3_000, region - offset));
                if (random.nextInt(3) == 0) {
                    assertThat(Bytes.difference(
                                    model.range(offset, length), read(conveyor, base + offset, length), offset))
                            .as("thread %d, %s", index, seed)
                            .isEmpty();
                } else {
                    byte[] bytes = Bytes.at(base + offset, length, 1 + tag % Bytes.MAX_TAG);
                    write(conveyor, bytes, base + offset);
                    model.pwrite(ByteBuffer.wrap(bytes), offset);
                }
                if (random.nextInt(200) == 0) {
                    conveyor.flush();
                }
            }
        });
        conveyor.flush();
        byte[] all = stored("object");
        assertThat(all).hasSize(threads * region);
        for (int i = 0; i < threads; i++) {
            assertThat(Bytes.difference(
                            models.get(i).content(), Arrays.copyOfRange(all, i * region, (i + 1) * region), 0))
                    .as("region %d, %s", i, seed)
                    .isEmpty();
        }
    }

    /** What changes storage never runs on a thread of the application, which somebody may interrupt. */
    @Test
    protected void threadsOfTheApplicationNeverWriteToStorage() throws Exception {
        Set<Thread> callers = ConcurrentHashMap.newKeySet();
        Conveyor conveyor = create(patient().maxPendingBytes(256 << 10), "object");
        Concurrently.run(3, index -> {
            callers.add(Thread.currentThread());
            for (int i = 0; i < 20; i++) {
                write(conveyor, Bytes.at(0, 50_000, TAG), index * 100_000L);
                conveyor.flush();
                conveyor.sync();
                conveyor.seek(0, Whence.END);
            }
            conveyor.truncate(400_000 - index);
        });
        callers.add(Thread.currentThread());
        conveyor.close();
        for (StorageCall call : backend().log()) {
            if (Set.of(PWRITE, FLUSH, SYNC, TRUNCATE).contains(call.operation())) {
                assertThat(callers).as("the thread of %s", call).doesNotContain(call.thread());
            }
        }
    }

    /** An interrupt ends a wait with InterruptedIOException, keeps the flag, leaves the conveyor open and loses nothing. */
    @Test
    protected void threadsThatWaitCanBeInterrupted() throws Exception {
        Conveyor conveyor = create(patient().maxPendingBytes(256 << 10), "object");
        Hold hold = plan.hold(PWRITE);
        write(conveyor, Bytes.at(0, 200_000, TAG), 0);
        ByteBuffer src = Bytes.buffer(200_000, 400_000, TAG);
        assertInterruptible(() -> conveyor.write(src, 200_000));
        assertInterruptible(() -> {
            conveyor.flush();
            return true;
        });
        assertInterruptible(() -> {
            conveyor.sync();
            return true;
        });
        assertInterruptible(() -> conveyor.seek(0, Whence.END));
        assertThat(conveyor.isOpen()).isTrue();
        assertThat(conveyor.failure()).isEmpty();
        int accepted = 200_000 + src.position();
        assertThat(conveyor.size()).isEqualTo(accepted);
        hold.release();
        conveyor.write(src, accepted);
        conveyor.close();
        assertThat(Bytes.difference(Bytes.at(0, 600_000, TAG), stored("object"), 0))
                .isEmpty();
    }

    private static void assertInterruptible(Concurrently.Question<?> waiting) throws Exception {
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Started<Boolean> caller = Concurrently.start(() -> {
            thrown.set(catchThrowable(waiting::ask));
            return Thread.currentThread().isInterrupted();
        });
        assertStillWaiting(caller);
        caller.thread().interrupt();
        assertThat(caller.result()).as("the flag is kept").isTrue();
        assertThat(thrown.get()).isInstanceOf(InterruptedIOException.class);
    }

    /** A read that waits for storage can be interrupted, too; others read on. */
    @Test
    protected void threadsThatReadCanBeInterrupted() throws Exception {
        store("object", Bytes.at(0, 10_000, TAG));
        Conveyor conveyor = open(patient().readAhead(false), "object", READ);
        Hold hold = plan.hold(PREAD);
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Started<Boolean> reader = Concurrently.start(() -> {
            thrown.set(catchThrowable(() -> read(conveyor, 0, 1_000)));
            return Thread.currentThread().isInterrupted();
        });
        hold.awaitHeld();
        reader.thread().interrupt();
        Concurrently.await(
                "the interrupt is noticed",
                () -> reader.isDone() || !reader.thread().isInterrupted());
        hold.release(); // a worker may hold the buffer until then, and the read does not return before
        assertThat(reader.result()).as("the flag is kept").isTrue();
        assertThat(thrown.get()).isInstanceOf(InterruptedIOException.class);
        assertThat(conveyor.isOpen()).isTrue();
        assertThat(read(conveyor, 5_000, 1_000)).isEqualTo(Bytes.at(5_000, 1_000, TAG));
    }

    /** Interrupts of any threads at any time lose no write that had returned, of any thread. */
    @Test
    protected void threadsThatAreInterruptedLoseNothing() throws Exception {
        Conveyor conveyor = create(patient().maxPendingBytes(256 << 10), "object");
        int rounds = 30;
        int length = 8_192;
        List<Integer> accepted = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            long position = (long) round * length;
            ByteBuffer src = Bytes.buffer(position, length, TAG);
            Started<Boolean> writer = Concurrently.start(() -> {
                try {
                    conveyor.write(src, position);
                    conveyor.flush();
                } catch (InterruptedIOException interrupted) {
                    assertThat(Thread.currentThread().isInterrupted()).isTrue();
                }
                return true;
            });
            writer.thread().interrupt();
            writer.result();
            accepted.add(src.position());
        }
        conveyor.flush();
        byte[] all = readAll(conveyor);
        for (int round = 0; round < rounds; round++) {
            int position = round * length;
            int count = accepted.get(round);
            if (count > 0) {
                // where the last rounds were interrupted before anything was accepted the object ends earlier
                assertThat(all.length).as("size").isGreaterThanOrEqualTo(position + count);
                assertThat(Bytes.difference(
                                Bytes.at(position, count, TAG),
                                Arrays.copyOfRange(all, position, position + count),
                                position))
                        .isEmpty();
            }
        }
        assertThat(conveyor.isOpen()).isTrue();
        assertThat(stored("object")).isEqualTo(all);
    }

    /** One conveyor under everything at once: cursor and positions, reads, writes, appends in size, barriers. */
    @Test
    protected void threadsMixAllOperations() throws Exception {
        Seed seed = Seed.current();
        Conveyor conveyor = create(patient().maxPendingBytes(256 << 10), "object");
        int block = 4_096;
        int blocks = 64;
        write(conveyor, Bytes.at(0, blocks * block, 1), 0);
        long end = System.nanoTime() + stressTime().toNanos();
        Concurrently.run(5, index -> {
            Random random = seed.random(index);
            for (int tag = 2; System.nanoTime() - end < 0; tag++) {
                int offset = random.nextInt(blocks) * block;
                switch (index) {
                    case 0, 1 -> write(conveyor, Bytes.at(offset, block, 1 + tag % 1_000_000), offset);
                    case 2, 3 -> assertOneWriter(read(conveyor, offset, block), offset, seed);
                    default -> {
                        conveyor.flush();
                        conveyor.position(offset);
                        conveyor.size();
                    }
                }
            }
        });
        assertThat(conveyor.size()).isEqualTo((long) blocks * block);
        conveyor.flush();
        assertThat(stored("object")).isEqualTo(readAll(conveyor));
    }

    private static void assertOneWriter(byte[] seen, int offset, Seed seed) {
        int tag = Bytes.tagOf(ByteBuffer.wrap(seen).getLong());
        assertThat(Bytes.difference(Bytes.at(offset, seen.length, tag), seen, offset))
                .as("torn? %s", seed)
                .isEmpty();
    }

    private static ByteBuffer record(int thread, int number) {
        ByteBuffer record = ByteBuffer.allocate(RECORD);
        record.putInt(thread).putInt(number);
        while (record.hasRemaining()) {
            record.put((byte) (thread * 31 + number * 7 + record.position()));
        }
        return record.flip();
    }

    private static void assertRecords(byte[] all, int threads, int each) {
        assertThat(all).hasSize(threads * each * RECORD);
        int[] next = new int[threads];
        for (int at = 0; at < all.length; at += RECORD) {
            ByteBuffer record = ByteBuffer.wrap(all, at, RECORD).slice();
            int thread = record.getInt(0);
            assertThat(thread).isBetween(0, threads - 1);
            assertThat(record).isEqualTo(record(thread, next[thread]));
            next[thread]++;
        }
        assertThat(next).containsOnly(each);
    }

    /** An appender that makes its object is one as well. */
    @Test
    protected void threadsThatCreateByAppending() throws Exception {
        Conveyor conveyor = open("fresh", CREATE, APPEND);
        Concurrently.run(3, index -> conveyor.write(record(index, 0)));
        conveyor.close();
        assertRecords(stored("fresh"), 3, 1);
    }
}
