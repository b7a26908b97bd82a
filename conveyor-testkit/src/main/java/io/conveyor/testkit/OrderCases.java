package io.conveyor.testkit;

import static io.conveyor.testkit.StorageOperation.PREAD;
import static io.conveyor.testkit.StorageOperation.PWRITE;
import static java.nio.file.StandardOpenOption.READ;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.conveyor.Conveyor;
import io.conveyor.Extent;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.WriteBehindException;
import io.conveyor.testkit.Concurrently.Started;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Promise 2: overlapping writes land in the order of acceptance; a flush is a barrier for what was accepted before it, and only for that. */
abstract class OrderCases extends ReadYourWritesCases {

    private static final int TAG = 5;

    /** Overlapping writes land as they were accepted, however many of them are merged. */
    @Test
    protected void orderOfOverlappingWritesIsThatOfAcceptance() throws Exception {
        Conveyor conveyor = create("object");
        Hold hold = plan.hold(PWRITE);
        write(conveyor, "aaaaaaaaaa", 0);
        Started<Boolean> flush = flushing(conveyor, hold);
        write(conveyor, "bbbbbb", 2);
        write(conveyor, "cc", 4);
        write(conveyor, "dddd", 8);
        write(conveyor, "e", 0);
        hold.release();
        flush.result();
        conveyor.flush();
        assertThat(storedText("object")).isEqualTo("eabbccbbdddd");
    }

    /** A storm of overlapping writes through a backend that is short all the time ends as on a plain array. */
    @Test
    protected void orderHoldsInAStormOfOverlaps() throws Exception {
        Seed seed = Seed.current();
        Random random = seed.random();
        plan.on(PWRITE).every(2).moveRandomly(700, seed.random(1));
        Conveyor conveyor = create(patient().maxPendingBytes(256 << 10), "object");
        ReferenceFile model = ReferenceFile.empty();
        for (int i = 0; i < 3_000; i++) {
            int offset = random.nextInt(4_000);
            byte[] bytes = Bytes.at(offset, 1 + random.nextInt(600), 1 + i);
            write(conveyor, bytes, offset);
            model.pwrite(ByteBuffer.wrap(bytes), offset);
        }
        conveyor.flush();
        assertThat(Bytes.difference(model.content(), stored("object"), 0))
                .as("%s", seed)
                .isEmpty();
    }

    /** Where one write is in flight at a time, storage holds a prefix of what was accepted, at any moment. */
    @Test
    protected void orderMakesStorageAPrefixOfWhatWasAccepted() throws Exception {
        assumeTrue(
                capabilities().maxConcurrentWrites() == 1 && showsWritesAtOnce(),
                "only a store with one write at a time that shows it at once can be watched");
        Seed seed = Seed.current();
        Random random = seed.random();
        store("object", new byte[2_000]);
        Conveyor conveyor = create("object");
        Hold hold = plan.hold(PWRITE);
        ReferenceFile model = ReferenceFile.of(new byte[2_000]);
        List<byte[]> prefixes = new ArrayList<>(List.of(model.content()));
        for (int i = 1; i <= 100; i++) {
            int offset = random.nextInt(1_000);
            byte[] bytes = Bytes.at(offset, 1 + random.nextInt(300), i);
            write(conveyor, bytes, offset);
            model.pwrite(ByteBuffer.wrap(bytes), offset);
            prefixes.add(model.content());
        }
        Started<Boolean> flush = flushing(conveyor);
        while (!flush.isDone()) {
            byte[] now = stored("object");
            assertThat(prefixes.stream().anyMatch(prefix -> Arrays.equals(prefix, now)))
                    .as("storage is a prefix, %s", seed)
                    .isTrue();
            hold.releaseOne();
            flush.thread().join(1);
        }
        flush.result();
        assertThat(stored("object")).isEqualTo(model.content());
    }

    /** A flush waits for the write that is in flight, though nothing is queued any more. */
    @Test
    protected void orderOfAFlushIsAfterTheWriteInFlight() throws Exception {
        Conveyor conveyor = create("object");
        Hold hold = plan.hold(PWRITE);
        write(conveyor, "hello", 0);
        Started<Boolean> flush = flushing(conveyor, hold);
        assertStillWaiting(flush);
        hold.release();
        flush.result();
        assertThat(storedText("object")).isEqualTo("hello");
    }

    /** A flush reports the failure of the last write, be it the only one. */
    @Test
    protected void orderOfAFlushIsAfterTheLastFailure() throws Exception {
        Conveyor conveyor = create("object");
        Hold hold = plan.hold(PWRITE);
        plan.on(PWRITE).always().failWith(Kind.NO_SPACE, Retry.NEVER);
        write(conveyor, "hello", 0);
        Started<Boolean> flush = flushing(conveyor, hold);
        hold.release();
        WriteBehindException failure = assertWriteBehind(flush::result);
        assertThat(failure.unwrittenBytes()).isEqualTo(5);
    }

