package io.conveyor.spring.connection;

import org.testcontainers.localstack.LocalStackContainer;

/** Connects stores on S3 to LocalStack in a container that is a {@code @ServiceConnection}. */
final class LocalStackContainerConnectionDetailsFactory
        extends S3ContainerConnectionDetailsFactory<LocalStackContainer> {

    /** For Spring Boot. */
    LocalStackContainerConnectionDetailsFactory() {}

    @Override
    S3Details details(LocalStackContainer container) {
        return new S3Details(
                container.getEndpoint(), container.getRegion(), container.getAccessKey(), container.getSecretKey());
    }
}
