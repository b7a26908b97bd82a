package io.conveyor.testkit;

import static io.conveyor.ConveyorOpenOption.ATOMIC_REPLACE;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.StorageException;
import io.conveyor.spi.StorageCapabilities;
import io.conveyor.spi.StorageCapabilities.FlushEffect;
import io.conveyor.spi.StorageHandle;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What was synced survives a loss of power; the rest is old, new or torn, and a seed repeats which. */
class CrashingBackendTest {

    private static final int BLOCK = 4_096;
    private static final int ROUNDS = 60;

    private final Seed seed = Seed.current();

    @Test
    void whatWasSyncedSurvives() throws IOException {
        for (int round = 0; round < ROUNDS; round++) {
            CrashingBackend backend = powered(round);
            StorageHandle handle = backend.open("object", Set.of(WRITE, CREATE));
            StorageContractBase.write(handle, Bytes.at(0, 50_000, 1), 0);
            handle.sync();
            StorageContractBase.write(handle, Bytes.at(100_000, 10, 2), 100_000);
            byte[] left = backend.crash().memory().snapshot("object");
            assertThat(Bytes.difference(Bytes.at(0, 50_000, 1), Arrays.copyOf(left, 50_000), 0))
                    .as("%s", seed)
                    .isEmpty();
        }
    }

    @Test
    void whatWasNotSyncedIsOldNewOrTornByBlocks() throws IOException {
        Set<Integer> cuts = new HashSet<>();
        for (int round = 0; round < ROUNDS; round++) {
            CrashingBackend backend = powered(round);
            StorageHandle handle = backend.open("object", Set.of(WRITE, CREATE));
            StorageContractBase.write(handle, Bytes.at(0, 4 * BLOCK, 1), 0);
            handle.sync();
            StorageContractBase.write(handle, Bytes.at(BLOCK, BLOCK, 2), BLOCK);
            byte[] left = backend.crash().memory().snapshot("object");
            assertThat(left).hasSize(4 * BLOCK);
            assertThat(Arrays.copyOf(left, BLOCK)).isEqualTo(Bytes.at(0, BLOCK, 1));
            assertThat(Arrays.copyOfRange(left, 2 * BLOCK, 4 * BLOCK)).isEqualTo(Bytes.at(2 * BLOCK, 2 * BLOCK, 1));
            int cut = 0;
            while (cut < BLOCK && left[BLOCK + cut + 2] == Bytes.byteAt(BLOCK + cut + 2, 2)) {
                cut += 8;
            }
            assertThat(cut % 512).isZero();
            assertThat(Arrays.copyOfRange(left, BLOCK + cut, 2 * BLOCK))
                    .isEqualTo(Bytes.at(BLOCK + cut, BLOCK - cut, 1));
            cuts.add(cut);
        }
        assertThat(cuts).as("%s", seed).contains(0, BLOCK).hasSizeGreaterThan(3);
    }

    @Test
    void anObjectThatWasNeverSyncedMayBeMissing() throws IOException {
        Set<Boolean> outcomes = new HashSet<>();
        for (int round = 0; round < ROUNDS; round++) {
            CrashingBackend backend = powered(round);
            backend.open("object", Set.of(WRITE, CREATE)).close();
            outcomes.add(backend.crash().memory().contains("object"));
        }
        assertThat(outcomes).as("%s", seed).containsExactlyInAnyOrder(true, false);
    }

    @Test
    void theSizeIsOldOrNew() throws IOException {
        Set<Integer> sizes = new HashSet<>();
        for (int round = 0; round < ROUNDS; round++) {
            CrashingBackend backend = powered(round);
            StorageHandle handle = backend.open("object", Set.of(WRITE, CREATE));
            StorageContractBase.write(handle, Bytes.at(0, 10_000, 1), 0);
            handle.sync();
            handle.truncate(100);
            byte[] left = backend.crash().memory().snapshot("object");
            sizes.add(left.length);
            assertThat(Arrays.copyOf(left, 100)).isEqualTo(Bytes.at(0, 100, 1));
        }
        assertThat(sizes).as("%s", seed).containsExactlyInAnyOrder(100, 10_000);
    }

