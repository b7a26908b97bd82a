package io.conveyor.benchmarks.peers;

import io.awspring.cloud.s3.InMemoryBufferingS3OutputStreamProvider;
import io.awspring.cloud.s3.PropertiesS3ObjectContentTypeResolver;
import io.awspring.cloud.s3.S3OutputStreamProvider;
import io.awspring.cloud.s3.S3Resource;
import io.conveyor.benchmarks.s3.S3Access;
import io.conveyor.benchmarks.s3.S3Address;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import software.amazon.awssdk.services.s3.S3Client;

/** Spring Cloud AWS's resources, with the output streams that they have by default. */
final class SpringCloudAccess implements S3Access {

    private final S3Client client;
    private final S3OutputStreamProvider streams;
    private final String bucket;

    SpringCloudAccess(S3Address address) {
        this.client = address.client();
        this.streams =
                new InMemoryBufferingS3OutputStreamProvider(client, new PropertiesS3ObjectContentTypeResolver());
        this.bucket = address.bucket();
    }

    @Override
    public String name() {
        return "Spring Cloud AWS";
    }

    private S3Resource resource(String key) {
        return new S3Resource(bucket, key, client, streams);
    }

    @Override
    public void read(String key, byte[] buffer, Sink sink) throws IOException {
        try (InputStream in = resource(key).getInputStream()) {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                sink.accept(buffer, count);
            }
        }
    }

    @Override
    public void write(String key, byte[] buffer, long count) throws IOException {
        try (OutputStream out = resource(key).getOutputStream()) {
            for (long i = 0; i < count; i++) {
                out.write(buffer);
            }
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
