package io.conveyor.testkit;

import io.conveyor.spi.StorageBackend;
import io.conveyor.spi.StorageCapabilities;
import io.conveyor.spi.StorageCapabilities.FlushEffect;
import io.conveyor.spi.StorageCapabilities.ReleasePoint;
import io.conveyor.spi.StorageCapabilities.SyncEffect;

/** So does one that shows bytes when they are flushed, and answers for them only then, as HDFS does. */
class FlushingMemoryBackendContractTest extends StorageBackendContract {

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
}
