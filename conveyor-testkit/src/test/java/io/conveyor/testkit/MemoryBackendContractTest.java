package io.conveyor.testkit;

import io.conveyor.spi.StorageBackend;

/** The plain store in memory keeps the contract of backends. */
class MemoryBackendContractTest extends StorageBackendContract {

    @Override
    protected StorageBackend newBackend() {
        return MemoryBackend.create();
    }
}
