package io.conveyor.core;

import io.conveyor.spi.StorageCapabilities;
import io.conveyor.spi.StorageCapabilities.FlushEffect;
import io.conveyor.spi.StorageCapabilities.SyncEffect;

/** A store that publishes whole versions, as S3 does: a flush commits, and whoever reads keeps the version that was opened. */
public final class PublishingStore {

    public static final StorageCapabilities CAPABILITIES = StorageCapabilities.builder()
            .maxConcurrentWrites(4)
            .atomicCommit(true)
            .flushEffect(FlushEffect.COMMIT)
            .syncEffect(SyncEffect.NONE)
            .pinnedReads(true)
            .build();

    private PublishingStore() {}
}
