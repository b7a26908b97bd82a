package io.conveyor.backend.s3;

import java.net.URI;
import java.util.UUID;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.services.s3.S3Client;

/** Fresh buckets on a server in a container. */
final class ContainerBuckets {

    private ContainerBuckets() {}

    static S3Options.Builder options(URI endpoint, String user, String password) {
        String bucket = "bucket-" + UUID.randomUUID();
        S3Options.Builder options = S3Options.builder(bucket)
                .endpoint(endpoint)
                .credentials(StaticCredentialsProvider.create(AwsBasicCredentials.create(user, password)));
        try (S3Client client = S3Clients.create(options.build())) {
            client.createBucket(request -> request.bucket(bucket));
        }
        return options;
    }
}
