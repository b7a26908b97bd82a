package io.conveyor.backend.s3;

import static io.conveyor.backend.s3.S3Fixture.MIB;

import io.conveyor.spi.StorageHandle;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * What the SDK's synchronous HTTP clients cost, in processor time of the calling thread, against a server that does nothing: run with {@code
 * -Dconveyor.s3.measure=true}. Prints the table of ADR 9. It proves nothing, and is no part of the ordinary build.
 */
@EnabledIfSystemProperty(
        named = "conveyor.s3.measure",
        matches = "true",
        disabledReason = "a measurement: -Dconveyor.s3.measure=true")
class HttpClientMeasurementTest {

    private static final long OBJECT = 1L << 40;
    private static final long TOTAL = 1L << 30;
    private static final int ROUNDS = 3;

    @Test
    void measure() throws Exception {
        Map<String, SdkHttpClient> clients = new LinkedHashMap<>();
        clients.put("apache5", Apache5HttpClient.builder().build());
        clients.put("url-connection", UrlConnectionHttpClient.builder().build());
        try (IdleServer server = new IdleServer()) {
            for (Map.Entry<String, SdkHttpClient> client : clients.entrySet()) {
                S3Options options = S3Options.builder("bucket")
                        .endpoint(server.endpoint())
                        .credentials(StaticCredentialsProvider.create(AwsBasicCredentials.create("id", "secret")))
                        .clientCustomizer(
                                builder -> builder.httpClientBuilder(null).httpClient(client.getValue()))
                        .firstByteTimeout(Duration.ofMinutes(1))
                        .build();
                try (S3Backend backend = S3Backend.create(options);
                        StorageHandle handle = backend.open("object", Set.of(StandardOpenOption.READ));
                        S3Client raw = S3Clients.create(options)) {
                    measure(client.getKey(), "read 1 MiB", MIB, offset -> read(handle, offset, MIB));
                    measure(client.getKey(), "read 8 MiB", 8 * MIB, offset -> read(handle, offset, 8 * MIB));
                    measure(client.getKey(), "upload 8 MiB", 8 * MIB, offset -> upload(raw));
                }
            }
        }
    }

    private static void measure(String client, String what, int step, LongConsumer action) {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        double best = Double.MAX_VALUE;
        double fastest = 0;
        for (int round = 0; round < ROUNDS; round++) {
            long began = System.nanoTime();
            long cpu = threads.getCurrentThreadCpuTime();
            for (long offset = 0; offset < TOTAL; offset += step) {
                action.accept(offset);
            }
            best = Math.min(best, (threads.getCurrentThreadCpuTime() - cpu) / 1e9 * (1L << 30) / TOTAL);
            fastest = Math.max(fastest, TOTAL / (double) MIB / ((System.nanoTime() - began) / 1e9));
        }
        System.out.printf(Locale.ROOT, "| %s | %s | %.2f | %.0f |%n", client, what, best, fastest);
    }

    private static final byte[] BUFFER = new byte[8 * MIB];

    private static void read(StorageHandle handle, long offset, int length) {
        try {
            handle.pread(ByteBuffer.wrap(BUFFER, 0, length), offset);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void upload(S3Client client) {
        client.uploadPart(
                request -> request.bucket("bucket")
                        .key("object")
                        .uploadId("id")
                        .partNumber(1)
                        .contentLength((long) BUFFER.length)
                        .checksumCRC32C("AAAAAA=="),
                RequestBody.fromContentProvider(
                        () -> new ByteArrayInputStream(BUFFER), BUFFER.length, "application/octet-stream"));
    }

    /** Answers any range with zeros and swallows any body. */
    private static final class IdleServer implements AutoCloseable {

        private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final byte[] zeros = new byte[256 << 10];

        IdleServer() throws IOException {
            daemon(() -> {
                while (true) {
                    Socket socket = listener.accept();
                    daemon(() -> serve(socket));
                }
            });
        }

        URI endpoint() {
            return URI.create("http://127.0.0.1:" + listener.getLocalPort());
        }

        @FunctionalInterface
        private interface Work {
            void run() throws IOException;
        }

        private static void daemon(Work work) {
            Thread thread = new Thread(
                    () -> {
                        try {
                            work.run();
                        } catch (IOException closed) {
                            // The end.
                        }
                    },
                    "idle-server");
            thread.setDaemon(true);
            thread.start();
        }

        private void serve(Socket socket) throws IOException {
            try (socket) {
                InputStream in = new BufferedInputStream(socket.getInputStream(), zeros.length);
                OutputStream out = socket.getOutputStream();
                byte[] sink = new byte[zeros.length];
                for (String first = line(in); !first.isEmpty(); first = line(in)) {
                    Map<String, String> headers = headers(in);
                    if (headers.containsKey("expect")) {
                        head(out, "100 Continue");
                    }
                    long body = Long.parseLong(headers.getOrDefault("content-length", "0"));
                    for (long left = body; left > 0; ) {
                        left -= in.read(sink, 0, (int) Math.min(sink.length, left));
                    }
                    answer(out, first.startsWith("HEAD"), headers.get("range"));
                }
            }
        }

        private void answer(OutputStream out, boolean head, @Nullable String range) throws IOException {
            if (range == null) {
                head(out, "200 OK", "ETag: \"tag\"", "Content-Length: " + (head ? OBJECT : 0));
                return;
            }
            String[] bounds = range.substring("bytes=".length()).split("-", -1);
            long length = Long.parseLong(bounds[1]) - Long.parseLong(bounds[0]) + 1;
            head(
                    out,
                    "206 Partial Content",
                    "ETag: \"tag\"",
                    "Content-Length: " + length,
                    "Content-Range: bytes " + bounds[0] + "-" + bounds[1] + "/" + OBJECT);
            for (long left = length; left > 0; left -= zeros.length) {
                out.write(zeros, 0, (int) Math.min(zeros.length, left));
            }
        }

        private static void head(OutputStream out, String status, String... headers) throws IOException {
            StringBuilder text = new StringBuilder("HTTP/1.1 " + status + "\r\n");
            for (String header : headers) {
                text.append(header).append("\r\n");
            }
            out.write(text.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII));
        }

        private static Map<String, String> headers(InputStream in) throws IOException {
            Map<String, String> headers = new HashMap<>();
            for (String line = line(in); !line.isEmpty(); line = line(in)) {
                int colon = line.indexOf(':');
                headers.put(
                        line.substring(0, colon).toLowerCase(Locale.ROOT),
                        line.substring(colon + 1).strip());
            }
            return headers;
        }

        private static String line(InputStream in) throws IOException {
            StringBuilder line = new StringBuilder();
            for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
                if (c != '\r') {
                    line.append((char) c);
                }
            }
            return line.toString();
        }

        @Override
        public void close() throws IOException {
            listener.close();
        }
    }
}
