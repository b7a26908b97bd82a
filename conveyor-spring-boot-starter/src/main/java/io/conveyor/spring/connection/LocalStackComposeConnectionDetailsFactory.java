package io.conveyor.spring.connection;

import java.util.Map;
import org.springframework.boot.docker.compose.core.RunningService;

/** Connects stores on S3 to LocalStack as a service of Docker Compose. */
final class LocalStackComposeConnectionDetailsFactory extends S3ComposeConnectionDetailsFactory {

    private static final int PORT = 4566;

    /** For Spring Boot. */
    LocalStackComposeConnectionDetailsFactory() {
        super("localstack/localstack", "localstack/localstack-pro");
    }

    @Override
    S3Details details(RunningService service) {
        Map<String, String> env = environment(service);
        return new S3Details(
                endpoint(service, PORT),
                env.getOrDefault("AWS_DEFAULT_REGION", S3Details.REGION),
                env.getOrDefault("AWS_ACCESS_KEY_ID", "test"),
                env.getOrDefault("AWS_SECRET_ACCESS_KEY", "test"));
    }
}
