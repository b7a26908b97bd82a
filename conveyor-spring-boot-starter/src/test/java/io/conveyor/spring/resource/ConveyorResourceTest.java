package io.conveyor.spring.resource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.ConveyorFactory;
import io.conveyor.spring.ConveyorBackendFactory;
import io.conveyor.spring.RecordingFactory;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.MemoryBackend;
import java.io.FileNotFoundException;
import java.io.OutputStream;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.io.DefaultResourceLoader;
import org.springframework.core.io.Resource;
import org.springframework.core.io.ResourceLoader;
import org.springframework.core.io.WritableResource;
import org.springframework.core.io.support.ResourcePatternResolver;
import org.springframework.web.servlet.config.annotation.ResourceHandlerRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/** In a real application: a context runner reads no {@code spring.factories}. */
@Timeout(120)
class ConveyorResourceTest {

    @TempDir
    static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static ConfigurableApplicationContext context;

    @BeforeAll
    static void start() throws Exception {
        context = new SpringApplication(Application.class)
                .run(
                        "--server.port=0",
                        "--conveyor.posix.root=" + directory,
                        "--conveyor.stores.archive.backend=memory",
                        "--sample.seed=conveyor:seed.txt",
                        "--patterns.logs=conveyor:logs/*.csv");
        ConveyorFactory factory = context.getBean(ConveyorFactory.class);
        for (String key : List.of("seed.txt", "static/one.txt", "logs/a.csv", "logs/2026/b.csv", "logs/c.txt")) {
            factory.write(key, out -> out.write(Bytes.buffer("content of " + key)));
        }
    }

    @AfterAll
    static void stop() {
        context.close();
    }

    private static Resource resource(String location) {
        return context.getResource(location);
    }

    @Test
    void valuesPropertiesAndLoadersUnderstandTheLocation() throws Exception {
        assertThat(context.getBean(Sample.class).getSeed().getContentAsString(StandardCharsets.UTF_8))
                .isEqualTo("content of seed.txt");
        assertThat(context.getBean(Holder.class).seed())
                .isEqualTo(context.getBean(Sample.class).getSeed());
        assertThat(resource("conveyor:seed.txt")).isEqualTo(resource("conveyor://default/seed.txt"));
    }

    @Test
    void aResourceOfANamedStoreIsInThatStore() throws Exception {
        WritableResource resource = (WritableResource) resource("conveyor://archive/some/where.txt");
        try (OutputStream out = resource.getOutputStream()) {
            out.write("kept".getBytes(StandardCharsets.UTF_8));
        }

        assertThat(context.getBean("archive", ConveyorFactory.class).exists("some/where.txt"))
                .isTrue();
        assertThat(directory.resolve("some/where.txt")).doesNotExist();
        assertThat(resource.getContentAsString(StandardCharsets.UTF_8)).isEqualTo("kept");
    }

    @Test
    void whatTheStoreSaysIsWhatTheResourceSays() throws Exception {
        Resource resource = resource("conveyor:static/one.txt");

        assertThat(resource.exists()).isTrue();
        assertThat(resource.isReadable()).isTrue();
        assertThat(resource.isFile()).isFalse();
        assertThat(resource.contentLength()).isEqualTo(25);
        assertThat(resource.lastModified())
                .isEqualTo(context.getBean(ConveyorFactory.class)
                        .attributes("static/one.txt")
                        .lastModified()
                        .toEpochMilli());
        assertThat(resource.getFilename()).isEqualTo("one.txt");
        assertThat(resource.getURI()).isEqualTo(URI.create("conveyor://default/static/one.txt"));
        try (var in = resource.getURL().openStream()) {
            assertThat(in).hasContent("content of static/one.txt");
        }
        assertThatThrownBy(resource::getFile).isInstanceOf(FileNotFoundException.class);
    }

    @Test
    void aUrlThatIsMadeRelativeToAnotherOpensItsOwnObject() throws Exception {
        URL one = resource("conveyor:static/one.txt").getURL();
        context.getBean(ConveyorFactory.class)
                .write("static/two words.txt", out -> out.write(Bytes.buffer("content of two words")));

        try (var in = new URL(one, "two%20words.txt").openStream()) {
            assertThat(in).hasContent("content of two words");
        }
        try (var in = new URL(one, "nested/../one.txt#part").openStream()) {
            assertThat(in).hasContent("content of static/one.txt");
        }
        assertThatThrownBy(new URL(one, "100%.txt")::openStream).isInstanceOf(MalformedURLException.class);
        assertThatThrownBy(new URL(one, "absent.txt")::openStream).isInstanceOf(FileNotFoundException.class);
    }