    @Test
    void aFailedSyncTakesWhatIsDirtyForClean() throws IOException {
        CrashingBackend backend = powered(0);
        StorageHandle handle = backend.open("object", Set.of(WRITE, CREATE));
        StorageContractBase.write(handle, Bytes.at(0, 2 * BLOCK, 1), 0);
        handle.sync();
        StorageContractBase.write(handle, Bytes.at(0, BLOCK, 2), 0);
        backend.failSyncs(1);
        assertThatThrownBy(handle::sync).isInstanceOf(StorageException.class);
        StorageContractBase.write(handle, Bytes.at(BLOCK, BLOCK, 3), BLOCK);
        handle.sync();
        byte[] left = backend.crash().memory().snapshot("object");
        assertThat(Arrays.copyOf(left, BLOCK)).as("lost for good").isEqualTo(Bytes.at(0, BLOCK, 1));
        assertThat(Arrays.copyOfRange(left, BLOCK, 2 * BLOCK)).isEqualTo(Bytes.at(BLOCK, BLOCK, 3));
    }

    @Test
    void writingAnewAfterAFailedSyncMakesItDurable() throws IOException {
        CrashingBackend backend = powered(0);
        StorageHandle handle = backend.open("object", Set.of(WRITE, CREATE));
        StorageContractBase.write(handle, Bytes.at(0, BLOCK, 2), 0);
        backend.failSyncs(1);
        assertThatThrownBy(handle::sync).isInstanceOf(StorageException.class);
        StorageContractBase.write(handle, Bytes.at(0, BLOCK, 2), 0);
        handle.sync();
        assertThat(backend.crash().memory().snapshot("object")).isEqualTo(Bytes.at(0, BLOCK, 2));
    }

    @Test
    void draftsAreDurableWhenTheyAreCommitted() throws IOException {
        for (int round = 0; round < ROUNDS; round++) {
            CrashingBackend backend = powered(round);
            try (StorageHandle draft = backend.open("object", Set.of(WRITE, CREATE, ATOMIC_REPLACE))) {
                StorageContractBase.write(draft, Bytes.at(0, 30_000, 1), 0);
                draft.commit();
            }
            StorageHandle lost = backend.open("object", Set.of(WRITE, ATOMIC_REPLACE));
            StorageContractBase.write(lost, Bytes.at(0, 30_000, 2), 0);
            lost.sync();
            assertThat(backend.crash().memory().snapshot("object")).isEqualTo(Bytes.at(0, 30_000, 1));
        }
    }

    @Test
    void whatIsVisibleAtAFlushIsDurableAtTheNextSync() throws IOException {
        CrashingBackend backend = CrashingBackend.over(
                MemoryBackend.withCapabilities(StorageCapabilities.builder()
                        .flushEffect(FlushEffect.VISIBLE)
                        .build()),
                seed.random());
        StorageHandle handle = backend.open("object", Set.of(WRITE, CREATE));
        StorageContractBase.write(handle, Bytes.at(0, BLOCK, 1), 0);
        handle.sync();
        handle.flush();
        handle.sync();
        assertThat(backend.crash().memory().snapshot("object")).isEqualTo(Bytes.at(0, BLOCK, 1));
    }

    @Test
    void afterTheCrashNothingReachesTheOldStore() throws IOException {
        CrashingBackend backend = powered(0);
        StorageHandle handle = backend.open("object", Set.of(READ, WRITE, CREATE));
        CrashingBackend next = backend.crash();
        assertThatThrownBy(() -> handle.pwrite(Bytes.buffer("x"), 0)).isInstanceOf(StorageException.class);
        assertThatThrownBy(() -> backend.open("object", Set.of(READ))).isInstanceOf(StorageException.class);
        assertThatThrownBy(backend::ping).isInstanceOf(StorageException.class);
        handle.abort();
        next.ping();
    }

    @Test
    void aSeedRepeatsWhatIsLeft() throws IOException {
        List<byte[]> outcomes = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            CrashingBackend backend = CrashingBackend.over(MemoryBackend.create(), new Random(seed.value()));
            StorageHandle handle = backend.open("object", Set.of(WRITE, CREATE));
            handle.sync();
            StorageContractBase.write(handle, Bytes.at(0, 100_000, 1), 0);
            outcomes.add(backend.crash().memory().snapshot("object"));
        }
        assertThat(outcomes.get(0)).isEqualTo(outcomes.get(1));
    }

    private CrashingBackend powered(int round) {
        return CrashingBackend.over(MemoryBackend.create(), seed.random(round));
    }
}
