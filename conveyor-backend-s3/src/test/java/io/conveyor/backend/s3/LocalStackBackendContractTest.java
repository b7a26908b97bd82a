package io.conveyor.backend.s3;

import io.conveyor.spi.StorageBackend;
import io.conveyor.testkit.StorageBackendContract;
import org.junit.jupiter.api.condition.EnabledIf;
import org.testcontainers.junit.jupiter.Container;
import org.testcontainers.junit.jupiter.Testcontainers;

/** The contract of backends on LocalStack, where a container engine has its image. */
@EnabledIf(
        value = "io.conveyor.backend.s3.S3Container#localStackIsHere",
        disabledReason = "there is no container engine, or no image of LocalStack")
@Testcontainers
class LocalStackBackendContractTest extends StorageBackendContract {

    @Container
    private static final S3Container SERVER = S3Container.localStack();

    @Override
    protected StorageBackend newBackend() throws Exception {
        return S3Backend.create(SERVER.options().build());
    }

    @Override
    protected int largeBytes() {
        return (17 << 20) + 4321;
    }

    /** S3 has no holes: the zeros are sent. */
    @Override
    protected boolean holesAreFree() {
        return false;
    }
}
