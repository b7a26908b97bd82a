package io.conveyor.testkit;

import io.conveyor.spi.StorageBackend;
import io.conveyor.spi.StorageCapabilities;
import io.conveyor.spi.StorageCapabilities.FlushEffect;
import io.conveyor.spi.StorageCapabilities.SyncEffect;

/** So does one that publishes whole versions under a condition, as S3 does. */
class VersionedMemoryBackendContractTest extends StorageBackendContract {

    @Override
    protected StorageBackend newBackend() {
        return MemoryBackend.withCapabilities(StorageCapabilities.builder()
                .maxConcurrentWrites(4)
                .atomicCommit(true)
                .flushEffect(FlushEffect.COMMIT)
                .syncEffect(SyncEffect.NONE)
                .pinnedReads(true)
                .build());
    }
}
