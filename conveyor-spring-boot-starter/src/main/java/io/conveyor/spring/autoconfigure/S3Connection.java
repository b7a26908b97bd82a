package io.conveyor.spring.autoconfigure;

import io.conveyor.backend.s3.S3Options;
import io.conveyor.spring.ConveyorS3ConnectionDetails;
import java.net.URI;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.hc.client5.http.ssl.TlsSocketStrategy;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.ssl.NoSuchSslBundleException;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundles;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.providers.AwsProfileRegionProvider;
import software.amazon.awssdk.regions.providers.AwsRegionProvider;
import software.amazon.awssdk.regions.providers.AwsRegionProviderChain;
import software.amazon.awssdk.regions.providers.SystemSettingsRegionProvider;

/**
 * How to reach S3: connection details first, then properties, then the application's beans, then what the SDK finds in the environment. Nothing here
 * asks the network; in particular not the instance metadata for a region, which would hold up the start of every application outside a cloud.
 */
final class S3Connection {

    private final StoreDefinition store;
    private final S3Properties properties;
    private final @Nullable ConveyorS3ConnectionDetails details;
    private final StoreBeans beans;

    private S3Connection(StoreDefinition store, StoreBeans beans) {
        this.store = store;
        this.properties = store.properties().getS3();
        this.details = beans.find(ConveyorS3ConnectionDetails.class);
        this.beans = beans;
    }

    static S3Connection of(StoreBeans beans) {
        return new S3Connection(beans.store(), beans);
    }

    /** Whether details or properties say how to connect. */
    boolean isGiven() {
        return details != null
                || properties.getPathStyle() != null
                || Stream.of(
                                properties.getEndpoint(),
                                properties.getRegion(),
                                properties.getAccessKeyId(),
                                properties.getSecretAccessKey(),
                                properties.getSessionToken(),
                                properties.getSsl().getBundle())
                        .anyMatch(value -> NonBlank.orNull(value) != null);
    }

    /** Sets what is not a matter of {@link #endpoint()} and {@link #region()}. */
    void applyTo(S3Options.Builder options, @Nullable URI endpoint) {
        options.credentials(credentials());
        if (details != null) {
            options.pathStyle(details.isPathStyle());
        } else if (properties.getPathStyle() != null) {
            options.pathStyle(properties.getPathStyle());
        }
        SslBundle bundle = sslBundle();
        if (bundle != null) {
            requireTls(endpoint);
            TlsSocketStrategy tls = S3Tls.of(
                    bundle, details != null ? details.getClass().getSimpleName() : store.property("s3.ssl.bundle"));
            options.httpClientCustomizer(http -> http.tlsSocketStrategy(tls));
        }
    }

    /** A bundle says that the way is to be secure; details know what they do. */
    private void requireTls(@Nullable URI endpoint) {
        if (details == null && endpoint != null && "http".equalsIgnoreCase(endpoint.getScheme())) {
            throw new IllegalArgumentException(store.property("s3.ssl.bundle") + " is set, but the endpoint at "
                    + endpoint.getHost() + " is http, without TLS: make it https, or leave the bundle out");
        }
    }

    // ---------------------------------------------------------------- where

    /** Where the store is, as far as is said here; null for Amazon's, or if only the client will know. */
    @Nullable
    URI endpoint() {
        if (details != null) {
            return details.getEndpoint();
        }
        String own = NonBlank.orNull(properties.getEndpoint());
        return own != null
                ? uri(store.property("s3.endpoint"), own)
                : SdkEndpoint.find()
                        .map(found -> uri(found.name(), found.value()))
                        .orElse(null);
    }

    /** Without the value in the message: it may have a password in it. */
    private static URI uri(String name, String value) {
        URI uri = null;
        try {
            uri = URI.create(value.strip());
        } catch (IllegalArgumentException noUri) {
            // said below
        }
        if (uri == null || uri.getHost() == null || uri.getUserInfo() != null) {
            throw new IllegalArgumentException(
                    name + " is no URI, has no host, or has credentials in it; expected is https://host:port");
        }
        return uri;
    }

    /** The region, as far as is said here; null if it is nowhere. */
    @Nullable
    String region() {
        String given = NonBlank.orNull(details != null ? details.getRegion() : properties.getRegion());
        if (given != null) {
            return given;
        }
        AwsRegionProvider own = beans.find(AwsRegionProvider.class);
        Region found = foundBy(own != null ? own : environment());
        return found == null ? null : found.id();
    }

    private static AwsRegionProvider environment() {
        return new AwsRegionProviderChain(new SystemSettingsRegionProvider(), new AwsProfileRegionProvider());
    }

    private static @Nullable Region foundBy(AwsRegionProvider provider) {
        try {
            return provider.getRegion();
        } catch (SdkClientException nowhere) {
            return null;
        }
    }

    // ---------------------------------------------------------------- as whom

    private @Nullable AwsCredentialsProvider credentials() {
        String id = NonBlank.orNull(details != null ? details.getAccessKeyId() : properties.getAccessKeyId());
        String secret =
                NonBlank.orNull(details != null ? details.getSecretAccessKey() : properties.getSecretAccessKey());
        String token = NonBlank.orNull(details != null ? null : properties.getSessionToken());
        if (id == null && secret == null && token == null) {
            return beans.find(AwsCredentialsProvider.class);
        }
        if (id == null || secret == null) {
            throw new IllegalArgumentException(store.property("s3.access-key-id") + " and "
                    + store.property("s3.secret-access-key")
                    + " go together; without both, credentials are looked for as the SDK does");
        }
        return StaticCredentialsProvider.create(
                token == null
                        ? AwsBasicCredentials.create(id, secret)
                        : AwsSessionCredentials.create(id, secret, token));
    }

    private @Nullable SslBundle sslBundle() {
        if (details != null) {
            return details.getSslBundle();
        }
        String name = NonBlank.orNull(properties.getSsl().getBundle());
        if (name == null) {
            return null;
        }
        SslBundles bundles = beans.beans().getBean(SslBundles.class);
        try {
            return bundles.getBundle(name);
        } catch (NoSuchSslBundleException absent) {
            throw new IllegalArgumentException(
                    store.property("s3.ssl.bundle") + " is '" + name
                            + "', and there is no SSL bundle of that name below spring.ssl.bundle; there are "
                            + new TreeSet<>(bundles.getBundleNames()),
                    absent);
        }
    }
}
