package io.conveyor.spring.connection;

import io.conveyor.spring.ConveyorHdfsConnectionDetails;
import java.net.URI;
import org.springframework.boot.testcontainers.service.connection.ContainerConnectionDetailsFactory;
import org.springframework.boot.testcontainers.service.connection.ContainerConnectionSource;
import org.testcontainers.containers.Container;

/** Connects stores in HDFS to a name node in a container that is a {@code @ServiceConnection(name = "apache/hadoop")}. */
final class HdfsContainerConnectionDetailsFactory
        extends ContainerConnectionDetailsFactory<Container<?>, ConveyorHdfsConnectionDetails> {

    /** Where a name node listens unless told otherwise. */
    private static final int PORT = 8020;

    /** For Spring Boot. */
    HdfsContainerConnectionDetailsFactory() {
        super("apache/hadoop");
    }

    @Override
    protected ConveyorHdfsConnectionDetails getContainerConnectionDetails(
            ContainerConnectionSource<Container<?>> source) {
        return new Details(source);
    }

    private static final class Details extends ContainerConnectionDetails<Container<?>>
            implements ConveyorHdfsConnectionDetails {

        Details(ContainerConnectionSource<Container<?>> source) {
            super(source);
        }

        @Override
        public URI getUri() {
            return URI.create(
                    "hdfs://" + getContainer().getHost() + ":" + getContainer().getMappedPort(PORT));
        }
    }
}
