package io.conveyor.spring;

import java.net.URI;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.service.connection.ConnectionDetails;
import org.springframework.boot.ssl.SslBundle;

/**
 * How to reach S3. A bean of this type, such as one made for a container, comes before the properties {@code endpoint}, {@code region}, {@code
 * access-key-id}, {@code secret-access-key}, {@code session-token}, {@code path-style} and {@code ssl.bundle} of every store on S3, or of the one that it is qualified by. The bucket stays a matter of the properties.
 */
public interface ConveyorS3ConnectionDetails extends ConnectionDetails {

    /** Where the store is, without credentials in it; null for Amazon's. */
    default @Nullable URI getEndpoint() {
        return null;
    }

    /** The region, or null to look for it as the SDK does. */
    default @Nullable String getRegion() {
        return null;
    }

    /** The access key, or null to look for credentials as the SDK does. */
    default @Nullable String getAccessKeyId() {
        return null;
    }

    /** The secret that belongs to the access key. */
    default @Nullable String getSecretAccessKey() {
        return null;
    }

    /** Whether the bucket goes into the path rather than the host name. */
    default boolean isPathStyle() {
        return getEndpoint() != null;
    }

    /** Trust, keys, protocols and ciphers for TLS, or null for those of the JVM. */
    default @Nullable SslBundle getSslBundle() {
        return null;
    }
}
