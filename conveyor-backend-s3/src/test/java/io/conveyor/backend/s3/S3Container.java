package io.conveyor.backend.s3;

import java.net.URI;
import java.util.Map;
import java.util.UUID;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.utility.DockerImageName;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.services.s3.S3Client;

/** An S3 server in a container. */
final class S3Container extends GenericContainer<S3Container> {

    /** The last one that its makers published. */
    private static final String MINIO = "quay.io/minio/minio:RELEASE.2025-09-07T16-13-09Z";

    /** Later ones ask for an account. */
    private static final String LOCALSTACK = "localstack/localstack:4.12.0";

    private static final String USER = "conveyor";
    private static final String PASSWORD = "conveyor-tests";

    private final int port;

    private S3Container(String image, int port, String readyPath) {
        super(DockerImageName.parse(image));
        this.port = port;
        withExposedPorts(port);
        waitingFor(Wait.forHttp(readyPath).forPort(port));
    }

    static boolean minioIsHere() {
        return ContainerImages.isHere(MINIO);
    }

    static boolean localStackIsHere() {
        return ContainerImages.isHere(LOCALSTACK);
    }

    static S3Container minio() {
        return new S3Container(MINIO, 9000, "/minio/health/ready")
                .withEnv(Map.of("MINIO_ROOT_USER", USER, "MINIO_ROOT_PASSWORD", PASSWORD))
                .withCommand("server", "/data");
    }

    static S3Container localStack() {
        return new S3Container(LOCALSTACK, 4566, "/_localstack/health").withEnv("SERVICES", "s3");
    }

    /** Options for a bucket that nobody else uses, with parts and a single PUT as small as they may be. */
    S3Options.Builder options() {
        String bucket = "bucket-" + UUID.randomUUID();
        S3Options.Builder options = S3Options.builder(bucket)
                .endpoint(URI.create("http://" + getHost() + ":" + getMappedPort(port)))
                .credentials(StaticCredentialsProvider.create(AwsBasicCredentials.create(USER, PASSWORD)))
                .singlePutBytes(5 << 20)
                .partBytes(5 << 20);
        try (S3Client client = S3Clients.create(options.build())) {
            client.createBucket(request -> request.bucket(bucket));
        }
        return options;
    }
}
