package io.conveyor.core;

import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOptions;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spi.StorageCapabilities;
import io.conveyor.spi.StorageCapabilities.FlushEffect;
import io.conveyor.spi.StorageCapabilities.ReleasePoint;
import io.conveyor.spi.StorageCapabilities.SyncEffect;
import io.conveyor.testkit.ConveyorContract;
import io.conveyor.testkit.MemoryBackend;

/** The engine keeps its promises where a flush may wait beside appends, as on HDFS. */
class OpenPipelineConveyorContractTest extends ConveyorContract {

    @Override
    protected StorageBackend newBackend() {
        return MemoryBackend.withCapabilities(StorageCapabilities.builder()
                .appendsOnly(true)
                .releaseAt(ReleasePoint.FLUSH)
                .flushEffect(FlushEffect.VISIBLE)
                .flushesBesideAppends(true)
                .syncEffect(SyncEffect.REPEATABLE)
                .build());
    }

    @Override
    protected ConveyorFactory newFactory(StorageBackend backend, ConveyorOptions options) {
        return Conveyors.builder(backend).options(options).build();
    }
}
