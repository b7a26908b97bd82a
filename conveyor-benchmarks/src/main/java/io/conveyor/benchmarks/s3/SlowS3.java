package io.conveyor.benchmarks.s3;

import io.conveyor.benchmarks.process.ChildProcess;
import io.conveyor.benchmarks.store.Scratch;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * An S3 server behind a slow proxy, each in a process of its own, with a bucket. The proxy adds {@code -Dconveyor.benchmarks.s3-latency-millis=} (30)
 * to each answer and limits each connection to {@code -Dconveyor.benchmarks.s3-megabytes-per-second=} (80).
 */
final class SlowS3 implements AutoCloseable {

    static final long LATENCY_MILLIS = Long.getLong("conveyor.benchmarks.s3-latency-millis", 30);
    static final long MEGABYTES_PER_SECOND = Long.getLong("conveyor.benchmarks.s3-megabytes-per-second", 80);

    private static final String BUCKET = "bench";

    private final Scratch scratch;
    private final ChildProcess server;
    private final ChildProcess proxy;

    private SlowS3(Scratch scratch, ChildProcess server, ChildProcess proxy) {
        this.scratch = scratch;
        this.server = server;
        this.proxy = proxy;
    }

    static SlowS3 start() throws IOException {
        Scratch scratch = Scratch.create();
        Files.createDirectories(scratch.path().resolve("store"));
        Files.createDirectories(scratch.path().resolve("scratch"));
        ChildProcess server = ChildProcess.start(
                S3Server.class,
                List.of("-Xmx512m"),
                scratch.path().resolve("store").toString(),
                S3Address.ID,
                S3Address.SECRET);
        ChildProcess proxy = ChildProcess.start(
                SlowProxy.class,
                List.of("-Xmx64m", "-XX:+UseSerialGC"),
                server.answer(),
                Long.toString(LATENCY_MILLIS),
                Long.toString(MEGABYTES_PER_SECOND * 1_000_000));
        SlowS3 slow = new SlowS3(scratch, server, proxy);
        try (S3Client client = slow.direct().client()) {
            client.createBucket(request -> request.bucket(BUCKET));
        }
        return slow;
    }

    /** What the proxy does to whoever goes through it. */
    static String slowness() {
        return LATENCY_MILLIS + " ms to the first byte, " + MEGABYTES_PER_SECOND + " MB/s per connection";
    }

    /** Through the proxy. */
    S3Address address() {
        return to(proxy);
    }

    /** Past it. */
    S3Address direct() {
        return to(server);
    }

    private S3Address to(ChildProcess process) {
        return new S3Address(
                URI.create("http://127.0.0.1:" + process.answer()),
                BUCKET,
                scratch.path().resolve("scratch"));
    }

    /** What the proxy has used so far. */
    Duration proxyCpu() {
        return proxy.cpu();
    }

    /** What the server has used so far. */
    Duration serverCpu() {
        return server.cpu();
    }

    @Override
    public void close() throws IOException {
        proxy.close();
        server.close();
        scratch.close();
    }
}
