package io.conveyor.spring.connection;

import io.conveyor.spring.ConveyorS3ConnectionDetails;
import java.net.URI;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.docker.compose.core.RunningService;
import org.springframework.boot.docker.compose.service.connection.DockerComposeConnectionDetailsFactory;
import org.springframework.boot.docker.compose.service.connection.DockerComposeConnectionSource;
import org.springframework.boot.ssl.SslBundle;

/** Connects stores on S3 to a service of Docker Compose; which one, and what it says of itself, a subclass knows. */
abstract class S3ComposeConnectionDetailsFactory
        extends DockerComposeConnectionDetailsFactory<ConveyorS3ConnectionDetails> {

    S3ComposeConnectionDetailsFactory(String... images) {
        super(images);
    }

    /** What the service says; where it says nothing about credentials, those of its image. */
    abstract S3Details details(RunningService service);

    /** Where a port of the service is reached. */
    static URI endpoint(RunningService service, int port) {
        return URI.create("http://" + service.host() + ":" + service.ports().get(port));
    }

    /** The environment of the service, but for variables without a value. */
    static Map<String, String> environment(RunningService service) {
        return service.env().entrySet().stream()
                .filter(entry -> entry.getValue() != null)
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    @Override
    protected ConveyorS3ConnectionDetails getDockerComposeConnectionDetails(DockerComposeConnectionSource source) {
        return connectionTo(source.getRunningService());
    }

    /** How to reach the service. */
    ConveyorS3ConnectionDetails connectionTo(RunningService service) {
        return new Details(service, details(service));
    }

    private static final class Details extends DockerComposeConnectionDetails implements ConveyorS3ConnectionDetails {

        private final S3Details details;
        private final @Nullable SslBundle bundle;

        Details(RunningService service, S3Details details) {
            super(service);
            this.details = details;
            this.bundle = getSslBundle(service);
        }

        @Override
        public URI getEndpoint() {
            return details.endpoint(bundle);
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

        @Override
        public @Nullable SslBundle getSslBundle() {
            return bundle;
        }
    }
}
