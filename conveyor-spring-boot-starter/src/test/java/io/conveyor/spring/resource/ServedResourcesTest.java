package io.conveyor.spring.resource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.conveyor.ConveyorFactory;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.spring.ConveyorBackendDecorator;
import io.conveyor.spring.ConveyorS3ClientBuilderCustomizer;
import io.conveyor.spring.S3Server;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.FaultInjectingBackend;
import io.conveyor.testkit.FaultPlan;
import io.conveyor.testkit.StorageOperation;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.io.ResourceLoader;
import org.springframework.core.io.WritableResource;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.config.annotation.ResourceHandlerRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;

/** Objects of some MiB over HTTP, from files and from S3; what the stores are asked for is counted. */
@Timeout(120)
class ServedResourcesTest {

    /** Where an object is. */
    enum Store {
        POSIX("default"),
        S3("remote");

        private final String bean;

        Store(String bean) {
            this.bean = bean;
        }
    }

    private static final int SIZE = 8 << 20;
    private static final byte[] CONTENT = Bytes.at(0, SIZE, 1);
    private static final byte[] SHORTER = Bytes.at(0, SIZE / 2, 2);
    private static final FaultPlan PLAN = FaultPlan.create();
    private static final Map<String, FaultInjectingBackend> BACKENDS = new ConcurrentHashMap<>();
    private static final Map<String, Integer> S3_REQUESTS = new ConcurrentHashMap<>();

    @TempDir
    static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static S3Server s3;

    @SuppressWarnings("NullAway.Init")
    private static ConfigurableApplicationContext context;

    @BeforeAll
    static void start() throws Exception {
        s3 = S3Server.start();
        SpringApplication application = new SpringApplication(Application.class);
        application.setDefaultProperties(Map.of(
                "server.port",
                "0",
                "conveyor.posix.root",
                directory.resolve("store").toString()));
        context = application.run(Arrays.stream(s3.properties("conveyor.stores.remote"))
                .map(property -> "--" + property)
                .toArray(String[]::new));
    }

    @AfterAll
    static void stop() throws Exception {
        context.close();
        s3.close();
    }

    @BeforeEach
    void storeAndForget() throws IOException {
        PLAN.clear();
        for (Store store : Store.values()) {
            put(store, CONTENT);
        }
        BACKENDS.values().forEach(backend -> backend.counts().reset());
        S3_REQUESTS.clear();
    }

