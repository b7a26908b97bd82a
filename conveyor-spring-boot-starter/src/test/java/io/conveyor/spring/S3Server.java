package io.conveyor.spring;

import java.net.URI;
import java.util.concurrent.locks.LockSupport;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.TransientNio2BlobStore;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/** An S3 server in this process, spoken to over HTTP, with one bucket in memory. */
public final class S3Server implements AutoCloseable {

    private static final String BUCKET = "bucket";
    private static final String ID = "conveyor";
    private static final String SECRET = "a-secret-of-the-tests";

    private final S3Proxy proxy;
    private final S3Client client;

    private S3Server(S3Proxy proxy) {
        this.proxy = proxy;
        this.client = S3Client.builder()
                .endpointOverride(endpoint())
                .region(Region.US_EAST_1)
                .forcePathStyle(true)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create(ID, SECRET)))
                .build();
    }

    /** A server that listens, whose bucket is empty. */
    public static S3Server start() throws Exception {
        S3Proxy proxy = S3Proxy.builder()
                .endpoint(URI.create("http://127.0.0.1:0"))
                .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, ID, SECRET)
                .blobStore(new TransientNio2BlobStore())
                .build();
        proxy.start();
        while (!proxy.getState().equals("STARTED")) {
            LockSupport.parkNanos(1_000_000);
        }
        S3Server server = new S3Server(proxy);
        server.client.createBucket(request -> request.bucket(BUCKET));
        return server;
    }

    /** Stores an object in one step, past any store that is configured. */
    public void put(String key, byte[] content) {
        client.putObject(request -> request.bucket(BUCKET).key(key), RequestBody.fromBytes(content));
    }

    private URI endpoint() {
        return URI.create("http://127.0.0.1:" + proxy.getPort());
    }

    /**
     * What configures a store in the bucket.
     *
     * @param prefix {@code conveyor} for the default store, {@code conveyor.stores.<name>} for another
     */
    public String[] properties(String prefix) {
        return new String[] {
            prefix + ".backend=s3",
            prefix + ".s3.bucket=" + BUCKET,
            prefix + ".s3.endpoint=" + endpoint(),
            prefix + ".s3.region=us-east-1",
            prefix + ".s3.access-key-id=" + ID,
            prefix + ".s3.secret-access-key=" + SECRET
        };
    }

    @Override
    public void close() throws Exception {
        client.close();
        proxy.stop();
    }
}
