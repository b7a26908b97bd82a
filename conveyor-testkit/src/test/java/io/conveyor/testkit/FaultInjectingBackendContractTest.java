package io.conveyor.testkit;

import io.conveyor.spi.StorageBackend;

/** With a plan by which nothing goes wrong, nothing goes wrong. */
class FaultInjectingBackendContractTest extends StorageBackendContract {

    @Override
    protected StorageBackend newBackend() {
        return FaultInjectingBackend.over(MemoryBackend.create(), FaultPlan.create());
    }
}
