package io.conveyor.backend.s3;

import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;

/** Makes the SDK's client. */
final class S3Clients {

    /** Twice what one handle uses for reading and writing, and the commits, but enough for a number of handles. */
    private static final int CONNECTIONS = 160;

    private static final Duration ACQUIRE = Duration.ofSeconds(60);
    private static final Duration IDLE = Duration.ofSeconds(60);
    private static final Duration LIFE = Duration.ofMinutes(5);

    private S3Clients() {}

    static S3Client create(S3Options options) {
        Apache5HttpClient.Builder http = Apache5HttpClient.builder()
                .maxConnections(CONNECTIONS)
                .connectionAcquisitionTimeout(ACQUIRE)
                .connectionMaxIdleTime(IDLE)
                .connectionTimeToLive(LIFE)
                .connectionTimeout(options.connectTimeout)
                .socketTimeout(options.noProgressTimeout);
        options.httpClientCustomizer.accept(http);
        S3ClientBuilder client = S3Client.builder()
                .httpClientBuilder(http)
                .forcePathStyle(options.pathStyle)
                // Each body has the checksum that the options name, in a header; the SDK adds none of its own.
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                // A publishing request must not be repeated before it is known what became of it.
                .overrideConfiguration(override -> override.retryStrategy(AwsRetryStrategy.doNotRetry()));
        client.putAuthScheme(new S3SignedHeaders(options.signBodies));
        URI endpoint = options.endpoint;
        if (endpoint != null) {
            client.endpointOverride(endpoint);
        }
        String region = region(options);
        if (region != null) {
            client.region(Region.of(region));
        }
        AwsCredentialsProvider credentials = options.credentials;
        if (credentials != null) {
            client.credentialsProvider(credentials);
        }
        options.clientCustomizer.accept(client);
        return client.build();
    }

    private static @Nullable String region(S3Options options) {
        if (options.region != null) {
            return options.region;
        }
        return options.endpoint == null ? null : Region.US_EAST_1.id();
    }
}
