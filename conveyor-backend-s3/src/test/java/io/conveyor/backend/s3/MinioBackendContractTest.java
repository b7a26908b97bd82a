package io.conveyor.backend.s3;

import io.conveyor.spi.StorageBackend;
import io.conveyor.testkit.StorageBackendContract;
import java.net.URI;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.junit.jupiter.Container;
import org.testcontainers.junit.jupiter.Testcontainers;
import org.testcontainers.utility.DockerImageName;

/** The contract on a MinIO server, where there is Docker. The image is the last one that its makers published. */
@Testcontainers(disabledWithoutDocker = true)
class MinioBackendContractTest extends StorageBackendContract {

    private static final int PORT = 9000;
    private static final String USER = "conveyor";
    private static final String PASSWORD = "conveyor-tests";

    @Container
    private static final GenericContainer<?> MINIO = new GenericContainer<>(
                    DockerImageName.parse("quay.io/minio/minio:RELEASE.2025-09-07T16-13-09Z"))
            .withEnv("MINIO_ROOT_USER", USER)
            .withEnv("MINIO_ROOT_PASSWORD", PASSWORD)
            .withCommand("server", "/data")
            .withExposedPorts(PORT)
            .waitingFor(Wait.forHttp("/minio/health/ready").forPort(PORT));

    @Override
    protected StorageBackend newBackend() throws Exception {
        return S3Backend.create(ContainerBuckets.options(
                        URI.create("http://" + MINIO.getHost() + ":" + MINIO.getMappedPort(PORT)), USER, PASSWORD)
                .singlePutBytes(5 << 20)
                .partBytes(5 << 20)
                .build());
    }

    @Override
    protected int largeBytes() {
        return (17 << 20) + 4321;
    }
}
