package io.conveyor.benchmarks.s3;

import java.net.URI;
import java.nio.file.Path;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * Where the objects are.
 *
 * @param endpoint the server, spoken to over plain HTTP, the bucket in the path
 * @param bucket where the objects are
 * @param scratch a folder for files of a contender's own
 */
public record S3Address(URI endpoint, String bucket, Path scratch) {

    /** The access key's id. */
    public static final String ID = "conveyor";

    /** Its secret, which nothing but the benchmark's own server, and one that was started for it, knows. */
    public static final String SECRET = "a-secret-of-the-benchmarks";

    /** What every contender may have at once, and more than it needs. */
    private static final int CONNECTIONS = 160;

    /** For the SDK's clients. */
    public AwsCredentialsProvider credentials() {
        return StaticCredentialsProvider.create(AwsBasicCredentials.create(ID, SECRET));
    }

    /** The SDK's synchronous client as it comes, but with enough connections. To be closed by the caller. */
    public S3Client client() {
        return S3Client.builder()
                .endpointOverride(endpoint)
                .forcePathStyle(true)
                .region(Region.US_EAST_1)
                .credentialsProvider(credentials())
                .httpClientBuilder(Apache5HttpClient.builder().maxConnections(CONNECTIONS))
                .build();
    }
}
