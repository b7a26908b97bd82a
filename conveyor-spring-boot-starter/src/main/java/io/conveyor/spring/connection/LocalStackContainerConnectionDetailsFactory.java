package io.conveyor.spring.connection;

import io.conveyor.spring.ConveyorS3ConnectionDetails;
import java.net.URI;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.testcontainers.service.connection.ContainerConnectionDetailsFactory;
import org.springframework.boot.testcontainers.service.connection.ContainerConnectionSource;
import org.testcontainers.localstack.LocalStackContainer;

/** Connects stores on S3 to LocalStack in a container that is a {@code @ServiceConnection}. */
final class LocalStackContainerConnectionDetailsFactory
        extends ContainerConnectionDetailsFactory<LocalStackContainer, ConveyorS3ConnectionDetails> {

    /** For Spring Boot. */
    LocalStackContainerConnectionDetailsFactory() {}

    @Override
    protected ConveyorS3ConnectionDetails getContainerConnectionDetails(
            ContainerConnectionSource<LocalStackContainer> source) {
        return new Details(source);
    }

    private static final class Details extends ContainerConnectionDetails<LocalStackContainer>
            implements ConveyorS3ConnectionDetails {

        Details(ContainerConnectionSource<LocalStackContainer> source) {
            super(source);
        }

        private S3Details details() {
            LocalStackContainer container = getContainer();
            return new S3Details(
                    container.getEndpoint(), container.getRegion(), container.getAccessKey(), container.getSecretKey());
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
