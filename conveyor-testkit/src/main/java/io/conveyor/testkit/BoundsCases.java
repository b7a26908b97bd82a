package io.conveyor.testkit;

import static io.conveyor.testkit.StorageOperation.PREAD;
import static io.conveyor.testkit.StorageOperation.PWRITE;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.conveyor.BackPressureTimeoutException;
import io.conveyor.Conveyor;
import io.conveyor.FactoryStats;
import io.conveyor.Whence;
import io.conveyor.testkit.Concurrently.Started;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Promise 6: memory is bounded, every wait is bounded, and what is idle costs nothing. */
abstract class BoundsCases extends StickyFailureCases {

    private static final int TAG = 11;
    private static final int SMALL = 256 << 10;

    /** A full log blocks the writer up to the write timeout; what was accepted until then is told, kept, and written later. */
    @Test
    protected void boundsOfAFullLogBlockTheWriterAndThenTimeOut() throws Exception {
        Conveyor conveyor = create(patient().maxPendingBytes(SMALL).writeTimeout(Duration.ofMillis(300)), "object");
        Hold hold = plan.hold(PWRITE);
        int length = 4 * SMALL;
        ByteBuffer src = Bytes.buffer(0, length, TAG);
        Throwable thrown = catchThrowable(() -> conveyor.write(src, 0));
        assertThat(thrown).isInstanceOf(BackPressureTimeoutException.class);
        BackPressureTimeoutException late = (BackPressureTimeoutException) thrown;
        int accepted = src.position();
        assertThat(accepted).isBetween(1, SMALL);
        assertThat(late.key()).isEqualTo("object");
        assertThat(late.waited()).isEqualTo(Duration.ofMillis(300));
        assertThat(late.pendingBytes()).isEqualTo(accepted);
        assertThat(conveyor.failure()).as("back-pressure does not stick").isEmpty();
        assertThat(conveyor.size()).isEqualTo(accepted);
        assertThat(conveyor.stats().writes().stalls()).isPositive();
        hold.release();
        conveyor.flush();
        while (src.hasRemaining()) {
            int position = src.position();
            src.limit(Math.min(length, position + SMALL / 2));
            conveyor.write(src, position);
            src.limit(length);
            conveyor.flush();
        }
        assertThat(Bytes.difference(Bytes.at(0, length, TAG), stored("object"), 0))
                .isEmpty();
    }

    /** With a write timeout of zero a write takes what there is room for and does not wait. */
    @Test
    protected void boundsOfAWriterThatDoesNotWait() throws Exception {
        Conveyor conveyor = create(patient().maxPendingBytes(SMALL).writeTimeout(Duration.ZERO), "object");
        Hold hold = plan.hold(PWRITE);
        ByteBuffer src = Bytes.buffer(0, 2 * SMALL, TAG);
        assertThat(catchThrowable(() -> conveyor.write(src, 0))).isInstanceOf(BackPressureTimeoutException.class);
        int accepted = src.position();
        assertThat(accepted).isLessThanOrEqualTo(SMALL);
        hold.release();
        conveyor.flush();
        assertThat(Bytes.difference(Bytes.at(0, accepted, TAG), stored("object"), 0))
                .isEmpty();
    }

    /** A blocked writer goes on as soon as storage has taken something, without a drain of everything. */
    @Test
    protected void boundsOfAFullLogLetTheWriterGoOnWhenThereIsRoom() throws Exception {
        Conveyor conveyor = create(patient().maxPendingBytes(SMALL), "object");
        Hold hold = plan.hold(PWRITE);
        int length = 3 * SMALL + 77;
        Started<Boolean> writer = Concurrently.start(() -> {
            write(conveyor, Bytes.at(0, length, TAG), 0);
            return true;
        });
        hold.awaitHeld();
        assertStillWaiting(writer);
        while (!writer.isDone()) {
            hold.releaseOne();
            writer.thread().join(1);
        }
        writer.result();
        hold.release();
        conveyor.close();
        assertThat(Bytes.difference(Bytes.at(0, length, TAG), stored("object"), 0))
                .isEmpty();
    }

