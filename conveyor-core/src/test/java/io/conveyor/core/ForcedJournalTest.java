package io.conveyor.core;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOptions;
import io.conveyor.JournalOptions;
import io.conveyor.JournalOptions.Sync;
import io.conveyor.StorageException;
import io.conveyor.core.worker.FullHeap;
import io.conveyor.spi.TimeSource;
import io.conveyor.testkit.Concurrently;
import io.conveyor.testkit.FaultInjectingBackend;
import io.conveyor.testkit.FaultPlan;
import io.conveyor.testkit.Hold;
import io.conveyor.testkit.MemoryBackend;
import io.conveyor.testkit.StorageOperation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A journal that is to survive a loss of power: when storage has to make things durable for it, and what becomes of it when its disk fails. */
@Timeout(60)
class ForcedJournalTest {

    private static final int BLOCK = 16 << 10;

    @TempDir
    private Path directory;

    private final MemoryBackend store = MemoryBackend.create();
    private final FaultPlan plan = FaultPlan.create();
    private final FailingDisk disk = new FailingDisk();
    private final FullHeap heap = new FullHeap(TimeSource.system());

    @AfterEach
    void letGo() {
        plan.clear();
    }

    private ConveyorFactory factory(Sync sync, Duration interval) {
        return Conveyors.builder(FaultInjectingBackend.over(store.another(), plan))
                .memoryBudget(4 << 20)
                .options(ConveyorOptions.builder()
                        .writeTimeout(Concurrently.PATIENCE)
                        .build())
                .journal(JournalOptions.builder(directory.resolve("journal"))
                        .maxBytes(JournalOptions.LEAST_BYTES)
                        .sync(sync)
                        .syncInterval(interval)
                        .build())
                .journalDisk(disk)
                .timeSource(heap)
                .build();
    }

    // ---------------------------------------------------------------- half full

    @Test
    void storageIsAskedForASyncWhenTheJournalIsHalfFullAndNotBefore() throws Exception {
        try (ConveyorFactory factory = factory(Sync.INTERVAL, Duration.ofHours(1));
                Conveyor conveyor = factory.open("key", WRITE, CREATE);
                Hold sync = plan.hold(StorageOperation.SYNC)) {
            long size = write(conveyor, 0, JournalOptions.LEAST_BYTES / 4);
            conveyor.flush();
            assertThat(sync.held()).isEmpty();
            write(conveyor, size, JournalOptions.LEAST_BYTES / 2);
            sync.awaitHeld(1);
        }
    }

    @Test
    void moreThanTheJournalHoldsCanBeWrittenThoughNobodySyncs() throws Exception {
        try (ConveyorFactory factory = factory(Sync.INTERVAL, Duration.ofHours(1));
                Conveyor conveyor = factory.open("key", WRITE, CREATE)) {
            long size = write(conveyor, 0, 4 * JournalOptions.LEAST_BYTES);
            conveyor.flush();
            assertThat(store.attributes("key").size()).isEqualTo(size);
        }
    }

    private static long write(Conveyor conveyor, long from, long bytes) throws IOException {
        long at = from;
        while (at < from + bytes) {
            at += conveyor.write(ByteBuffer.allocate(BLOCK), at);
        }
        return at;
    }

    // ---------------------------------------------------------------- a disk that fails

    @Test
    void aJournalThatCannotBeForcedForAWriteAcceptsNothingMoreAndWhatItHadGoesToStorage() throws Exception {
        try (ConveyorFactory factory = factory(Sync.EVERY_WRITE, Duration.ofSeconds(1))) {
            Conveyor conveyor = factory.open("key", WRITE, CREATE);
            write(conveyor, "kept", 0);
            disk.broken(true);
            // accepted, but its promise cannot be given
            requireRefused(conveyor, "TOLD", 4);
            requireNothingIsAccepted(conveyor, 8);
            requireStored(conveyor, "keptTOLD");
            requireANewOneIsSound(factory, "keptTOLDmore");
        }
    }

