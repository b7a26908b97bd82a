package io.conveyor.backend.s3;

import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOptions;
import io.conveyor.core.Conveyors;
import io.conveyor.spi.StorageBackend;
import io.conveyor.testkit.ConveyorContract;
import org.testcontainers.junit.jupiter.Container;
import org.testcontainers.junit.jupiter.Testcontainers;

/** The contract of conveyors on MinIO, where there is Docker. */
@Testcontainers(disabledWithoutDocker = true)
class MinioConveyorContractTest extends ConveyorContract {

    @Container
    private static final S3Container SERVER = S3Container.minio();

    @Override
    protected StorageBackend newBackend() throws Exception {
        return S3Backend.create(SERVER.options().build());
    }

    @Override
    protected ConveyorFactory newFactory(StorageBackend backend, ConveyorOptions options) {
        return Conveyors.builder(backend).options(options).build();
    }
}