    /** A write larger than the log is passed through in pieces, not refused; by the cursor and at the end as well. */
    @Test
    protected void boundsOfTheLogDoNotLimitAWrite() throws Exception {
        int length = 8 * SMALL + 12_345;
        Conveyor conveyor = create(patient().maxPendingBytes(SMALL), "object");
        write(conveyor, Bytes.at(0, length, TAG), 0);
        assertThat(conveyor.size()).isEqualTo(length);
        conveyor.position(length);
        assertThat(conveyor.write(Bytes.buffer(length, length, TAG))).isEqualTo(length);
        assertThat(conveyor.position()).isEqualTo(2L * length);
        conveyor.flush();
        assertThat(Bytes.difference(Bytes.at(0, 2 * length, TAG), stored("object"), 0))
                .isEmpty();
        assertThat(Bytes.difference(Bytes.at(1_000, 2 * length - 1_000, TAG), read(conveyor, 1_000, 2 * length), 1_000))
                .isEmpty();
    }

    /** What is pending in one conveyor never exceeds what it may have. */
    @Test
    protected void boundsOfPendingBytesHold() throws Exception {
        Conveyor conveyor = create(patient().maxPendingBytes(SMALL), "object");
        Hold hold = plan.hold(PWRITE);
        Started<Boolean> writer = Concurrently.start(() -> {
            for (int i = 0; i < 100; i++) {
                write(conveyor, Bytes.at(i * 20_000L, 20_000, TAG), i * 20_000L);
            }
            return true;
        });
        while (!writer.isDone()) {
            assertThat(conveyor.stats().pendingBytes()).isLessThanOrEqualTo(SMALL);
            assertWithinBudget();
            hold.releaseOne();
            writer.thread().join(1);
        }
        writer.result();
        hold.release();
    }

    private void assertWithinBudget() throws Exception {
        FactoryStats stats = factory().stats();
        assertThat(stats.memoryUsedBytes()).isBetween(0L, stats.memoryBudgetBytes());
        assertThat(stats.busyWorkers()).isBetween(0, stats.workers());
    }

    /** Whatever several conveyors write and read at once, their factory stays within its budget. */
    @Test
    protected void boundsOfTheBudgetHoldForAllConveyorsTogether() throws Exception {
        int conveyors = 6;
        int size = 2 << 20;
        long end = System.nanoTime() + stressTime().toNanos();
        Concurrently.run(conveyors + 1, index -> {
            if (index == conveyors) {
                while (System.nanoTime() - end < 0) {
                    assertWithinBudget();
                    Thread.onSpinWait();
                }
                return;
            }
            String key = "object" + index;
            Random random = new Random(index);
            try (Conveyor conveyor = create(key)) {
                while (System.nanoTime() - end < 0) {
                    int position = random.nextInt(size) & ~7;
                    write(conveyor, Bytes.at(position, 60_000, 1 + index), position);
                    conveyor.read(ByteBuffer.allocate(30_000), random.nextInt(size));
                }
            }
        });
        assertWithinBudget();
    }

    /** Empty writes take no room, and a flood of tiny ones stays within bounds. */
    @Test
    protected void boundsHoldForEmptyAndTinyWrites() throws Exception {
        Conveyor conveyor = create(patient().maxPendingBytes(SMALL), "object");
        Hold hold = plan.hold(PWRITE);
        ByteBuffer empty = ByteBuffer.allocate(0);
        for (int i = 0; i < 10_000; i++) {
            assertThat(conveyor.write(empty)).isZero();
            assertThat(conveyor.write(empty, i)).isZero();
        }
        assertThat(conveyor.stats().pendingBytes()).isZero();
        assertThat(conveyor.stats().writes().count()).isZero();
        assertThat(conveyor.size()).isZero();
        ByteBuffer one = ByteBuffer.wrap(new byte[] {1});
        for (int i = 0; i < 50_000; i++) {
            conveyor.write(one.rewind(), i);
        }
        assertThat(conveyor.stats().pendingBytes()).isEqualTo(50_000);
        assertWithinBudget();
        hold.release();
        for (int i = 0; i < 50_000; i++) {
            conveyor.write(one.rewind(), 100_000 + 2L * i);
            if (i % 1_000 == 0) {
                assertThat(conveyor.stats().pendingBytes()).isLessThanOrEqualTo(SMALL);
                assertWithinBudget();
            }
        }
        conveyor.flush();
        assertThat(stored("object")).hasSize(199_999);
    }

    /** A flush, a sync or a seek that storage does not answer ends with its timeout; nothing sticks, and the work goes on. */
    @Test
    protected void boundsOfBarriersThatStorageDoesNotAnswer() throws Exception {
        Conveyor conveyor = create(patient().flushTimeout(SHORT), "object");
        Hold hold = plan.hold(PWRITE);
        write(conveyor, "hello", 0);
        assertTimesOut(conveyor::flush);
        assertTimesOut(conveyor::sync);
        assertTimesOut(() -> conveyor.seek(0, Whence.END));
        assertThat(conveyor.failure()).isEmpty();
        assertThat(readText(conveyor, 0, 10)).isEqualTo("hello");
        write(conveyor, " world", 5);
        hold.release();
        conveyor.close();
        assertThat(storedText("object")).isEqualTo("hello world");
    }

