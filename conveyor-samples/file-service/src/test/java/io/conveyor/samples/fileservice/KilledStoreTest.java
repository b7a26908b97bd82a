package io.conveyor.samples.fileservice;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import com.jayway.jsonpath.JsonPath;
import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/** The S3 server is a process that is killed under the running application, and started again with what it had on its disk. */
@Timeout(300)
class KilledStoreTest {

    /** Two parts of an upload, and a bit. */
    private static final int HALF = (10 << 20) + 12_345;

    @TempDir
    Path directory;

    private final HttpClient client = HttpClient.newHttpClient();

    @SuppressWarnings("NullAway.Init")
    private ServerProcess server;

    @SuppressWarnings("NullAway.Init")
    private ConfigurableApplicationContext application;

    @BeforeEach
    void start() throws IOException {
        Files.createDirectory(directory.resolve("bucket"));
        server = ServerProcess.start(directory, 0);
        application = new SpringApplicationBuilder(FileServiceApplication.class)
                .run(
                        "--server.port=0",
                        "--conveyor.backend=s3",
                        "--conveyor.s3.bucket=bucket",
                        "--conveyor.s3.endpoint=http://127.0.0.1:" + server.port(),
                        "--conveyor.s3.access-key-id=smoke",
                        "--conveyor.s3.secret-access-key=of-the-smoke-test",
                        "--conveyor.s3.part-size=5MB",
                        "--conveyor.s3.attempts=1",
                        "--conveyor.s3.connect-timeout=1m",
                        "--conveyor.s3.first-byte-timeout=1m",
                        "--conveyor.retry.attempts=2",
                        "--conveyor.retry.base-delay=1ms",
                        "--conveyor.health.timeout=2s",
                        "--management.endpoints.web.exposure.include=health,conveyor",
                        "--management.endpoint.health.show-details=always",
                        "--management.endpoint.conveyor.access=unrestricted");
    }

    @AfterEach
    void stop() throws InterruptedException {
        application.close();
        server.kill();
    }

    @Test
    void whatWasAcceptedReachesTheStoreOnceItIsBack() throws Exception {
        byte[] content = new byte[2 * HALF];
        new Random(42).nextBytes(content);
        ConveyorFactory factory = application.getBean(ConveyorFactory.class);
        try (Conveyor conveyor = factory.open("large", CREATE, READ, WRITE)) {
            conveyor.write(ByteBuffer.wrap(content, 0, HALF));
            awaitUp();

            server.kill();
            conveyor.write(ByteBuffer.wrap(content, HALF, HALF));
            while (conveyor.failure().isEmpty()) {
                Thread.onSpinWait();
            }

            assertThat(health()).isEqualTo("DOWN");
            String failed = get("conveyor/default");
            assertThat(JsonPath.<Integer>read(failed, "$.failed")).isEqualTo(1);
            String failure = "$.conveyors[0].failure";
            int unwritten = JsonPath.read(failed, failure + ".unwrittenBytes");
            assertThat(unwritten).isPositive();
            assertThat(JsonPath.<Integer>read(failed, failure + ".retainedBytes"))
                    .isEqualTo(unwritten);
            assertThat(JsonPath.<List<Integer>>read(failed, failure + ".unwritten[*].length").stream()
                            .mapToInt(Integer::intValue)
                            .sum())
                    .isEqualTo(unwritten);
            ByteBuffer last = ByteBuffer.allocate(1000);
            conveyor.read(last, content.length - 1000);
            assertThat(last.array())
                    .as("what the store never saw can still be read")
                    .isEqualTo(Arrays.copyOfRange(content, content.length - 1000, content.length));

            server = ServerProcess.start(directory, server.port());
            int id = JsonPath.read(failed, "$.conveyors[0].id");
            post("conveyor/default/" + id, "{\"action\":\"clear-error\"}");
            String flushed = post("conveyor/default/" + id, "{\"action\":\"flush\"}");

            assertThat(JsonPath.<Integer>read(flushed, "$.pendingBytes")).isZero();
            awaitUp();
        }
        assertThat(directory.resolve("bucket/large")).hasBinaryContent(content);
        assertThat(get("../files/large", BodyHandlers.ofByteArray())).isEqualTo(content);
    }

    @Test
    void aStoreThatOnlyStandsStillIsDownToo() throws Exception {
        awaitUp();

        server.standStill();
        assertThat(get("health")).contains("DOWN", "no answer within PT2S");

        server.goOn();
        awaitUp();
    }

    /** A busy machine may take longer than a health check may; the class has a timeout. */
    private void awaitUp() throws Exception {
        while (!health().equals("UP")) {
            Thread.onSpinWait();
        }
    }

    private String health() throws Exception {
        return JsonPath.read(get("health"), "$.components.conveyor.status");
    }

    private String get(String path) throws Exception {
        return get(path, BodyHandlers.ofString());
    }

    private <T> T get(String path, java.net.http.HttpResponse.BodyHandler<T> body) throws Exception {
        return client.send(request(path).GET().build(), body).body();
    }

    private String post(String path, String body) throws Exception {
        var response = client.send(
                request(path)
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(200);
        return response.body();
    }

    private HttpRequest.Builder request(String path) {
        String port = application.getEnvironment().getProperty("local.server.port");
        return HttpRequest.newBuilder(
                URI.create("http://localhost:" + port + "/actuator/").resolve(path));
    }
}
