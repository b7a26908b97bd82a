package io.conveyor.testkit;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.spi.StorageCapabilities;
import io.conveyor.spi.StorageCapabilities.FlushEffect;
import io.conveyor.spi.StorageCapabilities.ReleasePoint;
import io.conveyor.spi.StorageCapabilities.SyncEffect;
import org.junit.jupiter.api.Test;

/** Capabilities that contradict each other are refused, with the reason. */
class StorageCapabilitiesTest {

    @Test
    void appendsGoOneAtATime() {
        assertThatThrownBy(() -> StorageCapabilities.builder()
                        .appendsOnly(true)
                        .maxConcurrentWrites(2)
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("maxConcurrentWrites 2 with appendsOnly");
    }

    @Test
    void whoReadsOnTheCallersThreadIsNotKeptInLine() {
        assertThatThrownBy(() -> StorageCapabilities.builder()
                        .continuesReads(true)
                        .interruptSafeReads(true)
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("continuesReads with interruptSafeReads");
    }

    @Test
    void whatIsPublishedAsOneVersionTakesNothingBesideItsFlush() {
        StorageCapabilities.Builder beside = StorageCapabilities.builder().flushesBesideAppends(true);

        assertThatThrownBy(() -> beside.flushEffect(FlushEffect.COMMIT).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("flushesBesideAppends with flushEffect COMMIT");
        assertThatThrownBy(() -> beside.atomicCommit(true).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("flushesBesideAppends with atomicCommit");
    }

    @Test
    void whatIsKeptUntilItIsPublishedCannotBeLostByASync() {
        StorageCapabilities.Builder lossy = StorageCapabilities.builder().syncEffect(SyncEffect.FSYNC);

        assertThatThrownBy(() -> lossy.releaseAt(ReleasePoint.FLUSH).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("FSYNC with releaseAt FLUSH");
        assertThatThrownBy(() ->
                        lossy.releaseAt(ReleasePoint.WRITE).atomicCommit(true).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("FSYNC with atomicCommit");
    }
}