    /** Nothing that was accepted after a write that failed is started before that write has succeeded. */
    @Test
    protected void orderLetsNothingPassAFailedWrite() throws Exception {
        store("object", "....................");
        Conveyor conveyor = create("object");
        FaultRule broken = plan.on(PWRITE).within(new Extent(0, 4)).always().failWith(Kind.IO, Retry.NEVER);
        Hold hold = plan.hold(PWRITE);
        write(conveyor, "1111", 0);
        Started<Boolean> flush = flushing(conveyor, hold);
        write(conveyor, "2222", 8);
        write(conveyor, "3333", 16);
        hold.release();
        assertWriteBehind(flush::result);
        Concurrently.await("no write is in flight any more", () -> backend().underWay(PWRITE) == 0);
        if (capabilities().maxConcurrentWrites() == 1) {
            assertThat(backend().log(PWRITE)).noneMatch(call -> call.extent().offset() > 0);
        }
        long calls = backend().calls(PWRITE);
        assertWriteBehind(conveyor::flush);
        assertWriteBehind(() -> write(conveyor, "4444", 4));
        assertThat(readText(conveyor, 0, 20)).isEqualTo("1111....2222....3333");
        assertThat(backend().calls(PWRITE))
                .as("writes started after the failure")
                .isEqualTo(calls);
        broken.cancel();
        assertThat(conveyor.clearError()).isTrue();
        conveyor.flush();
        assertThat(storedText("object")).isEqualTo("1111....2222....3333");
    }

    /** A flush ends although other threads keep writing. */
    @Test
    protected void orderLetsAFlushEndWhileOthersWrite() throws Exception {
        Conveyor conveyor = create(patient().maxPendingBytes(1 << 20), "object");
        AtomicBoolean enough = new AtomicBoolean();
        Started<Boolean> writer = Concurrently.start(() -> {
            while (!enough.get()) {
                write(conveyor, Bytes.at(0, 4_000, TAG), 0);
            }
            return true;
        });
        try {
            for (int i = 0; i < 5; i++) {
                flushing(conveyor).result();
            }
        } finally {
            enough.set(true);
        }
        writer.result();
    }

    /** A flush does not wait for what is accepted after it began. */
    @Test
    protected void orderOfAFlushIsBeforeLaterWrites() throws Exception {
        Conveyor conveyor = create("object");
        Hold hold = plan.hold(PWRITE);
        write(conveyor, "before", 0);
        Started<Boolean> flush = flushing(conveyor, hold);
        write(conveyor, "after", 100);
        hold.releaseOne();
        flush.result();
        assertThat(text(Arrays.copyOf(stored("object"), 6))).isEqualTo("before");
        hold.release();
        conveyor.flush();
        assertThat(stored("object")).hasSize(105);
    }

    /** A failure behind the barrier of a flush does not fail that flush. */
    @Test
    protected void orderKeepsLaterFailuresFromAnEarlierFlush() throws Exception {
        Conveyor conveyor = create("object");
        plan.on(PWRITE).within(new Extent(100, 5)).always().failWith(Kind.IO, Retry.NEVER);
        Hold hold = plan.hold(PWRITE);
        write(conveyor, "before", 0);
        Started<Boolean> flush = flushing(conveyor, hold);
        write(conveyor, "after", 100);
        hold.release();
        flush.result();
        assertWriteBehind(conveyor::flush);
        assertThat(text(Arrays.copyOf(stored("object"), 6))).isEqualTo("before");
    }

    /** Small writes to a slow store travel together: 2,560 writes of 4 KiB cost at most 64 calls. */
    @Test
    protected void orderlyWritesAreMergedOnASlowStore() throws Exception {
        int writes = 2_560;
        int length = 4_096;
        Conveyor conveyor = create(patient().maxPendingBytes(12 << 20), "object");
        Hold hold = plan.hold(PWRITE);
        for (int i = 0; i < writes; i++) {
            write(conveyor, Bytes.at((long) i * length, length, TAG), (long) i * length);
            if (i % 64 == 63) {
                hold.releaseOne();
            }
        }
        Started<Boolean> flush = flushing(conveyor);
        while (!flush.isDone()) {
            hold.releaseOne();
            flush.thread().join(1);
        }
        flush.result();
        assertThat(backend().calls(PWRITE)).isLessThanOrEqualTo(64);
        assertThat(Bytes.difference(Bytes.at(0, writes * length, TAG), stored("object"), 0))
                .isEmpty();
    }

    /** Small sequential reads of 10 MiB cost at most 64 calls. */
    @Test
    protected void orderlyReadsAreFetchedInLargeBlocks() throws Exception {
        int reads = 2_560;
        int length = 4_096;
        store("object", Bytes.at(0, reads * length, TAG));
        Conveyor conveyor = open("object", READ);
        ByteBuffer dst = ByteBuffer.allocate(length);
        for (int i = 0; i < reads; i++) {
            assertThat(conveyor.read(dst.clear())).isEqualTo(length);
            long offset = (long) i * length;
            assertThat(Bytes.difference(Bytes.at(offset, length, TAG), Bytes.remaining(dst.flip()), offset))
                    .isEmpty();
        }
        assertThat(conveyor.read(dst.clear())).isEqualTo(-1);
        assertThat(backend().calls(PREAD)).isLessThanOrEqualTo(64);
    }

    /** No more writes are in flight at once than the store allows, and a barrier is never beside one. */
    @Test
    protected void orderKeepsTheRulesOfTheStore() throws Exception {
        Conveyor conveyor = create(patient().maxPendingBytes(1 << 20), "object");
        Concurrently.run(4, index -> {
            for (int i = 0; i < 50; i++) {
                long position = index * 1_000_000L + i * 3_000L;
                write(conveyor, Bytes.at(position, 3_000, TAG), position);
                if (i % 10 == 9) {
                    conveyor.flush();
                }
                if (i % 25 == 24) {
                    conveyor.sync();
                }
            }
        });
        conveyor.flush();
        assertThat(backend().violations()).isEmpty();
        assertThat(backend().peak(PWRITE)).isBetween(1, capabilities().maxConcurrentWrites());
        for (int index = 0; index < 4; index++) {
            long position = index * 1_000_000L;
            assertThat(Bytes.difference(Bytes.at(position, 150_000, TAG), read(conveyor, position, 150_000), position))
                    .isEmpty();
        }
    }
}
