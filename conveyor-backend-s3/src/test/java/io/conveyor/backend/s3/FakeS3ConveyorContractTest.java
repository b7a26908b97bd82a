package io.conveyor.backend.s3;

import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOptions;
import io.conveyor.core.Conveyors;
import io.conveyor.spi.StorageBackend;
import io.conveyor.testkit.ConveyorContract;
import java.io.IOException;

/** The engine keeps its promises on S3: on the store in memory, whose conditions are atomic. */
class FakeS3ConveyorContractTest extends ConveyorContract {

    @Override
    protected StorageBackend newBackend() throws IOException {
        return S3Backend.create(S3Fixture.options().client(new FakeS3()).build());
    }

    @Override
    protected ConveyorFactory newFactory(StorageBackend backend, ConveyorOptions options) {
        return Conveyors.builder(backend).options(options).build();
    }
}
