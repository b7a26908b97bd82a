package io.conveyor.spring.connection;

import io.conveyor.spring.ConveyorS3ConnectionDetails;
import java.net.URI;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.testcontainers.service.connection.ContainerConnectionDetailsFactory;
import org.springframework.boot.testcontainers.service.connection.ContainerConnectionSource;
import org.testcontainers.containers.Container;

/** Connects stores on S3 to a container that is a {@code @ServiceConnection}; what it says of itself a subclass knows. */
abstract class S3ContainerConnectionDetailsFactory<C extends Container<?>>
        extends ContainerConnectionDetailsFactory<C, ConveyorS3ConnectionDetails> {

    /** What the container says, which runs. */
    abstract S3Details details(C container);

    @Override
    protected ConveyorS3ConnectionDetails getContainerConnectionDetails(ContainerConnectionSource<C> source) {
        return new Details<>(source, this::details);
    }

    private static final class Details<C extends Container<?>> extends ContainerConnectionDetails<C>
            implements ConveyorS3ConnectionDetails {

        private final Function<C, S3Details> details;

        Details(ContainerConnectionSource<C> source, Function<C, S3Details> details) {
            super(source);
            this.details = details;
        }

        private S3Details details() {
            return details.apply(getContainer());
        }

        @Override
        public URI getEndpoint() {
            return details().endpoint(getSslBundle());
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
