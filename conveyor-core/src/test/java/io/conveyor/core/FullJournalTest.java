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
        Refused refused = writeUntilRefused(conveyor);
        requireIntact(conveyor, refused.accepted);
        end(conveyor, factory, refused.accepted);
    }

    @Test
    void aWriteWaitsAsLongAsItMayAndFailsWithWhatTheDiskSaid() throws Exception {
        Duration timeout = Duration.ofSeconds(5);
        ConveyorFactory factory = factory(timeout, clock);
        Conveyor conveyor = factory.open("key", READ, WRITE, CREATE);
        Concurrently.Started<Refused> writer = Concurrently.start(() -> writeUntilRefused(conveyor));
        Concurrently.await("the disk is asked", () -> disk.refusals() > 0);
        Concurrently.await("the writer gives up", () -> {
            clock.advance(Duration.ofSeconds(1));
            return writer.isDone();
        });
        Refused refused = writer.result();
        assertThat(refused.waitedNanos).isGreaterThanOrEqualTo(timeout.toNanos());
        requireIntact(conveyor, refused.accepted);
        end(conveyor, factory, refused.accepted);
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
                    assertThat(full).hasMessageContaining("key");
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
            assertThat(next.journals()).isEmpty();
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