    @Test
    void aJournalThatCannotBeForcedInTheBackgroundAcceptsNothingMoreAndWhatItHadGoesToStorage() throws Exception {
        try (ConveyorFactory factory = factory(Sync.INTERVAL, Duration.ofMillis(1));
                // otherwise there would soon be nothing to be forced
                Hold hold = plan.hold(StorageOperation.PWRITE)) {
            Conveyor conveyor = factory.open("key", WRITE, CREATE);
            disk.broken(true);
            write(conveyor, "kept", 0);
            Concurrently.await("the failure is known", () -> isRefused(conveyor));
            requireNothingIsAccepted(conveyor, 4);
            hold.release();
            requireStored(conveyor, "kept");
            requireANewOneIsSound(factory, "keptmore");
        }
    }

    @Test
    void aFaultThatNobodyForesawDoesNotEndForcingInTheBackground() throws Exception {
        try (ConveyorFactory factory = factory(Sync.INTERVAL, Duration.ofMillis(1));
                // otherwise there would soon be nothing to be forced
                Hold hold = plan.hold(StorageOperation.PWRITE)) {
            Conveyor conveyor = factory.open("key", WRITE, CREATE);
            disk.failsUnforeseenOnce();
            write(conveyor, "kept", 0);
            Concurrently.await("it was met", () -> disk.refusals() > 0);
            Conveyor other = factory.open("other", WRITE, CREATE);
            disk.broken(true);
            write(other, "kept", 0);
            Concurrently.await("the other one is forced, and fails", () -> isRefused(other));
            hold.release();
        }
        assertThat(new String(store.snapshot("key"), UTF_8)).isEqualTo("kept");
    }

    @Test
    void aMomentWithoutMemoryDoesNotEndForcingInTheBackground() throws Exception {
        try (ConveyorFactory factory = factory(Sync.INTERVAL, Duration.ofMillis(1));
                // otherwise there would soon be nothing to be forced
                Hold hold = plan.hold(StorageOperation.PWRITE)) {
            heap.onceIn("Timer.take");
            Concurrently.await("memory was out", heap::hasFailed);
            Conveyor conveyor = factory.open("key", WRITE, CREATE);
            disk.broken(true);
            write(conveyor, "kept", 0);
            Concurrently.await("it is forced, and fails", () -> isRefused(conveyor));
            hold.release();
        }
        assertThat(new String(store.snapshot("key"), UTF_8)).isEqualTo("kept");
    }

    private static void write(Conveyor conveyor, String text, long at) throws IOException {
        conveyor.write(ByteBuffer.wrap(text.getBytes(UTF_8)), at);
    }

    /** Whether a write of nothing new is refused. */
    private static boolean isRefused(Conveyor conveyor) {
        try {
            write(conveyor, "kept", 0);
            return false;
        } catch (StorageException refused) {
            return true;
        } catch (IOException other) {
            throw new UncheckedIOException(other);
        }
    }

    private static void requireRefused(Conveyor conveyor, String text, long at) {
        assertThatThrownBy(() -> write(conveyor, text, at))
                .isInstanceOfSatisfying(StorageException.class, refused -> {
                    assertThat(refused.kind()).isEqualTo(StorageException.Kind.IO);
                    assertThat(refused.retry()).isEqualTo(StorageException.Retry.NEVER);
                })
                .hasMessageContaining("nothing more is accepted: flush, close, and open again")
                .hasRootCauseMessage(FailingDisk.BROKEN);
    }

    /** Requires that neither a write nor a cut is accepted, though the disk is well again: it may have lost what it was given. */
    private void requireNothingIsAccepted(Conveyor conveyor, long size) throws IOException {
        disk.broken(false);
        ByteBuffer more = ByteBuffer.wrap("more".getBytes(UTF_8));
        assertThatThrownBy(() -> conveyor.write(more, size)).isInstanceOf(StorageException.class);
        assertThat(more.position()).isZero();
        requireRefused(conveyor, "more", size);
        assertThatThrownBy(() -> conveyor.truncate(1)).isInstanceOf(StorageException.class);
        assertThat(conveyor.size()).isEqualTo(size);
    }

    private void requireStored(Conveyor conveyor, String text) throws IOException {
        conveyor.flush();
        assertThat(new String(store.snapshot("key"), UTF_8)).isEqualTo(text);
        conveyor.close();
    }

    private void requireANewOneIsSound(ConveyorFactory factory, String text) throws IOException {
        try (Conveyor again = factory.open("key", WRITE)) {
            write(again, "more", again.size());
        }
        assertThat(new String(store.snapshot("key"), UTF_8)).isEqualTo(text);
        assertThat(factory.journals()).isEmpty();
    }
}
