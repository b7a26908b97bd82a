package io.conveyor.core;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.BackPressureTimeoutException;
import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOptions;
import io.conveyor.JournalOptions;
import io.conveyor.spi.TimeSource;
import io.conveyor.testkit.Concurrently;
import io.conveyor.testkit.FaultInjectingBackend;
import io.conveyor.testkit.FaultPlan;
import io.conveyor.testkit.ManualClock;
import io.conveyor.testkit.MemoryBackend;
import io.conveyor.testkit.StorageOperation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The disk of the journal is full while storage takes nothing: what the writer is told, and that what was accepted is intact, for the next process, too. */
@Timeout(60)
class FullJournalTest {

    private static final int BLOCK = 4 << 10;

    /** More than a stock of files holds. */
    private static final long MUCH = 4 << 20;

    @TempDir
    private Path directory;

    private final MemoryBackend store = MemoryBackend.create();
    private final FaultPlan plan = FaultPlan.create();
    private final FailingDisk disk = new FailingDisk();
    private final ManualClock clock = ManualClock.create();
    private final Waits waits = new Waits();

    @BeforeEach
    void storageTakesNothing() {
        plan.hold(StorageOperation.PWRITE);
    }

    @AfterEach
    void storageTakesItAll() {
        plan.clear();
    }

    private ConveyorFactory factory(Duration writeTimeout, TimeSource time) {
        ConveyorFactory factory = Conveyors.builder(FaultInjectingBackend.over(store.another(), plan))
                .memoryBudget(8 << 20)
                .timeSource(time)
                .options(ConveyorOptions.builder()
                        .writeTimeout(writeTimeout)
                        .maxPendingBytes(MUCH + BLOCK)
                        .build())
                .journal(JournalOptions.builder(directory.resolve("journal")).build())
                .journalDisk(disk)
                .build();
        disk.full(true);
        return factory;
    }

    /** Of a writer that was told that the disk is full. */
    private record Refused(long accepted, long waitedNanos) {}

    @Test
    void withoutATimeoutAWriteFailsAtOnceWithWhatTheDiskSaid() throws Exception {
        ConveyorFactory factory = factory(Duration.ZERO, clock);
        Conveyor conveyor = factory.open("key", READ, WRITE, CREATE);
        // no time passes: whoever waited would wait for ever
        Refused refused = Concurrently.start(() -> writeUntilRefused(conveyor)).result();
        requireIntact(conveyor, refused.accepted);
        end(conveyor, factory, refused.accepted);
    }

    @Test
    void aWriteWaitsAsLongAsItMayAndFailsWithWhatTheDiskSaid() throws Exception {
        ConveyorFactory factory = factory(Duration.ofSeconds(5), waits);
        Conveyor conveyor = factory.open("key", READ, WRITE, CREATE);
        conveyor.write(block(0), 0);
        takeAllThatIsReady(factory);
        Concurrently.Started<Refused> writer = Concurrently.start(() -> writeUntilRefused(conveyor));
        awaitAnotherWait(writer);
        clock.advance(Duration.ofMillis(4_999));
        awaitAnotherWait(writer);
        clock.advance(Duration.ofMillis(1));
        Refused refused = writer.result();
        assertThat(refused.waitedNanos).isEqualTo(Duration.ofSeconds(5).toNanos());
        requireIntact(conveyor, refused.accepted);
        end(conveyor, factory, refused.accepted);
    }

    /** Waits until a writer begins to wait once more, which it does every millisecond as long as it has to. */
    private void awaitAnotherWait(Concurrently.Started<?> writer) throws InterruptedException {
        int before = waits.of(writer.thread());
        Concurrently.await(
                "the writer waits, or has ended", () -> writer.isDone() || waits.of(writer.thread()) > before + 1);
        assertThat(writer.isDone()).as("the writer has ended").isFalse();
    }

    private void takeAllThatIsReady(ConveyorFactory factory) throws IOException {
        ConveyorOptions hasty =
                ConveyorOptions.builder().writeTimeout(Duration.ZERO).build();
        writeUntilRefused(factory.open("another", hasty, WRITE, CREATE));
    }

