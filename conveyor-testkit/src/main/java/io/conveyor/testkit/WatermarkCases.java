package io.conveyor.testkit;

import static io.conveyor.testkit.StorageOperation.COMMIT;
import static io.conveyor.testkit.StorageOperation.FLUSH;
import static io.conveyor.testkit.StorageOperation.PWRITE;
import static io.conveyor.testkit.StorageOperation.SYNC;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorStats.Watermarks;
import io.conveyor.Whence;
import io.conveyor.spi.StorageCapabilities.SyncEffect;
import io.conveyor.testkit.Concurrently.Started;
import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Promise 3: accepted &gt;= written &gt;= visible &gt;= durable, each only grows, and flush, sync and seek are defined by them. */
abstract class WatermarkCases extends OrderCases {

    /** The four are in order and none goes back, whatever is done, and while it is done. */
    @Test
    protected void watermarksAreInOrderAndOnlyGrow() throws Exception {
        Seed seed = Seed.current();
        Conveyor conveyor = create(patient().maxPendingBytes(256 << 10), "object");
        long end = System.nanoTime() + stressTime().toNanos();
        Concurrently.run(2, index -> {
            Random random = seed.random(index);
            Watermarks last = Watermarks.NONE;
            while (System.nanoTime() - end < 0) {
                if (index == 0) {
                    change(conveyor, random);
                }
                Watermarks now = conveyor.stats().watermarks();
                assertOrdered(now);
                assertGrown(last, now);
                last = now;
            }
        });
    }

    private static void change(Conveyor conveyor, Random random) throws IOException {
        int position = random.nextInt(100_000);
        switch (random.nextInt(20)) {
            case 0 -> conveyor.flush();
            case 1 -> conveyor.sync();
            case 2 -> conveyor.truncate(position);
            case 3 -> conveyor.seek(0, Whence.END);
            default -> write(conveyor, Bytes.at(position, 1 + random.nextInt(5_000), 1), position);
        }
    }

    private static void assertOrdered(Watermarks marks) {
        assertThat(marks.accepted()).as("accepted").isGreaterThanOrEqualTo(marks.written());
        assertThat(marks.written()).as("written").isGreaterThanOrEqualTo(marks.visible());
        assertThat(marks.visible()).as("visible").isGreaterThanOrEqualTo(marks.durable());
        assertThat(marks.durable()).as("durable").isNotNegative();
    }

    private static void assertGrown(Watermarks before, Watermarks after) {
        assertThat(after.accepted()).as("accepted").isGreaterThanOrEqualTo(before.accepted());
        assertThat(after.written()).as("written").isGreaterThanOrEqualTo(before.written());
        assertThat(after.visible()).as("visible").isGreaterThanOrEqualTo(before.visible());
        assertThat(after.durable()).as("durable").isGreaterThanOrEqualTo(before.durable());
    }

    /** A write is accepted when it returns, and not written while its backend call is held. */
    @Test
    protected void watermarksTellAcceptedFromWritten() throws Exception {
        Conveyor conveyor = create("object");
        Hold hold = plan.hold(PWRITE);
        write(conveyor, "hello", 0);
        Started<Boolean> flush = flushing(conveyor, hold);
        Watermarks marks = conveyor.stats().watermarks();
        assertThat(marks.accepted()).isEqualTo(5);
        assertThat(marks.written()).isZero();
        assertThat(conveyor.stats().pendingBytes()).isEqualTo(5);
        hold.release();
        flush.result();
        assertThat(conveyor.stats().watermarks().written()).isEqualTo(5);
        assertThat(conveyor.stats().pendingBytes()).isZero();
    }

    /** After a flush everything accepted before is visible, and is seen by others. */
    @Test
    protected void watermarksOfAFlushAreVisible() throws Exception {
        Conveyor conveyor = create("object");
        write(conveyor, "hello", 0);
        conveyor.flush();
        Watermarks marks = conveyor.stats().watermarks();
        assertThat(marks.visible()).isEqualTo(marks.accepted()).isEqualTo(5);
        assertThat(storedText("object")).isEqualTo("hello");
        write(conveyor, "HE", 0);
        conveyor.flush();
        assertThat(conveyor.stats().watermarks().visible()).isEqualTo(7);
        assertThat(storedText("object")).isEqualTo("HEllo");
    }

    /** After a sync everything accepted before is durable, by a handle sync where the store has one. */
    @Test
    protected void watermarksOfASyncAreDurable() throws Exception {
        assumeTrue(capabilities().syncEffect() != SyncEffect.NONE, "the capabilities say that sync does nothing");
        Conveyor conveyor = create("object");
        write(conveyor, "hello", 0);
        conveyor.sync();
        Watermarks marks = conveyor.stats().watermarks();
        assertThat(marks.durable()).isEqualTo(marks.accepted()).isEqualTo(5);
        assertThat(backend().calls(SYNC)).isPositive();
        assertThat(storedText("object")).isEqualTo("hello");
    }

    /** A seek hands everything accepted to storage and publishes nothing of it. */
    @Test
    protected void watermarksOfASeekAreWrittenAndNoMore() throws Exception {
        store("object", "old version");
        Conveyor conveyor = open("object", READ, WRITE);
        write(conveyor, "NEW", 0);
        assertThat(conveyor.seek(0, Whence.CUR)).isZero();
        Watermarks marks = conveyor.stats().watermarks();
        assertThat(marks.written()).isEqualTo(marks.accepted()).isEqualTo(3);
        assertThat(backend().calls(PWRITE)).isPositive();
        assertThat(backend().calls(COMMIT)).isZero();
        assertThat(backend().calls(FLUSH)).isZero();
        assertThat(storedText("object")).isEqualTo(showsWritesAtOnce() ? "NEW version" : "old version");
    }

    /** A seek waits for what was accepted before it; moving the cursor does not. */
    @Test
    protected void watermarksAreWaitedForBySeekAndNotByPosition() throws Exception {
        Conveyor conveyor = create("object");
        Hold hold = plan.hold(PWRITE);
        write(conveyor, "hello", 0);
        conveyor.position(2);
        assertThat(conveyor.position()).isEqualTo(2);
        assertThat(readText(conveyor, 3)).isEqualTo("llo");
        Started<Long> seek = Concurrently.start(() -> conveyor.seek(1, Whence.SET));
        hold.awaitHeld();
        assertStillWaiting(seek);
        hold.release();
        assertThat(seek.result()).isEqualTo(1);
        assertThat(conveyor.position()).isEqualTo(1);
    }

    /** Nothing is visible before a flush where the store publishes whole versions, and everything after it. */
    @Test
    protected void watermarksOfWholeVersionsMoveAtTheFlush() throws Exception {
        assumeTrue(capabilities().atomicCommit(), "the capabilities do not claim atomicCommit");
        store("object", "old version");
        Conveyor conveyor = open("object", READ, WRITE);
        write(conveyor, "NEW", 0);
        conveyor.seek(0, Whence.CUR);
        assertThat(conveyor.stats().watermarks().visible()).isZero();
        conveyor.flush();
        assertThat(conveyor.stats().watermarks().visible()).isEqualTo(3);
        assertThat(storedText("object")).isEqualTo("NEW version");
    }
}
