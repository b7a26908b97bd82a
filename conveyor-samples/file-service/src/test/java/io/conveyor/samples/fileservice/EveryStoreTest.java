package io.conveyor.samples.fileservice;

import static org.assertj.core.api.Assertions.assertThat;

import com.jayway.jsonpath.JsonPath;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/** What the application promises over HTTP is the same on every store. */
@Timeout(300)
@ParameterizedClass
@EnumSource
class EveryStoreTest {

    @SuppressWarnings("NullAway.Init")
    private static Store.Running running;

    @SuppressWarnings("NullAway.Init")
    private static ConfigurableApplicationContext application;

    @Parameter
    @SuppressWarnings("NullAway.Init")
    Store store;

    private final HttpClient client = HttpClient.newHttpClient();

    @BeforeParameterizedClassInvocation
    static void start(Store store, @TempDir Path directory) throws Exception {
        running = store.start(directory);
        application = new SpringApplicationBuilder(FileServiceApplication.class)
                .run(Stream.concat(Stream.of("--server.port=0"), running.properties().stream())
                        .toArray(String[]::new));
    }

    @AfterParameterizedClassInvocation
    static void stop() throws Exception {
        application.close();
        running.close();
    }

    @AfterEach
    void removeWhatWasStored() throws Exception {
        for (String key : keys("/files")) {
            send("DELETE", "/files/" + key, new byte[0]);
        }
        assertThat(keys("/files")).isEmpty();
    }

    private HttpResponse<byte[]> send(String method, String path, byte[] body, String... headers) throws Exception {
        String port = application.getEnvironment().getProperty("local.server.port");
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
                .method(method, body.length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), BodyHandlers.ofByteArray());
    }

    private HttpResponse<byte[]> get(String path, String... headers) throws Exception {
        return send("GET", path, new byte[0], headers);
    }

    private int put(String key, String text) throws Exception {
        return send("PUT", "/files/" + key, utf8(text)).statusCode();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private List<String> keys(String path) throws Exception {
        return JsonPath.read(new String(get(path).body(), StandardCharsets.UTF_8), "$.files[*].key");
    }

    @Test
    void aLargeFileIsStoredAndServed() throws Exception {
        byte[] content = new byte[12_345_678];
        new Random(42).nextBytes(content);

        assertThat(send("PUT", "/files/some/where/large", content).statusCode()).isEqualTo(201);

        HttpResponse<byte[]> whole = get("/files/some/where/large");
        assertThat(whole.statusCode()).isEqualTo(200);
        assertThat(Arrays.equals(whole.body(), content)).isTrue();
    }

    @Test
    void aRangeIsServed() throws Exception {
        byte[] content = new byte[9_000_000];
        new Random(43).nextBytes(content);
        send("PUT", "/files/large", content);

        HttpResponse<byte[]> part = get("/files/large", "Range", "bytes=4000000-8499999");

        assertThat(part.statusCode()).isEqualTo(206);
        assertThat(part.headers().firstValue("Content-Range")).contains("bytes 4000000-8499999/9000000");
        assertThat(Arrays.equals(part.body(), Arrays.copyOfRange(content, 4_000_000, 8_500_000)))
                .isTrue();
        assertThat(get("/files/large", "Range", "bytes=9000000-").statusCode()).isEqualTo(416);
    }

    @Test
    void aShorterFileTakesThePlaceOfALongerOne() throws Exception {
        assertThat(put("key", "a long content")).isEqualTo(201);
        assertThat(put("key", "short")).isEqualTo(204);

        assertThat(get("/files/key").body()).asString().isEqualTo("short");
    }

    @Test
    void whatIsPostedIsAppended() throws Exception {
        for (String piece : List.of("one ", "two ", "three")) {
            assertThat(send("POST", "/files/log", utf8(piece)).statusCode()).isIn(201, 204);
        }

        assertThat(get("/files/log").body()).asString().isEqualTo("one two three");
    }

    @Test
    void filesAreListedInOrderPageByPage() throws Exception {
        for (String key : List.of("b", "a/2", "a/1", "c")) {
            put(key, key);
        }

        assertThat(keys("/files")).containsExactly("a/1", "a/2", "b", "c");
        assertThat(keys("/files?prefix=a/")).containsExactly("a/1", "a/2");
        assertThat(keys("/files?limit=3&after=a/1")).containsExactly("a/2", "b", "c");
    }

    @Test
    void whatIsDeletedIsGone() throws Exception {
        put("key", "content");

        assertThat(send("DELETE", "/files/key", new byte[0]).statusCode()).isEqualTo(204);
        assertThat(get("/files/key").statusCode()).isEqualTo(404);
        assertThat(send("DELETE", "/files/key", new byte[0]).statusCode()).isEqualTo(404);
    }

    @Test
    void theStoreIsTheOneThatWasAskedFor() throws Exception {
        put("key", "content");

        String meter =
                new String(get("/actuator/metrics/conveyor.bytes.written").body(), StandardCharsets.UTF_8);
        assertThat(JsonPath.<List<String>>read(meter, "$.availableTags[?(@.tag=='backend')].values[*]"))
                .containsExactly(store.name().toLowerCase(Locale.ROOT));
    }
}
