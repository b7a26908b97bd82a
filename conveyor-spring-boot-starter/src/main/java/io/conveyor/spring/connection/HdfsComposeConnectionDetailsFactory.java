package io.conveyor.spring.connection;

import io.conveyor.spring.ConveyorHdfsConnectionDetails;
import java.net.URI;
import org.springframework.boot.docker.compose.core.ImageReference;
import org.springframework.boot.docker.compose.core.RunningService;
import org.springframework.boot.docker.compose.service.connection.DockerComposeConnectionDetailsFactory;
import org.springframework.boot.docker.compose.service.connection.DockerComposeConnectionSource;

/**
 * Connects stores in HDFS to a name node as a service of Docker Compose: the one whose directory the image is told to format, since datanodes are
 * services of the same image; or, whatever its image, the one that has the label of a service connection.
 */
final class HdfsComposeConnectionDetailsFactory
        extends DockerComposeConnectionDetailsFactory<ConveyorHdfsConnectionDetails> {

    /** Where a name node listens unless told otherwise. */
    private static final int PORT = 8020;

    private static final String IMAGE = "apache/hadoop";
    private static final String LABEL = "org.springframework.boot.service-connection";

    /** For Spring Boot. */
    HdfsComposeConnectionDetailsFactory() {
        super(source -> isNameNode(source.getRunningService()));
    }

    static boolean isNameNode(RunningService service) {
        String label = service.labels().get(LABEL);
        return label != null
                ? ImageReference.of(label).getName().equals(IMAGE)
                : service.image().getName().equals(IMAGE) && service.env().containsKey("ENSURE_NAMENODE_DIR");
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
