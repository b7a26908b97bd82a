package io.conveyor.benchmarks.peers;

import io.conveyor.benchmarks.s3.S3Access;
import io.conveyor.benchmarks.s3.S3Address;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Collections;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.async.BlockingOutputStreamAsyncRequestBody;
import software.amazon.awssdk.core.async.SdkPublisher;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.transfer.s3.S3TransferManager;
import software.amazon.awssdk.transfer.s3.model.DownloadRequest;
import software.amazon.awssdk.transfer.s3.model.Upload;
import software.amazon.awssdk.transfer.s3.model.UploadRequest;

/** The SDK's Transfer Manager over its asynchronous client in Java; written to through its stream, by a thread that uses its buffer again. */
final class TransferManagerAccess implements S3Access {

    private final S3AsyncClient client;
    private final S3TransferManager transfers;
    private final String bucket;
    private final @Nullable ChecksumAlgorithm checksum;

    /**
     * Over a client of its own.
     *
     * @param checksum what parts carry and the store compares; null for what the SDK does by itself
     */
    TransferManagerAccess(S3Address address, @Nullable ChecksumAlgorithm checksum) {
        this.checksum = checksum;
        this.client = S3AsyncClient.builder()
                .endpointOverride(address.endpoint())
                .forcePathStyle(true)
                .region(Region.US_EAST_1)
                .credentialsProvider(address.credentials())
                .multipartEnabled(true)
                .build();
        this.transfers = S3TransferManager.builder().s3Client(client).build();
        this.bucket = address.bucket();
    }

    @Override
    public String name() {
        return checksum == null ? "Transfer Manager" : "Transfer Manager, " + checksum;
    }

    @Override
    public void read(String key, byte[] buffer, Sink sink) throws Exception {
        try (InputStream in = open(key, AsyncResponseTransformer.toBlockingInputStream())) {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                sink.accept(buffer, count);
            }
        }
    }

    private <T> T open(
            String key,
            AsyncResponseTransformer<software.amazon.awssdk.services.s3.model.GetObjectResponse, T> transformer) {
        return transfers
                .download(DownloadRequest.builder()
                        .getObjectRequest(request -> request.bucket(bucket).key(key))
                        .responseTransformer(transformer)
                        .build())
                .completionFuture()
                .join()
                .result();
    }

    @Override
    public void write(String key, byte[] buffer, long count) throws IOException {
        BlockingOutputStreamAsyncRequestBody body = AsyncRequestBody.forBlockingOutputStream(buffer.length * count);
        Upload upload = upload(key, body, buffer.length * count);
        try (OutputStream out = body.outputStream()) {
            for (long i = 0; i < count; i++) {
                out.write(buffer);
            }
        }
        upload.completionFuture().join();
    }

    /** Has it send the same buffer again and again, from where it lies: for bytes that are all there before, and that nobody changes. */
    S3Access ofBytesAtHand() {
        return new S3Access() {

            @Override
            public String name() {
                return "Transfer Manager, of one buffer again and again, not copied";
            }

            @Override
            public void write(String key, byte[] buffer, long count) {
                Publisher<ByteBuffer> bytes = SdkPublisher.fromIterable(
                                Collections.nCopies(Math.toIntExact(count), buffer))
                        .map(ByteBuffer::wrap);
                upload(key, AsyncRequestBody.fromPublisher(bytes), buffer.length * count)
                        .completionFuture()
                        .join();
            }

            @Override
            public void close() {}
        };
    }

    private Upload upload(String key, AsyncRequestBody body, long length) {
        return transfers.upload(UploadRequest.builder()
                .putObjectRequest(request ->
                        request.bucket(bucket).key(key).contentLength(length).checksumAlgorithm(checksum))
                .requestBody(body)
                .build());
    }

    @Override
    public void close() throws IOException {
        transfers.close();
        client.close();
    }
}
