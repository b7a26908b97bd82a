package io.conveyor.spring.connection;

import java.net.URI;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.ssl.SslBundle;

/**
 * How to reach an S3 store in a container.
 *
 * @param endpoint where it listens
 * @param region what it calls itself
 * @param accessKeyId its user
 * @param secretAccessKey that user's password
 */
record S3Details(URI endpoint, String region, String accessKeyId, String secretAccessKey) {

    /** The region of stores that have none. */
    static final String REGION = "us-east-1";

    /** Where it listens; whoever gives a bundle for it says that it does so over TLS. */
    URI endpoint(@Nullable SslBundle bundle) {
        return bundle == null ? endpoint : URI.create(endpoint.toString().replaceFirst("^http:", "https:"));
    }

    /** Where, not with whose credentials. */
    @Override
    public String toString() {
        return "S3Details[" + endpoint + ", " + region + "]";
    }
}