    @Test
    void aUrlOpensAnObjectWhoseKeyIsEscapedInIt() throws Exception {
        String key = "größe 100% #1?.txt";
        context.getBean("archive", ConveyorFactory.class).write(key, out -> out.write(Bytes.buffer("content")));

        try (var in = resource("conveyor://archive/" + key).getURL().openStream()) {
            assertThat(in).hasContent("content");
        }
    }

    /** What a name service answers is out of reach of a test; that a name which none knows has the hash and the equals of its text is not. */
    @Test
    void urlsAreComparedByTheirTextWithoutANameService() throws Exception {
        URL url = resource("conveyor://localhost/x").getURL();

        assertThat(url).isEqualTo(resource("conveyor://localhost/x").getURL());
        assertThat(url).hasSameHashCodeAs(url.toExternalForm());
        assertThat(url)
                .as("two names of one address are two stores")
                .isNotEqualTo(resource("conveyor://127.0.0.1/x").getURL());
    }

    @Test
    void whatIsNotThereDoesNotExist() {
        assertThat(resource("conveyor:absent").exists()).isFalse();
        assertThat(resource("conveyor:static/").exists())
                .as("there are no directories")
                .isFalse();
        assertThat(resource("conveyor:").exists()).isFalse();
        assertThat(resource("conveyor:../outside").exists()).isFalse();
        assertThatThrownBy(() -> resource("conveyor:absent").getInputStream())
                .isInstanceOf(FileNotFoundException.class);
        assertThatThrownBy(() -> resource("conveyor:absent").contentLength()).isInstanceOf(FileNotFoundException.class);
        assertThatThrownBy(() -> resource("conveyor://nowhere/x").exists())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("no Conveyor store 'nowhere'");
    }

    @Test
    void aStoreThatCannotBeToldFromAnotherIsNotCalledAbsent() {
        try (var several = new GenericApplicationContext()) {
            several.registerBean("one", ConveyorFactory.class, () -> new RecordingFactory());
            several.registerBean("other", ConveyorFactory.class, () -> new RecordingFactory());
            several.refresh();
            Resource resource = new ConveyorProtocolResolver().resolve("conveyor:x", several);

            assertThat(resource).isNotNull();
            assertThatThrownBy(resource::exists)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("which Conveyor store is 'default' cannot be told: mark one of [one, other] with"
                            + " @Primary");
        }
    }

    @Test
    void relativeLocationsKeepASlashAtTheEnd() throws Exception {
        assertThat(resource("conveyor:static/").createRelative("one.txt").exists())
                .isTrue();
        assertThat(resource("conveyor:static/other").createRelative("one.txt").exists())
                .isTrue();
        assertThat(resource("conveyor:static/deep/")
                        .createRelative("../one.txt")
                        .exists())
                .isTrue();
    }

    @Test
    void aRelativeLocationIsThatOfTheObjectWhoseKeyHasTheBackslash() throws Exception {
        try (OutputStream out = ((WritableResource) resource("conveyor:odd\\name/one.txt")).getOutputStream()) {
            out.write(1);
        }

        assertThat(resource("conveyor:odd\\name/other.txt")
                        .createRelative("one.txt")
                        .exists())
                .isTrue();
        assertThat(resource("conveyor:odd/name/other.txt")
                        .createRelative("one.txt")
                        .exists())
                .isFalse();
    }

    @Test
    void writingReplacesInOneStepWhenItIsClosed() throws Exception {
        WritableResource resource = (WritableResource) resource("conveyor:written.txt");
        try (WritableByteChannel channel = resource.writableChannel()) {
            channel.write(ByteBuffer.wrap("new".getBytes(StandardCharsets.UTF_8)));
            assertThat(resource.exists()).as("before close").isFalse();
        }

        assertThat(resource.getContentAsString(StandardCharsets.UTF_8)).isEqualTo("new");
        try (var channel = resource.readableChannel()) {
            ByteBuffer read = ByteBuffer.allocate(3);
            assertThat(channel.read(read)).isEqualTo(3);
        }
    }

    @Test
    void patternsFindWhatMatches() throws Exception {
        ConveyorResourcePatternResolver resolver = context.getBean(ConveyorResourcePatternResolver.class);

        assertThat(Stream.of(resolver.getResources("conveyor:logs/**/*.csv")).map(Resource::getDescription))
                .containsExactly(
                        "conveyor resource [conveyor:logs/2026/b.csv]", "conveyor resource [conveyor:logs/a.csv]");
        assertThat(resolver.getResources("conveyor:absent")).hasSize(1);
        assertThat(resolver.getResources("conveyor:nothing/*")).isEmpty();
        assertThat(resolver.getResources("classpath*:META-INF/spring.factories"))
                .isNotEmpty();
    }

