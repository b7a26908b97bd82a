package io.conveyor.benchmarks.s3;

import io.conveyor.benchmarks.process.ChildProcess;
import java.net.URI;
import java.util.concurrent.locks.LockSupport;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;

/** An S3 server over a folder, in a process of its own. */
final class S3Server {

    private S3Server() {}

    /**
     * Runs until the process that started it is gone.
     *
     * @param arguments the folder, the access key's id, its secret
     */
    public static void main(String[] arguments) throws Exception {
        S3Proxy proxy = S3Proxy.builder()
                .endpoint(URI.create("http://127.0.0.1:0"))
                .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, arguments[1], arguments[2])
                .ignoreUnknownHeaders(true)
                .blobStore(new FilesystemNio2BlobStore(arguments[0]))
                .build();
        proxy.start();
        while (!proxy.getState().equals("STARTED")) {
            LockSupport.parkNanos(1_000_000);
        }
        ChildProcess.ready(Integer.toString(proxy.getPort()));
        Runtime.getRuntime().halt(0);
    }
}
