package io.conveyor.spring.connection;

import io.conveyor.spring.ConveyorHdfsConnectionDetails;
import java.net.URI;
import org.springframework.boot.docker.compose.core.RunningService;
import org.springframework.boot.docker.compose.service.connection.DockerComposeConnectionDetailsFactory;
import org.springframework.boot.docker.compose.service.connection.DockerComposeConnectionSource;

/** Connects stores in HDFS to a name node as a service of Docker Compose; label it as such if other services use the same image. */
final class HdfsComposeConnectionDetailsFactory
        extends DockerComposeConnectionDetailsFactory<ConveyorHdfsConnectionDetails> {

    /** Where a name node listens unless told otherwise. */
    private static final int PORT = 8020;

    /** For Spring Boot. */
    HdfsComposeConnectionDetailsFactory() {
        super(HdfsComposeConnectionDetailsFactory::isNameNode);
    }

    private static boolean isNameNode(DockerComposeConnectionSource source) {
        RunningService service = source.getRunningService();
        return service.image().getName().endsWith("apache/hadoop")
                && service.ports().getAll().size() > 0
                && service.env().containsKey("ENSURE_NAMENODE_DIR");
    }

    @Override
    protected ConveyorHdfsConnectionDetails getDockerComposeConnectionDetails(DockerComposeConnectionSource source) {
        return new Details(source.getRunningService());
    }

    private static final class Details extends DockerComposeConnectionDetails implements ConveyorHdfsConnectionDetails {

        private final URI uri;

        Details(RunningService service) {
            super(service);
            this.uri = URI.create(
                    "hdfs://" + service.host() + ":" + service.ports().get(PORT));
        }

        @Override
        public URI getUri() {
            return uri;
        }
    }
}
