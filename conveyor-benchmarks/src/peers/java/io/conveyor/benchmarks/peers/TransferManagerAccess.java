package io.conveyor.benchmarks.peers;

import io.conveyor.benchmarks.s3.S3Access;
import io.conveyor.benchmarks.s3.S3Address;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Collections;
import org.reactivestreams.Publisher;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.async.SdkPublisher;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.transfer.s3.S3TransferManager;
import software.amazon.awssdk.transfer.s3.model.DownloadRequest;
import software.amazon.awssdk.transfer.s3.model.UploadRequest;

/** The SDK's Transfer Manager over its asynchronous client in Java. */
final class TransferManagerAccess implements S3Access {

    private final S3AsyncClient client;
    private final S3TransferManager transfers;
    private final String bucket;

    TransferManagerAccess(S3Address address) {
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
        return "Transfer Manager";
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
    public void write(String key, byte[] buffer, long count) {
        Publisher<ByteBuffer> body = SdkPublisher.fromIterable(Collections.nCopies(Math.toIntExact(count), buffer))
                .map(ByteBuffer::wrap);
        transfers
                .upload(UploadRequest.builder()
                        .putObjectRequest(request ->
                                request.bucket(bucket).key(key).contentLength(buffer.length * count))
                        .requestBody(AsyncRequestBody.fromPublisher(body))
                        .build())
                .completionFuture()
                .join();
    }

    @Override
    public void close() throws IOException {
        transfers.close();
        client.close();
    }
}
