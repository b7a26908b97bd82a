package io.conveyor.backend.s3;

import java.net.URI;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.nio2blob.TransientNio2BlobStore;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Object;

/** An S3 server in this process, spoken to over HTTP. */
final class S3ProxyServer implements AutoCloseable {

    private static final String ID = "conveyor";
    private static final String SECRET = "a-secret-of-the-tests";

    private final S3Proxy proxy;
    private final S3Client client;

    private S3ProxyServer(S3Proxy proxy) {
        this.proxy = proxy;
        this.client = S3Clients.create(options("any").build());
    }

    static S3ProxyServer start() throws Exception {
        return start(new TransientNio2BlobStore());
    }

    static S3ProxyServer start(BlobStore store) throws Exception {
        S3Proxy proxy = S3Proxy.builder()
                .endpoint(URI.create("http://127.0.0.1:0"))
                .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, ID, SECRET)
                .blobStore(store)
                .build();
        proxy.start();
        while (!proxy.getState().equals("STARTED")) {
            LockSupport.parkNanos(1_000_000);
        }
        return new S3ProxyServer(proxy);
    }

    URI endpoint() {
        return URI.create("http://127.0.0.1:" + proxy.getPort());
    }

    /** Options for a bucket that nobody else uses. */
    S3Options.Builder options() {
        String bucket = "bucket-" + UUID.randomUUID();
        client.createBucket(request -> request.bucket(bucket));
        return options(bucket).client(client);
    }

    /** All keys that begin so, those that the backend hides, too. */
    List<String> keys(String bucket, String prefix) {
        return client.listObjectsV2(request -> request.bucket(bucket).prefix(prefix)).contents().stream()
                .map(S3Object::key)
                .toList();
    }

    /** How many parts an unfinished upload has. */
    int parts(String bucket, S3Orphan upload) {
        return client.listParts(
                        request -> request.bucket(bucket).key(upload.key()).uploadId(upload.uploadId()))
                .parts()
                .size();
    }

    private S3Options.Builder options(String bucket) {
        return options(endpoint(), bucket);
    }

    /** Options for a bucket of a server that runs in another process. */
    static S3Options.Builder options(URI endpoint, String bucket) {
        return S3Options.builder(bucket)
                .endpoint(endpoint)
                .credentials(StaticCredentialsProvider.create(AwsBasicCredentials.create(ID, SECRET)));
    }

    @Override
    public void close() throws Exception {
        client.close();
        proxy.stop();
    }
}