    /** A read that storage does not answer ends with its timeout; later reads get their bytes. */
    @Test
    protected void boundsOfAReadThatStorageDoesNotAnswer() throws Exception {
        store("object", "0123456789");
        Conveyor conveyor = open(patient().readTimeout(SHORT).readAhead(false), "object", READ);
        Hold hold = plan.hold(PREAD);
        Started<String> read = Concurrently.start(() -> readText(conveyor, 0, 10));
        hold.awaitHeld();
        settle(read);
        if (!read.isDone()) {
            // A call that runs on the reader's own thread cannot be left; it ends when storage does.
            hold.release();
        }
        try {
            assertThat(read.result()).isEqualTo("0123456789");
        } catch (IOException late) {
            assertTimesOut(() -> {
                throw late;
            });
        }
        hold.release();
        assertThat(readText(conveyor, 2, 5)).isEqualTo("23456");
    }

    /** Conveyors that are open and idle use no memory, cost storage no call, and keep no worker busy. */
    @Test
    protected void boundsOfIdleConveyorsAreZero() throws Exception {
        List<Conveyor> idle = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            Conveyor conveyor = create("object" + i);
            if (i % 2 == 0) {
                write(conveyor, "hello", 0);
                conveyor.flush();
            }
            idle.add(conveyor);
        }
        Concurrently.await("idle conveyors use no memory", () -> stats().memoryUsedBytes() == 0);
        Concurrently.await("idle conveyors keep no worker busy", () -> stats().busyWorkers() == 0);
        assertThat(factory().stats().open()).isEqualTo(100);
        long calls = backend().log().size();
        for (Conveyor conveyor : idle) {
            conveyor.flush();
            conveyor.position(1);
            conveyor.stats();
        }
        assertThat(backend().calls(PREAD)).as("reads that nobody asked for").isZero();
        assertThat(backend().calls(PWRITE)).isEqualTo(50);
        assertThat(backend().log().size() - calls).isLessThanOrEqualTo(100);
    }

    private FactoryStats stats() {
        try {
            return factory().stats();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** At the end of the object nothing goes on reading: no call is made that no read asked for. */
    @Test
    protected void boundsOfReadingAtTheEnd() throws Exception {
        store("object", "0123456789");
        Conveyor conveyor = open("object", READ);
        assertThat(readText(conveyor, 100)).isEqualTo("0123456789");
        ByteBuffer dst = ByteBuffer.allocate(10);
        for (int i = 0; i < 20; i++) {
            assertThat(conveyor.read(dst)).isEqualTo(-1);
        }
        assertThat(backend().calls(PREAD)).isLessThanOrEqualTo(25);
    }

    /** Random reads fetch what was asked for, and not far more. */
    @Test
    protected void boundsOfWhatRandomReadsFetch() throws Exception {
        int size = 8 << 20;
        store("object", Bytes.at(0, size, TAG));
        Conveyor conveyor = open("object", READ);
        Random random = Seed.current().random();
        int reads = 200;
        int length = 4_096;
        for (int i = 0; i < reads; i++) {
            // never side by side, which would be a sequence, if a short one
            int offset = random.nextInt(size / length / 4) * 4 * length;
            assertThat(Bytes.difference(Bytes.at(offset, length, TAG), read(conveyor, offset, length), offset))
                    .isEmpty();
        }
        assertThat(backend().counts().bytesOf(PREAD)).isLessThanOrEqualTo(4L * reads * length);
    }

    /** Close on a store that does not answer ends with its timeout, tells what is not in storage, and releases the conveyor. */
    @Test
    protected void boundsOfAClose() throws Exception {
        Conveyor conveyor = open(patient().closeTimeout(SHORT), "object", READ, WRITE, CREATE);
        Hold hold = plan.hold(PWRITE);
        write(conveyor, "hello", 0);
        Throwable thrown = catchThrowable(conveyor::close);
        assertThat(thrown).isInstanceOf(IOException.class);
        assertThat(thrown).hasMessageContaining("object");
        assertThat(conveyor.isOpen()).isFalse();
        assertThat(factory().openConveyors()).isEmpty();
        hold.release();
    }
}
