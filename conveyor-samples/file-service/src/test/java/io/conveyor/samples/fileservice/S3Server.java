package io.conveyor.samples.fileservice;

import java.net.URI;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;

/**
 * An S3 server for the tests: {@code S3Server <directory> [port]} serves each directory in it as a bucket, until the process is killed. It says its
 * port when it listens.
 */
final class S3Server {

    private S3Server() {}

    public static void main(String[] arguments) throws Exception {
        S3Proxy server = S3Proxy.builder()
                .endpoint(URI.create("http://127.0.0.1:" + (arguments.length > 1 ? arguments[1] : "0")))
                .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, "smoke", "of-the-smoke-test")
                .blobStore(new FilesystemNio2BlobStore(arguments[0]))
                .build();
        server.start();
        while (!server.getState().equals("STARTED")) {
            LockSupport.parkNanos(1_000_000);
        }
        System.out.println("S3 server started on port " + server.getPort());
        new CountDownLatch(1).await();
    }
}
