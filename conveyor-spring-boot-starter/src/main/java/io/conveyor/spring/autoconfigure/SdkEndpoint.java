package io.conveyor.spring.autoconfigure;

import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The endpoint that the AWS SDKs take from their common settings. The SDK would find it, too, but not say so: and whether a store is Amazon's decides
 * about addressing and checksums.
 *
 * @param name where it is set
 * @param value the URL
 */
record SdkEndpoint(String name, String value) {

    static Optional<SdkEndpoint> find() {
        if (Boolean.parseBoolean(System.getenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"))
                || Boolean.getBoolean("aws.ignoreConfiguredEndpointUrls")) {
            return Optional.empty();
        }
        return Stream.of(
                        property("aws.endpointUrlS3"),
                        environment("AWS_ENDPOINT_URL_S3"),
                        property("aws.endpointUrl"),
                        environment("AWS_ENDPOINT_URL"))
                .flatMap(Optional::stream)
                .findFirst();
    }

    private static Optional<SdkEndpoint> property(String name) {
        return of("the system property " + name, System.getProperty(name));
    }

    private static Optional<SdkEndpoint> environment(String name) {
        return of("the environment variable " + name, System.getenv(name));
    }

    private static Optional<SdkEndpoint> of(String name, @Nullable String value) {
        return value == null || value.isBlank() ? Optional.empty() : Optional.of(new SdkEndpoint(name, value));
    }
}
