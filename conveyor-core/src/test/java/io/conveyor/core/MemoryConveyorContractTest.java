package io.conveyor.core;

import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOptions;
import io.conveyor.spi.StorageBackend;
import io.conveyor.testkit.ConveyorContract;
import io.conveyor.testkit.MemoryBackend;

/** The engine keeps its promises on a store in memory that is visible at once, as a local file is. */
class MemoryConveyorContractTest extends ConveyorContract {

    @Override
    protected StorageBackend newBackend() {
        return MemoryBackend.create();
    }

    @Override
    protected ConveyorFactory newFactory(StorageBackend backend, ConveyorOptions options) {
        return Conveyors.builder(backend).options(options).build();
    }
}
