package io.conveyor.backend.s3;

import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOptions;
import io.conveyor.core.Conveyors;
import io.conveyor.spi.StorageBackend;
import io.conveyor.testkit.ConveyorContract;
import org.junit.jupiter.api.condition.EnabledIf;
import org.testcontainers.junit.jupiter.Container;
import org.testcontainers.junit.jupiter.Testcontainers;

/** The contract of conveyors on LocalStack, where a container engine has its image. */
@EnabledIf(
        value = "io.conveyor.backend.s3.S3Container#localStackIsHere",
        disabledReason = "there is no container engine, or no image of LocalStack")
@Testcontainers
class LocalStackConveyorContractTest extends ConveyorContract {

    @Container
    private static final S3Container SERVER = S3Container.localStack();

    @Override
    protected StorageBackend newBackend() throws Exception {
        return S3Backend.create(SERVER.options().build());
    }

    @Override
    protected ConveyorFactory newFactory(StorageBackend backend, ConveyorOptions options) {
        return Conveyors.builder(backend).options(options).build();
    }
}
