package io.conveyor.benchmarks.s3;

import io.conveyor.benchmarks.process.ChildProcess;
import io.conveyor.benchmarks.store.Scratch;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.BucketAlreadyOwnedByYouException;

/**
 * An S3 server behind a slow proxy, each in a process of its own, with a bucket. The proxy adds {@code -Dconveyor.benchmarks.s3-latency-millis=} (30)
 * to each answer and limits each connection to {@code -Dconveyor.benchmarks.s3-megabytes-per-second=} (80).
 *
 * <p>With {@code -Dconveyor.benchmarks.s3-port=} the server is one that runs already: it listens there on the loopback interface, and knows the access key of
 * {@link S3Address}. Its bucket {@code bench} is made if there is none, and what is in it afterwards stays.
 */
final class SlowS3 implements AutoCloseable {

    static final long LATENCY_MILLIS = Long.getLong("conveyor.benchmarks.s3-latency-millis", 30);
    static final long MEGABYTES_PER_SECOND = Long.getLong("conveyor.benchmarks.s3-megabytes-per-second", 80);

    /** Of a server that runs already; null if one is to be started. */
    private static final @Nullable String PORT = System.getProperty("conveyor.benchmarks.s3-port");

    private static final String BUCKET = "bench";

    private final Scratch scratch;
    private final @Nullable ChildProcess server;
    private final String port;
    private final ChildProcess proxy;

    private SlowS3(Scratch scratch, @Nullable ChildProcess server, String port, ChildProcess proxy) {
        this.scratch = scratch;
        this.server = server;
        this.port = port;
        this.proxy = proxy;
    }

    static SlowS3 start() throws IOException {
        Scratch scratch = Scratch.create();
        Files.createDirectories(scratch.path().resolve("scratch"));
        ChildProcess server = null;
        String port = PORT;
        if (port == null) {
            server = server(scratch);
            port = server.answer();
        }
        ChildProcess proxy = ChildProcess.start(
                SlowProxy.class,
                List.of("-Xmx64m", "-XX:+UseSerialGC"),
                port,
                Long.toString(LATENCY_MILLIS),
                Long.toString(MEGABYTES_PER_SECOND * 1_000_000));
        SlowS3 slow = new SlowS3(scratch, server, port, proxy);
        slow.makeBucket();
        return slow;
    }

    private void makeBucket() throws IOException {
        try (S3Client client = direct().client()) {
            client.createBucket(request -> request.bucket(BUCKET));
        } catch (BucketAlreadyOwnedByYouException e) {
            // from a run before this one
        } catch (RuntimeException e) {
            try (this) {
                throw e;
            }
        }
    }

    private static ChildProcess server(Scratch scratch) throws IOException {
        Path store = Files.createDirectories(scratch.path().resolve("store"));
        return ChildProcess.start(
                S3Server.class, List.of("-Xmx512m"), store.toString(), S3Address.ID, S3Address.SECRET);
    }

    /** What the proxy does to whoever goes through it. */
    static String slowness() {
        return LATENCY_MILLIS + " ms to the first byte, " + MEGABYTES_PER_SECOND + " MB/s per connection";
    }

    /** Through the proxy. */
    S3Address address() {
        return to(proxy.answer());
    }

    /** Past it. */
    S3Address direct() {
        return to(port);
    }

    private S3Address to(String where) {
        return new S3Address(
                URI.create("http://127.0.0.1:" + where), BUCKET, scratch.path().resolve("scratch"));
    }

    /** What the proxy has used so far. */
    Duration proxyCpu() {
        return proxy.cpu();
    }

    /** What the server has used so far, if it is one that was started here. */
    Optional<Duration> serverCpu() {
        return Optional.ofNullable(server).map(ChildProcess::cpu);
    }

    @Override
    public void close() throws IOException {
        proxy.close();
        if (server != null) {
            server.close();
        }
        scratch.close();
    }
}
