package io.conveyor.core;

import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOptions;
import io.conveyor.spi.StorageBackend;
import io.conveyor.testkit.ConveyorContract;
import io.conveyor.testkit.MemoryBackend;

/**
 * The engine keeps its promises on a store that publishes whole versions, takes several writes at a time, and whose reads run on workers: as S3 does.
 */
class PublishingStoreConveyorContractTest extends ConveyorContract {

    @Override
    protected StorageBackend newBackend() {
        return MemoryBackend.withCapabilities(PublishingStore.CAPABILITIES);
    }

    @Override
    protected ConveyorFactory newFactory(StorageBackend backend, ConveyorOptions options) {
        return Conveyors.builder(backend).options(options).build();
    }
}