    /** The clock, and how often which thread has waited by it. */
    private final class Waits implements TimeSource {

        private final Map<Thread, Integer> counts = new ConcurrentHashMap<>();

        int of(Thread thread) {
            return counts.getOrDefault(thread, 0);
        }

        @Override
        public long nanoTime() {
            return clock.nanoTime();
        }

        @Override
        public void await(Condition condition, long deadline) throws InterruptedException {
            counts.merge(Thread.currentThread(), 1, Integer::sum);
            clock.await(condition, deadline);
        }
    }

    @Test
    void aWriteThatWaitsGoesOnWhenThereIsSpaceAgain() throws Exception {
        ConveyorFactory factory = factory(Concurrently.PATIENCE, TimeSource.system());
        Conveyor conveyor = factory.open("key", READ, WRITE, CREATE);
        Concurrently.Started<Long> writer = Concurrently.start(() -> {
            for (long at = 0; at < MUCH; at += BLOCK) {
                conveyor.write(block(at), at);
            }
            return conveyor.size();
        });
        Concurrently.await("the disk is asked again", () -> disk.refusals() > 1);
        assertThat(writer.isDone()).isFalse();
        disk.full(false);
        assertThat(writer.result()).isEqualTo(MUCH);
        requireIntact(conveyor, MUCH);
        end(conveyor, factory, MUCH);
    }

    /** Writes on from the end until the full disk is the reason that it cannot; requires that nothing of the last write was accepted. */
    private Refused writeUntilRefused(Conveyor conveyor) throws IOException {
        long accepted = 0;
        long latest = System.nanoTime() + Concurrently.PATIENCE.toNanos();
        while (accepted < MUCH && System.nanoTime() - latest < 0) {
            long began = clock.nanoTime();
            ByteBuffer block = block(accepted);
            try {
                conveyor.write(block, accepted);
                accepted += BLOCK;
            } catch (BackPressureTimeoutException full) {
                assertThat(block.position()).isZero();
                // else the next file is only not ready yet
                if (full.getCause() != null) {
                    assertThat(full).hasMessageContaining("no room");
                    assertThat(full.getCause())
                            .isExactlyInstanceOf(IOException.class)
                            .hasMessage(FailingDisk.FULL);
                    return new Refused(accepted, clock.nanoTime() - began);
                }
            }
        }
        throw new AssertionError(accepted + " bytes accepted, and the full disk was not the reason of a refusal");
    }

    /** Requires that the conveyor has exactly what was accepted, and the next process, too, if this one dies now. */
    private void requireIntact(Conveyor conveyor, long accepted) throws IOException {
        assertThat(accepted).isPositive();
        requireContent(conveyor, accepted);
        Path remains = JournalRemains.copy(directory.resolve("journal"), directory.resolve("remains"));
        assertThat(store.attributes("key").size()).isZero();
        try (ConveyorFactory next = Conveyors.builder(store.another())
                        .memoryBudget(8 << 20)
                        .journal(JournalOptions.builder(remains).build())
                        .build();
                Conveyor recovered = next.open("key", READ)) {
            assertThat(next.journals()).noneMatch(left -> left.key().equals("key"));
            requireContent(recovered, accepted);
        }
    }

    /** Lets storage take everything, and requires that it has. */
    private void end(Conveyor conveyor, ConveyorFactory factory, long accepted) throws IOException {
        plan.clear();
        disk.full(false);
        conveyor.close();
        factory.close();
        assertThat(store.attributes("key").size()).isEqualTo(accepted);
    }

    private static void requireContent(Conveyor conveyor, long size) throws IOException {
        assertThat(conveyor.size()).isEqualTo(size);
        ByteBuffer found = ByteBuffer.allocate(BLOCK);
        for (long at = 0; at < size; at += BLOCK) {
            conveyor.read(found.clear(), at);
            assertThat(found.flip()).as("at %s", at).isEqualTo(block(at));
        }
    }

    private static ByteBuffer block(long at) {
        byte[] bytes = new byte[BLOCK];
        Arrays.fill(bytes, (byte) (at / BLOCK + 1));
        return ByteBuffer.wrap(bytes);
    }
}