    /** Replaces the object in one step, past Conveyor. */
    private static void put(Store store, byte[] content) {
        if (store == Store.S3) {
            s3.put("served/one.bin", content);
            return;
        }
        try {
            Path file = directory.resolve("store/served/one.bin");
            Files.createDirectories(Objects.requireNonNull(file.getParent()));
            Path next = Files.write(directory.resolve("next"), content);
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static long calls(Store store, StorageOperation operation) {
        return backend(store).counts().of(operation);
    }

    private static FaultInjectingBackend backend(Store store) {
        return Objects.requireNonNull(BACKENDS.get(store.bean));
    }

    private static ConveyorFactory factory(Store store) {
        return context.getBean(store == Store.POSIX ? "conveyorFactory" : store.bean, ConveyorFactory.class);
    }

    private static HttpResponse<byte[]> send(String method, Store store, String file, String... headers)
            throws Exception {
        String port = context.getEnvironment().getProperty("local.server.port");
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/" + store + "/" + file));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HttpClient.newHttpClient()
                .send(
                        request.method(method, HttpRequest.BodyPublishers.noBody())
                                .build(),
                        BodyHandlers.ofByteArray());
    }

    private static HttpResponse<byte[]> get(Store store, String... headers) throws Exception {
        return send("GET", store, "one.bin", headers);
    }

    private static String header(HttpResponse<?> response, String name) {
        return response.headers().firstValue(name).orElse("none");
    }

    private static void assertAskedAndOpenedOnce(Store store) {
        assertThat(calls(store, StorageOperation.ATTRIBUTES)).isOne();
        assertThat(calls(store, StorageOperation.OPEN)).isOne();
        if (store == Store.S3) {
            assertThat(S3_REQUESTS).containsEntry("HeadObject", 2).containsOnlyKeys("HeadObject", "GetObject");
        }
    }

    private static void assertOnlyAskedOnce(Store store) {
        assertThat(calls(store, StorageOperation.ATTRIBUTES)).isOne();
        assertThat(calls(store, StorageOperation.OPEN)).isZero();
        if (store == Store.S3) {
            assertThat(S3_REQUESTS).containsOnly(Map.entry("HeadObject", 1));
        }
    }

    @ParameterizedTest
    @EnumSource
    void theWholeObjectIsServed(Store store) throws Exception {
        HttpResponse<byte[]> response = get(store);

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(header(response, "Content-Length")).isEqualTo("" + SIZE);
        assertThat(header(response, "Accept-Ranges")).isEqualTo("bytes");
        assertThat(Arrays.equals(response.body(), CONTENT)).isTrue();
        assertAskedAndOpenedOnce(store);
        assertThat(backend(store).counts().bytesOf(StorageOperation.PREAD)).isEqualTo(SIZE);
    }

    @ParameterizedTest
    @CsvSource({
        "POSIX, bytes=1000000-3000000, 1000000, 3000001",
        "S3, bytes=1000000-3000000, 1000000, 3000001",
        "POSIX, bytes=0-0, 0, 1",
        "S3, bytes=0-0, 0, 1",
        "POSIX, bytes=-70000, 8318608, 8388608",
        "S3, bytes=-70000, 8318608, 8388608",
        "POSIX, bytes=6000000-, 6000000, 8388608",
        "S3, bytes=6000000-, 6000000, 8388608",
        "POSIX, bytes=8388600-9999999, 8388600, 8388608",
        "S3, bytes=8388600-9999999, 8388600, 8388608"
    })
    void aRangeIsServed(Store store, String range, int start, int end) throws Exception {
        HttpResponse<byte[]> response = get(store, "Range", range);

        assertThat(response.statusCode()).isEqualTo(206);
        assertThat(header(response, "Content-Range")).isEqualTo("bytes " + start + "-" + (end - 1) + "/" + SIZE);
        assertThat(Arrays.equals(response.body(), Arrays.copyOfRange(CONTENT, start, end)))
                .isTrue();
        assertAskedAndOpenedOnce(store);
    }

    @ParameterizedTest
    @EnumSource
    void severalRangesAreServedFromOneVersion(Store store) throws Exception {
        HttpResponse<byte[]> response = get(store, "Range", "bytes=5000000-5099999,100-199,-300000");

        assertThat(response.statusCode()).isEqualTo(206);
        String type = header(response, "Content-Type");
        assertThat(type).startsWith("multipart/byteranges; boundary=");
        String boundary = "--" + type.substring(type.indexOf('=') + 1);
        ByteArrayOutputStream expected = new ByteArrayOutputStream();
        for (int[] range : new int[][] {{5_000_000, 5_100_000}, {100, 200}, {SIZE - 300_000, SIZE}}) {
            expected.writeBytes(
                    ascii("\r\n" + boundary + "\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes "
                            + range[0] + "-" + (range[1] - 1) + "/" + SIZE + "\r\n\r\n"));
            expected.write(CONTENT, range[0], range[1] - range[0]);
        }
        expected.writeBytes(ascii("\r\n" + boundary + "--"));
        assertThat(Arrays.equals(response.body(), expected.toByteArray())).isTrue();
        assertAskedAndOpenedOnce(store);
        assertThat(backend(store).counts().bytesOf(StorageOperation.PREAD)).isEqualTo(400_100);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @ParameterizedTest
    @EnumSource
    void aRangePastTheEndIsRefused(Store store) throws Exception {
        HttpResponse<byte[]> response = get(store, "Range", "bytes=" + SIZE + "-");

        assertThat(response.statusCode()).isEqualTo(416);
        assertThat(header(response, "Content-Range")).isEqualTo("bytes */" + SIZE);
        assertThat(calls(store, StorageOperation.ATTRIBUTES)).isOne();
        assertThat(calls(store, StorageOperation.PREAD)).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void aStoreThatFailsOnceIsNoRangeThatCannotBeSatisfied(Store store) throws Exception {
        PLAN.on(StorageOperation.OPEN).onKey("served/one.bin").next().failWith(Kind.UNAVAILABLE, Retry.NEVER);

        HttpResponse<byte[]> response = get(store, "Range", "bytes=100-199");

        assertThat(response.statusCode()).isEqualTo(500);
    }

    @ParameterizedTest
    @EnumSource
    void whatHasNotChangedIsNotSentAgain(Store store) throws Exception {
        String changed = header(send("HEAD", store, "one.bin"), "Last-Modified");
        storeCountsAnew();

        HttpResponse<byte[]> response = get(store, "If-Modified-Since", changed);

        assertThat(response.statusCode()).isEqualTo(304);
        assertThat(response.body()).isEmpty();
        assertOnlyAskedOnce(store);
    }

    private static void storeCountsAnew() {
        BACKENDS.values().forEach(backend -> backend.counts().reset());
        S3_REQUESTS.clear();
    }

    @ParameterizedTest
    @EnumSource
    void headSaysTheLengthAndFetchesNothing(Store store) throws Exception {
        HttpResponse<byte[]> response = send("HEAD", store, "one.bin");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(header(response, "Content-Length")).isEqualTo("" + SIZE);
        assertOnlyAskedOnce(store);
    }

    @ParameterizedTest
    @EnumSource
    void whatIsNotThereIsAskedForOnce(Store store) throws Exception {
        assertThat(send("GET", store, "absent.bin").statusCode()).isEqualTo(404);
        assertThat(calls(store, StorageOperation.ATTRIBUTES)).isOne();
        assertThat(calls(store, StorageOperation.OPEN)).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void ofAShortRangeNothingElseIsFetched(Store store) throws Exception {
        get(store, "Range", "bytes=0-199999");

        assertThat(calls(store, StorageOperation.PREAD)).isOne();
        assertThat(backend(store).counts().bytesOf(StorageOperation.PREAD)).isEqualTo(200_000);
    }

    @ParameterizedTest
    @EnumSource
    void ofALongRangeAtMostATenthMoreIsFetched(Store store) throws Exception {
        long aheadBefore = factory(store).stats().total().readAhead().fetchedBytes();

        HttpResponse<byte[]> response = get(store, "Range", "bytes=100000-6099999");

        assertThat(response.body()).hasSize(6_000_000);
        assertThat(backend(store).counts().bytesOf(StorageOperation.PREAD)).isBetween(6_000_000L, 6_600_000L);
        assertThat(factory(store).stats().total().readAhead().fetchedBytes() - aheadBefore)
                .as("fetched ahead")
                .isPositive();
    }

    @ParameterizedTest
    @EnumSource
    void anObjectThatIsReplacedBeforeItIsOpenedIsServedAsTheNewOne(Store store) throws Exception {
        PLAN.on(StorageOperation.OPEN).onKey("served/one.bin").next().run(() -> put(store, SHORTER));

        HttpResponse<byte[]> response = get(store);

        assertThat(header(response, "Content-Length")).isEqualTo("" + SHORTER.length);
        assertThat(Arrays.equals(response.body(), SHORTER)).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void anObjectThatIsReplacedWhileItIsSentIsNeverSentAsAMixture(Store store) throws Exception {
        PLAN.on(StorageOperation.PREAD).onKey("served/one.bin").nth(2).run(() -> put(store, SHORTER));

        if (store == Store.POSIX) {
            assertThat(Arrays.equals(get(store).body(), CONTENT)).isTrue();
        } else {
            assertThat(catchThrowable(() -> get(store)))
                    .as("the answer breaks off: the version that was begun is no longer there")
                    .isInstanceOf(IOException.class);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aResourceOfAControllerIsAskedForEachTime(Store store) throws Exception {
        HttpResponse<byte[]> response = send("GET", store, "rewritten");

        assertThat(response.body()).asString(StandardCharsets.US_ASCII).isEqualTo(SIZE + " then 3");
    }

    @ParameterizedTest
    @EnumSource
    void nothingStaysOpen(Store store) throws Exception {
        get(store);
        get(store, "Range", "bytes=100-199,300-399");
        get(store, "Range", "bytes=" + SIZE + "-");

        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(factory(store).openConveyors()).isEmpty());
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application implements WebMvcConfigurer {

        @Override
        public void addResourceHandlers(ResourceHandlerRegistry registry) {
            registry.addResourceHandler("/POSIX/**").addResourceLocations("conveyor:served/");
            registry.addResourceHandler("/S3/**").addResourceLocations("conveyor://remote/served/");
        }

        @Bean
        ConveyorBackendDecorator counting() {
            return (backend, store) -> {
                FaultInjectingBackend counted = FaultInjectingBackend.over(backend, PLAN);
                BACKENDS.put(store, counted);
                return counted;
            };
        }

        @Bean
        ConveyorS3ClientBuilderCustomizer countingRequests() {
            return (builder, store) -> builder.overrideConfiguration(builder.overrideConfiguration().toBuilder()
                    .addExecutionInterceptor(new RequestCounter())
                    .build());
        }

        @Bean
        Rewriting rewriting(ResourceLoader loader) {
            return new Rewriting(loader);
        }
    }

    private static final class RequestCounter implements ExecutionInterceptor {

        @Override
        public void beforeTransmission(Context.BeforeTransmission sent, ExecutionAttributes attributes) {
            S3_REQUESTS.merge(sent.request().getClass().getSimpleName().replace("Request", ""), 1, Integer::sum);
        }
    }

    @RestController
    static class Rewriting {

        private final ResourceLoader loader;

        Rewriting(ResourceLoader loader) {
            this.loader = loader;
        }

        @GetMapping("/POSIX/rewritten")
        String posix() throws IOException {
            return rewrite("conveyor:served/one.bin");
        }

        @GetMapping("/S3/rewritten")
        String s3() throws IOException {
            return rewrite("conveyor://remote/served/one.bin");
        }

        private String rewrite(String location) throws IOException {
            WritableResource resource = (WritableResource) loader.getResource(location);
            long before = resource.contentLength();
            try (var out = resource.getOutputStream()) {
                out.write(ascii("new"));
            }
            return before + " then " + resource.contentLength();
        }
    }
}
