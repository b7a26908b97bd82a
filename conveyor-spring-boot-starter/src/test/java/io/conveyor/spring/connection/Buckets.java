package io.conveyor.spring.connection;

import io.conveyor.spring.ConveyorS3ConnectionDetails;
import java.util.Objects;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/** What a store on S3 is like to somebody else who has the same connection details. */
final class Buckets {

    /** The one that the tests name in their properties. */
    static final String NAME = "reports";

    private Buckets() {}

    static void create(ConveyorS3ConnectionDetails details) {
        try (S3Client client = client(details)) {
            client.createBucket(request -> request.bucket(NAME));
        }
    }

    static byte[] content(ConveyorS3ConnectionDetails details, String key) {
        try (S3Client client = client(details)) {
            return client.getObjectAsBytes(request -> request.bucket(NAME).key(key))
                    .asByteArray();
        }
    }

    private static S3Client client(ConveyorS3ConnectionDetails details) {
        return S3Client.builder()
                .endpointOverride(details.getEndpoint())
                .region(Region.of(Objects.requireNonNull(details.getRegion())))
                .credentialsProvider(StaticCredentialsProvider.create(
                        AwsBasicCredentials.create(details.getAccessKeyId(), details.getSecretAccessKey())))
                .forcePathStyle(true)
                .build();
    }
}
