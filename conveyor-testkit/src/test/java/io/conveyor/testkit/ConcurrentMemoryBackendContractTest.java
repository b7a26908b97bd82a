package io.conveyor.testkit;

import io.conveyor.spi.StorageBackend;
import io.conveyor.spi.StorageCapabilities;

/** So does one that takes several writes at a time, knows holes, pins its readers and limits its objects. */
class ConcurrentMemoryBackendContractTest extends StorageBackendContract {

    @Override
    protected StorageBackend newBackend() {
        return MemoryBackend.builder()
                .capabilities(StorageCapabilities.builder()
                        .maxConcurrentWrites(4)
                        .maxConcurrentReads(8)
                        .pinnedReads(true)
                        .maxObjectBytes(1L << 40)
                        .build())
                .knowsHoles(true)
                .build();
    }
}
