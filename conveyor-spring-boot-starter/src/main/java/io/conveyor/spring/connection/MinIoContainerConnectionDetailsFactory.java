package io.conveyor.spring.connection;

import io.conveyor.spring.ConveyorS3ConnectionDetails;
import java.net.URI;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.testcontainers.service.connection.ContainerConnectionDetailsFactory;
import org.springframework.boot.testcontainers.service.connection.ContainerConnectionSource;
import org.testcontainers.containers.MinIOContainer;

/** Connects stores on S3 to MinIO in a container that is a {@code @ServiceConnection}. */
final class MinIoContainerConnectionDetailsFactory
        extends ContainerConnectionDetailsFactory<MinIOContainer, ConveyorS3ConnectionDetails> {

    /** For Spring Boot. */
    MinIoContainerConnectionDetailsFactory() {}

    @Override
    protected ConveyorS3ConnectionDetails getContainerConnectionDetails(
            ContainerConnectionSource<MinIOContainer> source) {
        return new Details(source);
    }

    private static final class Details extends ContainerConnectionDetails<MinIOContainer>
            implements ConveyorS3ConnectionDetails {

        Details(ContainerConnectionSource<MinIOContainer> source) {
            super(source);
        }

        private S3Details details() {
            MinIOContainer container = getContainer();
            return new S3Details(
                    URI.create(container.getS3URL()),
                    S3Details.REGION,
                    container.getUserName(),
                    container.getPassword());
        }

        @Override
        public URI getEndpoint() {
            return details().endpoint();
        }

        @Override
        public String getRegion() {
            return details().region();
        }

        @Override
        public String getAccessKeyId() {
            return details().accessKeyId();
        }

        @Override
        public String getSecretAccessKey() {
            return details().secretAccessKey();
        }

        @Override
        public @Nullable SslBundle getSslBundle() {
            return super.getSslBundle();
        }
    }
}
