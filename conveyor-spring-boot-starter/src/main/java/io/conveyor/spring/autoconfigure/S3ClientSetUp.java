package io.conveyor.spring.autoconfigure;

import io.conveyor.spring.ConveyorS3ClientBuilderCustomizer;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkServiceClientConfiguration;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.S3ServiceClientConfiguration;

/**
 * The last steps before a client is built: the application's customizers, and then a look at where the client would go. A customizer may have said so, or a
 * profile of the SDK; and whether a store is Amazon's decides about addressing, checksums, copies and sizes.
 *
 * @param store whose client it is
 * @param customizers of the application, in their order
 * @param endpoint the one that the builder has been given; null for none
 * @param hasRegion whether the builder has been given a region
 */
record S3ClientSetUp(
        StoreDefinition store,
        List<ConveyorS3ClientBuilderCustomizer> customizers,
        @Nullable URI endpoint,
        boolean hasRegion) {

    /** Without one the SDK would look for a region in the metadata of an instance, over the network. */
    private static final Region NONE = Region.of("none");

    /**
     * Customizes the builder.
     *
     * <p>What it builds, unless that is refused by {@link GoesElsewhereException}, goes to the endpoint that the builder has been given, or to Amazon. Without a
     * region it is refused by an {@code IllegalArgumentException}.
     */
    void apply(S3ClientBuilder builder) {
        if (!hasRegion) {
            builder.region(NONE);
        }
        customizers.forEach(customizer -> customizer.customize(builder, store.name()));
        builder.addPlugin(this::check);
    }

    private void check(SdkServiceClientConfiguration.Builder any) {
        S3ServiceClientConfiguration.Builder client = (S3ServiceClientConfiguration.Builder) any;
        URI actual = client.endpointOverride();
        if (actual != null && !actual.equals(endpoint)) {
            throw new GoesElsewhereException(actual);
        }
        if (NONE.equals(client.region())) {
            throw new IllegalArgumentException(
                    "no region is known: set " + store.property("s3.region")
                            + " or the environment variable AWS_REGION, name one in a profile, or make an AwsRegionProvider bean");
        }
    }

    /** Nothing was built: the client would go to an endpoint that was not known, and has to be set up for that. */
    static final class GoesElsewhereException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private final URI endpoint;

        private GoesElsewhereException(URI endpoint) {
            super("the client goes to " + endpoint.getHost());
            this.endpoint = endpoint;
        }

        URI endpoint() {
            return endpoint;
        }
    }
}
