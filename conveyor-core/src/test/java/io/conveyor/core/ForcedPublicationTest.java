package io.conveyor.core;

import static io.conveyor.testkit.StorageOperation.FLUSH;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOptions;
import io.conveyor.JournalOptions;
import io.conveyor.JournalOptions.Sync;
import io.conveyor.WriteBehindException;
import io.conveyor.core.journal.ForcedPages;
import io.conveyor.core.journal.JournalDisk;
import io.conveyor.spi.StorageBackend;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.Concurrently;
import io.conveyor.testkit.Concurrently.Started;
import io.conveyor.testkit.FaultInjectingBackend;
import io.conveyor.testkit.FaultPlan;
import io.conveyor.testkit.Hold;
import io.conveyor.testkit.MemoryBackend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a publishing store is asked for is on the journal's disk before, if the journal is to survive a loss of power. */
@Timeout(60)
class ForcedPublicationTest {

    @TempDir
    private Path directory;

    private final MemoryBackend store = MemoryBackend.withCapabilities(PublishingStore.CAPABILITIES);
    private final FaultPlan plan = FaultPlan.create();
    private final ForcedPages disk = new ForcedPages();

    @BeforeEach
    void store() {
        store.put("key", Bytes.of("0123456789"));
    }

    @AfterEach
    void letGo() {
        plan.clear();
        disk.beforeEach(file -> {});
    }

    private Path journal() {
        return directory.resolve("journal");
    }

    private static ConveyorFactory factory(StorageBackend backend, Sync sync, Path journal, JournalDisk disk) {
        return Conveyors.builder(backend)
                .memoryBudget(4 << 20)
                .options(ConveyorOptions.builder().retryAttempts(1).build())
                .journal(JournalOptions.builder(journal)
                        .sync(sync)
                        .syncInterval(Duration.ofHours(1))
                        .build())
                .journalDisk(disk)
                .build();
    }

    private ConveyorFactory living(Sync sync) {
        return factory(FaultInjectingBackend.over(store.another(), plan), sync, journal(), disk);
    }

    private static Started<Boolean> startFlush(Conveyor conveyor) {
        return Concurrently.start(() -> {
            conveyor.flush();
            return true;
        });
    }

    private String stored() {
        return new String(store.snapshot("key"), UTF_8);
    }

    /** What is left of the journal when the power goes off now. */
    private Path afterALossOfPower() throws IOException {
        Path cut = JournalRemains.copy(journal(), directory.resolve("cut"));
        for (Path file : JournalRemains.files(cut)) {
            if (!file.endsWith("owner.lock")) {
                Path living = journal().resolve(cut.relativize(file));
                Files.write(file, disk.forced(living, (int) Files.size(file)));
            }
        }
        return cut;
    }

    @ParameterizedTest
    @EnumSource(
            value = Sync.class,
            names = {"EVERY_WRITE", "INTERVAL"})
    void aPublicationWhoseAnswerALossOfPowerHasCutOffIsRecognised(Sync sync) throws Exception {
        try (ConveyorFactory living = living(sync);
                Conveyor conveyor = living.open("key", WRITE);
                Hold published = plan.on(FLUSH).next().holdAfterwards()) {
            conveyor.write(Bytes.buffer("abc"), 3);
            Started<Boolean> flush = startFlush(conveyor);
            published.awaitHeld(1);
            assertThat(stored()).isEqualTo("012abc6789");
            try (ConveyorFactory next = factory(store.another(), sync, afterALossOfPower(), JournalDisk.REAL)) {
                next.open("key", WRITE).close();
                assertThat(next.journals()).isEmpty();
            }
            assertThat(stored()).isEqualTo("012abc6789");
            published.release();
            assertThat(flush.result()).isTrue();
        }
    }

    @Test
    void othersGoOnWhileTheJournalIsForcedForAPublication() throws Exception {
        AtomicBoolean forcing = new AtomicBoolean();
        CountDownLatch go = new CountDownLatch(1);
        try (ConveyorFactory living = living(Sync.INTERVAL);
                Conveyor conveyor = living.open("key", WRITE)) {
            conveyor.write(Bytes.buffer("abc"), 3);
            disk.beforeEach(file -> {
                forcing.set(true);
                awaitRelease(go);
            });
            Started<Boolean> flush = startFlush(conveyor);
            Concurrently.await("the journal is being forced", forcing::get);
            conveyor.write(Bytes.buffer("def"), 6);
            assertThat(stored()).isEqualTo("0123456789");
            go.countDown();
            assertThat(flush.result()).isTrue();
        } finally {
            go.countDown();
        }
        assertThat(stored()).isEqualTo("012abcdef9");
    }

    private static void awaitRelease(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException ended) {
            throw new AssertionError("nobody let go", ended);
        }
    }

    @Test
    void nothingIsPublishedIfTheJournalCannotBeForcedUntilTheErrorIsCleared() throws Exception {
        try (ConveyorFactory living = living(Sync.INTERVAL);
                Conveyor conveyor = living.open("key", WRITE)) {
            conveyor.write(Bytes.buffer("abc"), 3);
            disk.beforeEach(file -> {
                throw new IOException("broken");
            });
            assertThatThrownBy(conveyor::flush)
                    .isInstanceOf(WriteBehindException.class)
                    .hasRootCauseMessage("broken");
            assertThat(stored()).isEqualTo("0123456789");
            conveyor.clearError();
            conveyor.flush();
            assertThat(stored()).isEqualTo("012abc6789");
        }
    }
}
