package io.conveyor.core;

import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOptions;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spi.StorageCapabilities;
import io.conveyor.spi.StorageCapabilities.FlushEffect;
import io.conveyor.spi.StorageCapabilities.SyncEffect;
import io.conveyor.testkit.ConveyorContract;
import io.conveyor.testkit.MemoryBackend;

/**
 * The engine keeps its promises on a store that publishes whole versions, takes several writes at a time, and whose reads run on workers: as S3 does.
 */
class PublishingStoreConveyorContractTest extends ConveyorContract {

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

    @Override
    protected ConveyorFactory newFactory(StorageBackend backend, ConveyorOptions options) {
        return Conveyors.builder(backend).options(options).build();
    }
}
