package io.conveyor.spring.connection;

import java.util.Map;
import org.springframework.boot.docker.compose.core.RunningService;

/** Connects stores on S3 to MinIO as a service of Docker Compose. */
final class MinIoComposeConnectionDetailsFactory extends S3ComposeConnectionDetailsFactory {

    private static final int PORT = 9000;

    /** For Spring Boot. */
    MinIoComposeConnectionDetailsFactory() {
        super("minio/minio", "bitnami/minio");
    }

    @Override
    S3Details details(RunningService service) {
        Map<String, String> env = environment(service);
        return new S3Details(
                endpoint(service, PORT),
                S3Details.REGION,
                env.getOrDefault("MINIO_ROOT_USER", "minioadmin"),
                env.getOrDefault("MINIO_ROOT_PASSWORD", "minioadmin"));
    }
}
