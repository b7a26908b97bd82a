package io.conveyor.spring.connection;

import java.net.URI;
import org.testcontainers.containers.MinIOContainer;

/** Connects stores on S3 to MinIO in a container that is a {@code @ServiceConnection}. */
final class MinIoContainerConnectionDetailsFactory extends S3ContainerConnectionDetailsFactory<MinIOContainer> {

    /** For Spring Boot. */
    MinIoContainerConnectionDetailsFactory() {}

    @Override
    S3Details details(MinIOContainer container) {
        return new S3Details(
                URI.create(container.getS3URL()), S3Details.REGION, container.getUserName(), container.getPassword());
    }
}