    @Test
    void arraysInValuesAndPropertiesAreWhatMatches() {
        assertThat(context.getBean(Found.class).logs())
                .extracting(Resource::getDescription)
                .containsExactly(
                        "conveyor resource [conveyor:logs/2026/b.csv]", "conveyor resource [conveyor:logs/a.csv]");
        assertThat(context.getBean(Found.class).factories())
                .as("patterns of others are left to the context")
                .hasSizeGreaterThan(1)
                .noneMatch(ConveyorResource.class::isInstance);
        assertThat(context.getBean(Patterns.class).getLogs())
                .extracting(Resource::getFilename)
                .containsExactly("a.csv");
    }

    @Test
    void theContextStaysTheResourceLoaderThatIsInjected() {
        assertThat(context.getBean(Holder.class).loader()).isSameAs(context);
        assertThat(context.getBean(Holder.class).patterns()).isSameAs(context);
    }

    @Test
    void aLoaderWithoutBeansKnowsNoStore() {
        assertThat(new ConveyorProtocolResolver().resolve("conveyor:x", new DefaultResourceLoader()))
                .isNull();
        assertThat(new ConveyorProtocolResolver().resolve("file:x", context)).isNull();
    }

    @Test
    void springMvcServesRangesOfThem() throws Exception {
        HttpResponse<String> whole = get("one.txt");
        assertThat(whole.statusCode()).isEqualTo(200);
        assertThat(whole.body()).isEqualTo("content of static/one.txt");
        assertThat(whole.headers().firstValue("Last-Modified")).isPresent();

        HttpResponse<String> part = get("one.txt", "Range", "bytes=11-16");
        assertThat(part.statusCode()).isEqualTo(206);
        assertThat(part.body()).isEqualTo("static");
        assertThat(part.headers().firstValue("Content-Range")).contains("bytes 11-16/25");

        assertThat(get("one.txt", "Range", "bytes=25-").statusCode()).isEqualTo(416);
        assertThat(get("absent.txt").statusCode()).isEqualTo(404);
        assertThat(get("..%2fseed.txt").statusCode()).isIn(400, 404);
        assertThat(get("../seed.txt").statusCode()).isIn(400, 404);
    }

    private static HttpResponse<String> get(String path, String... headers) throws Exception {
        String port = context.getEnvironment().getProperty("local.server.port");
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/files/" + path));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HttpClient.newHttpClient().send(request.GET().build(), BodyHandlers.ofString());
    }

    @ConfigurationProperties("sample")
    static class Sample {

        @SuppressWarnings("NullAway.Init")
        private Resource seed;

        public Resource getSeed() {
            return seed;
        }

        public void setSeed(Resource seed) {
            this.seed = seed;
        }
    }

    static class Patterns {

        private Resource[] logs = {};

        public Resource[] getLogs() {
            return logs;
        }

        public void setLogs(Resource[] logs) {
            this.logs = logs;
        }
    }

    record Found(List<Resource> logs, List<Resource> factories) {}

    record Holder(Resource seed, ResourceLoader loader, ResourcePatternResolver patterns) {}

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @EnableConfigurationProperties(Sample.class)
    static class Application implements WebMvcConfigurer {

        @Bean
        Holder holder(
                @Value("conveyor:seed.txt") Resource seed, ResourceLoader loader, ResourcePatternResolver patterns) {
            return new Holder(seed, loader, patterns);
        }

        @Bean
        @Lazy
        Found found(
                @Value("conveyor:logs/**/*.csv") Resource[] logs,
                @Value("classpath*:META-INF/spring.factories") Resource[] factories) {
            return new Found(List.of(logs), List.of(factories));
        }

        @Bean
        @Lazy
        @ConfigurationProperties("patterns")
        Patterns patterns() {
            return new Patterns();
        }

        @Bean
        ConveyorBackendFactory memory() {
            return new ConveyorBackendFactory() {
                @Override
                public String name() {
                    return "memory";
                }

                @Override
                public MemoryBackend create() {
                    return MemoryBackend.create();
                }
            };
        }

        @Override
        public void addResourceHandlers(ResourceHandlerRegistry registry) {
            registry.addResourceHandler("/files/**").addResourceLocations("conveyor:static/");
        }
    }
}
