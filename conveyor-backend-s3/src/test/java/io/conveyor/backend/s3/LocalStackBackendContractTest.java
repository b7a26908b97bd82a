package io.conveyor.backend.s3;

import io.conveyor.spi.StorageBackend;
import io.conveyor.testkit.StorageBackendContract;
import java.net.URI;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.junit.jupiter.Container;
import org.testcontainers.junit.jupiter.Testcontainers;
import org.testcontainers.utility.DockerImageName;

/** The contract on LocalStack, where there is Docker. Later images ask for an account. */
@Testcontainers(disabledWithoutDocker = true)
class LocalStackBackendContractTest extends StorageBackendContract {

    private static final int PORT = 4566;

    @Container
    private static final GenericContainer<?> LOCALSTACK = new GenericContainer<>(
                    DockerImageName.parse("localstack/localstack:4.12.0"))
            .withEnv("SERVICES", "s3")
            .withExposedPorts(PORT)
            .waitingFor(Wait.forHttp("/_localstack/health").forPort(PORT));

    @Override
    protected StorageBackend newBackend() throws Exception {
        return S3Backend.create(ContainerBuckets.options(
                        URI.create("http://" + LOCALSTACK.getHost() + ":" + LOCALSTACK.getMappedPort(PORT)),
                        "test",
                        "test")
                .singlePutBytes(5 << 20)
                .partBytes(5 << 20)
                .build());
    }

    @Override
    protected int largeBytes() {
        return (17 << 20) + 4321;
    }
}
