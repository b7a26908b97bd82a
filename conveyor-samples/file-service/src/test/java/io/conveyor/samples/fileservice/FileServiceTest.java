package io.conveyor.samples.fileservice;

import static org.assertj.core.api.Assertions.assertThat;

import com.jayway.jsonpath.JsonPath;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
class FileServiceTest {

    @TempDir
    static Path directory;

    private static Path root() {
        return directory.resolve("root");
    }

    @DynamicPropertySource
    static void storeInATemporaryDirectory(DynamicPropertyRegistry properties) {
        properties.add("conveyor.posix.root", () -> root().toString());
    }

    @LocalServerPort
    int port;

    private final HttpClient client = HttpClient.newHttpClient();

    @AfterEach
    void removeWhatWasStored() throws IOException {
        try (Stream<Path> found = Files.walk(root())) {
            for (Path path : found.sorted((one, other) -> other.compareTo(one)).toList()) {
                if (!path.equals(root())) {
                    Files.delete(path);
                }
            }
        }
    }

    private HttpResponse<byte[]> send(String method, String path, byte[] body, String... headers) throws Exception {
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

    private int put(String path, String text) throws Exception {
        return send("PUT", path, utf8(text)).statusCode();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String header(HttpResponse<?> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }

    @Nested
    class Put {

        @Test
        void storesTheBodyAsAFile() throws Exception {
            byte[] content = new byte[3_000_001];
            new Random(42).nextBytes(content);

            HttpResponse<byte[]> stored = send("PUT", "/files/some/where/file.bin", content);

            assertThat(stored.statusCode()).isEqualTo(201);
            assertThat(header(stored, "Location")).isEqualTo("/files/some/where/file.bin");
            assertThat(root().resolve("some/where/file.bin")).hasBinaryContent(content);
            assertThat(get("/files/some/where/file.bin").body()).isEqualTo(content);
        }

        @Test
        void takesThePlaceOfALongerFile() throws Exception {
            put("/files/key", "a long content");

            assertThat(put("/files/key", "short")).isEqualTo(204);

            assertThat(root().resolve("key")).hasContent("short");
        }

        @Test
        void decodesAKeyOnce() throws Exception {
            assertThat(put("/files/with%20space/100%25.txt", "content")).isEqualTo(201);

            assertThat(root().resolve("with space/100%.txt")).hasContent("content");
        }

        @Test
        void storesAFormAsItIs() throws Exception {
            String form = "application/x-www-form-urlencoded";

            assertThat(send("PUT", "/files/put", utf8("a=1&b=2"), "Content-Type", form)
                            .statusCode())
                    .isEqualTo(201);
            assertThat(send("POST", "/files/post", utf8("a=1&b=2"), "Content-Type", form)
                            .statusCode())
                    .isEqualTo(201);

            assertThat(root().resolve("put")).hasContent("a=1&b=2");
            assertThat(root().resolve("post")).hasContent("a=1&b=2");
        }

        @Test
        void storesAnEmptyFile() throws Exception {
            try (RawHttp http = new RawHttp(port)) {
                http.lines("PUT /files/empty HTTP/1.1", "Host: here", "Content-Length: 0", "");
                assertThat(http.status()).isEqualTo(201);
            }
            assertThat(root().resolve("empty")).isEmptyFile();
        }

        @Test
        void storesABodyInChunks() throws Exception {
            try (RawHttp http = new RawHttp(port)) {
                http.lines("PUT /files/chunks HTTP/1.1", "Host: here", "Transfer-Encoding: chunked", "")
                        .lines("5", "hello", "6", " world", "0", "");
                assertThat(http.status()).isEqualTo(201);
            }
            assertThat(root().resolve("chunks")).hasContent("hello world");
        }

        @ParameterizedTest
        @ValueSource(strings = {"Content-Length: 1000", "Transfer-Encoding: chunked"})
        void anUploadThatBreaksOffLeavesTheOldFile(String length) throws Exception {
            put("/files/key", "old");

            try (RawHttp http = new RawHttp(port)) {
                http.lines("PUT /files/key HTTP/1.1", "Host: here", length, "")
                        .lines("3e8", "the new file, but not all of")
                        .breakOff();
                assertThat(http.status()).isEqualTo(400);
            }

            assertThat(root().resolve("key")).hasContent("old");
            assertThat(put("/files/key", "new")).isEqualTo(204);
            assertThat(filesOnDisk()).containsExactly("key");
        }

        @Test
        void anUploadThatBreaksOffLeavesNoNewFile() throws Exception {
            try (RawHttp http = new RawHttp(port)) {
                http.lines("PUT /files/new HTTP/1.1", "Host: here", "Content-Length: 1000", "", "some")
                        .breakOff();
                assertThat(http.status()).isEqualTo(400);
            }

            assertThat(get("/files/new").statusCode()).isEqualTo(404);
            assertThat(filesOnDisk()).isEmpty();
        }

        @Test
        void refusesWhatIsNotPlainlyAFile() throws Exception {
            assertThat(send("PUT", "/files/key", utf8("part"), "Content-Range", "bytes 0-3/8")
                            .statusCode())
                    .isEqualTo(400);
            assertThat(send("PUT", "/files/key", utf8("--x--"), "Content-Type", "multipart/form-data; boundary=x")
                            .statusCode())
                    .isEqualTo(415);
            try (RawHttp http = new RawHttp(port)) {
                http.lines("PUT /files/key HTTP/1.1", "Host: here", "");
                assertThat(http.status()).isEqualTo(411);
            }
            assertThat(filesOnDisk()).isEmpty();
        }

        @Test
        void refusesAKeyThatADirectoryHas() throws Exception {
            put("/files/a/b", "content");

            assertThat(put("/files/a", "content")).isEqualTo(409);
            assertThat(put("/files/a/b/c", "content")).isEqualTo(409);
        }

        @Test
        void refusesAKeyThatIsBeingWritten() throws Exception {
            try (RawHttp http = new RawHttp(port)) {
                http.lines("POST /files/key HTTP/1.1", "Host: here", "Content-Length: 4", "Expect: 100-continue", "");
                assertThat(http.status()).as("the body is awaited").isEqualTo(100);

                assertThat(put("/files/key", "other")).isEqualTo(409);
                assertThat(send("DELETE", "/files/key", new byte[0]).statusCode())
                        .isEqualTo(409);

                http.bytes("mine");
                assertThat(http.status()).isEqualTo(201);
            }
            assertThat(root().resolve("key")).hasContent("mine");
        }

        @Test
        void refusesBeforeTheBodyIsSentIfTheClientAsks() throws Exception {
            put("/files/a/b", "content");

            try (RawHttp http = new RawHttp(port)) {
                http.lines("PUT /files/a HTTP/1.1", "Host: here", "Content-Length: 4", "Expect: 100-continue", "");
                assertThat(http.status()).isEqualTo(409);
            }
        }

        private List<String> filesOnDisk() throws IOException {
            try (Stream<Path> found = Files.walk(root())) {
                return found.filter(Files::isRegularFile)
                        .map(path -> root().relativize(path).toString())
                        .toList();
            }
        }
    }

    @Nested
    class Post {

        @Test
        void appendsToTheFile() throws Exception {
            assertThat(send("POST", "/files/log", utf8("one ")).statusCode()).isEqualTo(201);
            assertThat(send("POST", "/files/log", utf8("two ")).statusCode()).isEqualTo(204);
            assertThat(send("POST", "/files/log", utf8("three")).statusCode()).isEqualTo(204);

            assertThat(root().resolve("log")).hasContent("one two three");
        }

        @Test
        void aBodyThatBreaksOffIsNotAppended() throws Exception {
            put("/files/log", "whole");

            assertThat(breakOff("/files/log")).isEqualTo(400);
            assertThat(breakOff("/files/new")).isEqualTo(400);

            assertThat(root().resolve("log")).hasContent("whole");
            assertThat(root().resolve("new")).doesNotExist();
        }

        private int breakOff(String path) throws IOException {
            try (RawHttp http = new RawHttp(port)) {
                http.lines("POST " + path + " HTTP/1.1", "Host: here", "Content-Length: 1000", "", " and a half")
                        .breakOff();
                return http.status();
            }
        }
    }

    @Nested
    class Get {

        @Test
        void sendsOneRange() throws Exception {
            put("/files/digits.txt", "0123456789");

            HttpResponse<byte[]> part = get("/files/digits.txt", "Range", "bytes=3-5");

            assertThat(part.statusCode()).isEqualTo(206);
            assertThat(part.body()).asString().isEqualTo("345");
            assertThat(header(part, "Content-Range")).isEqualTo("bytes 3-5/10");
            assertThat(header(part, "Content-Length")).isEqualTo("3");
            assertThat(header(part, "Content-Type")).isEqualTo("text/plain");
        }

        @Test
        void sendsSeveralRanges() throws Exception {
            put("/files/digits.txt", "0123456789");

            HttpResponse<byte[]> parts = get("/files/digits.txt", "Range", "bytes=0-1,-2");

            assertThat(parts.statusCode()).isEqualTo(206);
            String type = header(parts, "Content-Type");
            assertThat(type).startsWith("multipart/byteranges; boundary=");
            String boundary = "\r\n--" + type.substring(type.indexOf('=') + 1);
            assertThat(parts.body())
                    .asString()
                    .isEqualTo(boundary + "\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-1/10\r\n\r\n01"
                            + boundary + "\r\nContent-Type: text/plain\r\nContent-Range: bytes 8-9/10\r\n\r\n89"
                            + boundary + "--\r\n");
        }

        @Test
        void refusesARangeBeyondTheEnd() throws Exception {
            put("/files/digits.txt", "0123456789");

            HttpResponse<byte[]> refused = get("/files/digits.txt", "Range", "bytes=10-");

            assertThat(refused.statusCode()).isEqualTo(416);
            assertThat(header(refused, "Content-Range")).isEqualTo("bytes */10");
        }

        @Test
        void sendsTheWholeFileIfTheOtherPartsAreOfAnother() throws Exception {
            put("/files/digits.txt", "0123456789");
            String etag = header(get("/files/digits.txt"), "ETag");

            assertThat(get("/files/digits.txt", "Range", "bytes=3-5", "If-Range", etag)
                            .statusCode())
                    .isEqualTo(206);
            assertThat(get("/files/digits.txt", "Range", "bytes=3-5", "If-Range", "\"other\"")
                            .body())
                    .asString()
                    .isEqualTo("0123456789");
        }

        @Test
        void sendsNothingThatTheClientHas() throws Exception {
            put("/files/key", "content");
            HttpResponse<byte[]> first = get("/files/key");

            assertThat(get("/files/key", "If-None-Match", header(first, "ETag")).statusCode())
                    .isEqualTo(304);
            assertThat(get("/files/key", "If-Modified-Since", header(first, "Last-Modified"))
                            .statusCode())
                    .isEqualTo(304);
            assertThat(get("/files/key", "If-None-Match", "\"other\"").statusCode())
                    .isEqualTo(200);
        }

        @Test
        void tellsTheLengthToHead() throws Exception {
            put("/files/key", "content");

            HttpResponse<byte[]> head = send("HEAD", "/files/key", new byte[0], "Range", "bytes=0-1");

            assertThat(head.statusCode()).isEqualTo(200);
            assertThat(header(head, "Content-Length")).isEqualTo("7");
            assertThat(header(head, "Accept-Ranges")).isEqualTo("bytes");
            assertThat(head.body()).isEmpty();
        }

        @Test
        void sendsAnEmptyFile() throws Exception {
            Files.createFile(root().resolve("empty"));

            HttpResponse<byte[]> whole = get("/files/empty");

            assertThat(whole.statusCode()).isEqualTo(200);
            assertThat(header(whole, "Content-Length")).isEqualTo("0");
            assertThat(get("/files/empty", "Range", "bytes=0-").statusCode()).isEqualTo(416);
        }

        @Test
        void letsNoFileActInTheNameOfTheSite() throws Exception {
            put("/files/page.html", "<script>alert(1)</script>");

            HttpResponse<byte[]> page = get("/files/page.html");

            assertThat(header(page, "Content-Security-Policy")).isEqualTo("sandbox");
            assertThat(header(page, "X-Content-Type-Options")).isEqualTo("nosniff");
        }

        @Test
        void saysThatThereIsNothing() throws Exception {
            HttpResponse<byte[]> nothing = get("/files/nothing/here");

            assertThat(nothing.statusCode()).isEqualTo(404);
            assertThat(header(nothing, "Content-Type")).isEqualTo("application/problem+json");
        }

        @Test
        void breaksTheConnectionIfTheFileEndsEarly() throws Exception {
            long size = 512L << 20; // more than sockets and read-ahead can hold
            try (RandomAccessFile sparse =
                            new RandomAccessFile(root().resolve("shrinking").toFile(), "rw");
                    RawHttp http = new RawHttp(port)) {
                sparse.setLength(size);
                http.lines("GET /files/shrinking HTTP/1.1", "Host: here", "");
                assertThat(http.head()).startsWith("HTTP/1.1 200").contains("Content-Length: " + size);

                sparse.setLength(0);

                assertThat(http.countToTheEnd()).isLessThan(size);
            }
        }
    }

    @Nested
    class Delete {

        @Test
        void removesTheFileOnce() throws Exception {
            put("/files/key", "content");

            assertThat(send("DELETE", "/files/key", new byte[0]).statusCode()).isEqualTo(204);
            assertThat(send("DELETE", "/files/key", new byte[0]).statusCode()).isEqualTo(404);
            assertThat(root().resolve("key")).doesNotExist();
        }
    }

    @Nested
    class Listing {

        @Test
        void showsFilesInOrderPageByPage() throws Exception {
            for (String key : List.of("b", "a/2", "a/1", "c")) {
                put("/files/" + key, key);
            }

            assertThat(keys("/files")).containsExactly("a/1", "a/2", "b", "c");
            assertThat(keys("/files?prefix=a/")).containsExactly("a/1", "a/2");
            assertThat(keys("/files?limit=3")).containsExactly("a/1", "a/2", "b");
            assertThat(keys("/files?limit=3&after=b")).containsExactly("c");
            assertThat(more("/files?limit=3")).isTrue();
            assertThat(more("/files?limit=4")).isFalse();
        }

        @Test
        void showsNothingOutsideTheRoot() throws Exception {
            Files.writeString(directory.resolve("outside"), "secret");

            for (String prefix : List.of("../", "..%2F", "/", "../outside", "..%5C")) {
                HttpResponse<byte[]> response = get("/files?prefix=" + prefix);
                assertThat(response.body()).as(prefix).asString().doesNotContain("outside", "secret");
            }
        }

        @Test
        void refusesALimitThatIsOutOfBounds() throws Exception {
            assertThat(get("/files?limit=0").statusCode()).isEqualTo(400);
            assertThat(get("/files?limit=10001").statusCode()).isEqualTo(400);
            assertThat(get("/files?limit=many").statusCode()).isEqualTo(400);
        }

        private List<String> keys(String path) throws Exception {
            return JsonPath.read(text(path), "$.files[*].key");
        }

        private boolean more(String path) throws Exception {
            return JsonPath.read(text(path), "$.more");
        }
    }

    private String text(String path) throws Exception {
        return new String(get(path).body(), StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../outside",
                "../../outside",
                "a/../../outside",
                "./../outside",
                "%2e%2e/outside",
                "%2E%2E/outside",
                ".%2e/outside",
                "..%2foutside",
                "..%2Foutside",
                "%2e%2e%2foutside",
                "%252e%252e/outside",
                "%252e%252e%252foutside",
                "..%252foutside",
                "%25252e%25252e%25252foutside",
                "..\\outside",
                "..%5coutside",
                "%2e%2e%5coutside",
                "%255coutside",
                "/outside",
                "//outside",
                "%2foutside",
                "..;/outside",
                "..;a=b/outside",
                ";/../outside",
                "..%00/outside",
                "outside%00.txt",
                "%c0%ae%c0%ae/outside",
                "%c0%ae%c0%ae%c0%afoutside",
                "%e0%80%ae%e0%80%ae/outside",
                "%u002e%u002e/outside",
                "%ff%fe/outside",
                "..%0d%0aoutside",
                ".",
                "..",
                "a/./b",
                "a//b",
                "a/",
                "link/outside",
                "file:%2f%2f%2foutside",
            })
    void aHostileKeyReachesNothing(String key) throws Exception {
        Path outside = Files.writeString(directory.resolve("outside"), "secret");
        Path link = root().resolve("link");
        Files.createSymbolicLink(link, directory);
        List<String> before = namesOutside();

        assertThat(answer("GET", key)).isIn(400, 403, 404);
        assertThat(answer("PUT", key)).isIn(400, 403, 404);
        assertThat(answer("POST", key)).isIn(400, 403, 404);
        assertThat(answer("DELETE", key)).isIn(400, 403, 404);

        assertThat(outside).hasContent("secret");
        assertThat(namesOutside()).isEqualTo(before);
    }

    private int answer(String method, String key) throws IOException {
        try (RawHttp http = new RawHttp(port)) {
            http.lines(method + " /files/" + key + " HTTP/1.1", "Host: here", "Content-Length: 4", "")
                    .bytes("evil");
            return http.status();
        }
    }

    private static List<String> namesOutside() {
        String[] names = directory.toFile().list();
        assertThat(names).isNotNull();
        return Stream.of(names).sorted().toList();
    }

    @Test
    void refusesAnUnknownMethod() throws Exception {
        HttpResponse<byte[]> refused = send("PATCH", "/files/key", utf8("x"));

        assertThat(refused.statusCode()).isEqualTo(405);
        assertThat(header(refused, "Allow")).contains("GET", "PUT", "POST", "DELETE");
    }

    @Test
    void showsItsMetersMoving() throws Exception {
        double before = meter("conveyor.bytes.written");

        put("/files/key", "content");

        assertThat(meter("conveyor.bytes.written")).isEqualTo(before + 7);
        assertThat(meter("conveyor.backend.calls?tag=operation:commit")).isPositive();
        assertThat(Arrays.asList("conveyor.pending", "conveyor.memory.used", "conveyor.write.stalls"))
                .allSatisfy(name -> assertThat(get("/actuator/metrics/" + name).statusCode())
                        .isEqualTo(200));
    }

    private double meter(String name) throws Exception {
        return JsonPath.<Double>read(text("/actuator/metrics/" + name), "$.measurements[0].value");
    }
}
