package io.conveyor.spring.connection;

import io.conveyor.spring.ConveyorS3ConnectionDetails;
import java.net.URI;
import java.util.Map;
import java.util.stream.Collectors;
import org.springframework.boot.docker.compose.core.RunningService;
import org.springframework.boot.docker.compose.service.connection.DockerComposeConnectionDetailsFactory;
import org.springframework.boot.docker.compose.service.connection.DockerComposeConnectionSource;

/** Connects stores on S3 to LocalStack as a service of Docker Compose. */
final class LocalStackComposeConnectionDetailsFactory
        extends DockerComposeConnectionDetailsFactory<ConveyorS3ConnectionDetails> {

    private static final int PORT = 4566;

    /** For Spring Boot. */
    LocalStackComposeConnectionDetailsFactory() {
        super(new String[] {"localstack/localstack", "localstack/localstack-pro"});
    }

    @Override
    protected ConveyorS3ConnectionDetails getDockerComposeConnectionDetails(DockerComposeConnectionSource source) {
        return new Details(source.getRunningService());
    }

    /** What the service says; where it says nothing about credentials, those of its image. */
    static S3Details details(RunningService service) {
        Map<String, String> env = service.env().entrySet().stream()
                .filter(entry -> entry.getValue() != null)
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
        return new S3Details(
                URI.create("http://" + service.host() + ":" + service.ports().get(PORT)),
                env.getOrDefault("AWS_DEFAULT_REGION", S3Details.REGION),
                env.getOrDefault("AWS_ACCESS_KEY_ID", "test"),
                env.getOrDefault("AWS_SECRET_ACCESS_KEY", "test"));
    }

    private static final class Details extends DockerComposeConnectionDetails implements ConveyorS3ConnectionDetails {

        private final S3Details details;

        Details(RunningService service) {
            super(service);
            this.details = details(service);
        }

        @Override
        public URI getEndpoint() {
            return details.endpoint();
        }

        @Override
        public String getRegion() {
            return details.region();
        }

        @Override
        public String getAccessKeyId() {
            return details.accessKeyId();
        }

        @Override
        public String getSecretAccessKey() {
            return details.secretAccessKey();
        }
    }
}
