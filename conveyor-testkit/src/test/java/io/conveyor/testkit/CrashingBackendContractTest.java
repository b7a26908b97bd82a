package io.conveyor.testkit;

import io.conveyor.spi.StorageBackend;

/** Until its power fails, a crashing store is a store like any other. */
class CrashingBackendContractTest extends StorageBackendContract {

    @Override
    protected StorageBackend newBackend() {
        return CrashingBackend.over(MemoryBackend.create(), Seed.current().random());
    }
}
