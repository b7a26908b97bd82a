package io.conveyor.benchmarks.peers;

import io.conveyor.benchmarks.s3.S3Access;
import io.conveyor.benchmarks.s3.S3Address;
import java.io.IOException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.s3.analyticsaccelerator.S3SeekableInputStream;
import software.amazon.s3.analyticsaccelerator.S3SeekableInputStreamConfiguration;
import software.amazon.s3.analyticsaccelerator.S3SeekableInputStreamFactory;
import software.amazon.s3.analyticsaccelerator.S3SyncSdkObjectClient;
import software.amazon.s3.analyticsaccelerator.util.S3URI;

/** The Analytics Accelerator Library over the SDK's synchronous client. */
final class AnalyticsAccess implements S3Access {

    private final S3Address address;

    AnalyticsAccess(S3Address address) {
        this.address = address;
    }

    @Override
    public String name() {
        return "Analytics Accelerator";
    }

    /** A factory of its own for each call, for it keeps blocks; it closes the client. */
    private S3SeekableInputStreamFactory connect() {
        S3Client client = address.client();
        return new S3SeekableInputStreamFactory(
                new S3SyncSdkObjectClient(client), S3SeekableInputStreamConfiguration.DEFAULT);
    }

    private S3URI uri(String key) {
        return S3URI.of(address.bucket(), key);
    }

    @Override
    public void read(String key, byte[] buffer, Sink sink) throws Exception {
        try (S3SeekableInputStreamFactory factory = connect();
                S3SeekableInputStream in = factory.createStream(uri(key))) {
            for (int count = in.read(buffer, 0, buffer.length);
                    count >= 0;
                    count = in.read(buffer, 0, buffer.length)) {
                sink.accept(buffer, count);
            }
        }
    }

    @Override
    public int firstByte(String key) throws Exception {
        try (S3SeekableInputStreamFactory factory = connect();
                S3SeekableInputStream in = factory.createStream(uri(key))) {
            return in.read();
        }
    }

    /** Its streams are for one thread each: so every thread has one. */
    @Override
    public RandomReader open(String key) throws Exception {
        S3SeekableInputStreamFactory factory = connect();
        return new RandomReader() {
            @Override
            public void read(byte[] dst, long offset) throws IOException {
                try (S3SeekableInputStream in = factory.createStream(uri(key))) {
                    in.readFully(offset, dst, 0, dst.length);
                }
            }

            @Override
            public void close() throws IOException {
                factory.close();
            }
        };
    }

    @Override
    public void close() {
        // each call has closed what it opened
    }
}
