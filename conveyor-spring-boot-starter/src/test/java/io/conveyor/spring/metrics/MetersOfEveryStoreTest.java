package io.conveyor.spring.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.ConveyorFactory;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spring.ConveyorBackendFactory;
import io.conveyor.spring.S3Server;
import io.conveyor.spring.autoconfigure.ConveyorAutoConfiguration;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.FaultInjectingBackend;
import io.conveyor.testkit.FaultPlan;
import io.conveyor.testkit.MemoryBackend;
import io.conveyor.testkit.StorageOperation;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MeterRegistryCustomizer;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.prometheus.PrometheusMetricsExportAutoConfiguration;
import org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ContextConsumer;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** One registry, into which a store on posix, one on S3, one in memory and one that fails put their meters. Prometheus shows what comes of it. */
@Timeout(120)
@ExtendWith(OutputCaptureExtension.class)
class MetersOfEveryStoreTest {

    /** How the calls of backends come to be meters. */
    enum Way {
        TIMED,
        OBSERVED
    }

    @TempDir
    static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static S3Server s3;

    private final Queue<String> refused = new ConcurrentLinkedQueue<>();
    private final FaultPlan plan = FaultPlan.create();

    @BeforeAll
    static void startS3() throws Exception {
        s3 = S3Server.start();
    }

    @AfterAll
    static void stopS3() throws Exception {
        s3.close();
    }

    private ApplicationContextRunner runner(Way way) {
        ApplicationContextRunner timed = new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        ConveyorAutoConfiguration.class,
                        ConveyorMetricsAutoConfiguration.class,
                        ConveyorObservationAutoConfiguration.class,
                        MetricsAutoConfiguration.class,
                        CompositeMeterRegistryAutoConfiguration.class,
                        PrometheusMetricsExportAutoConfiguration.class))
                .withBean(MeterRegistryCustomizer.class, () -> (MeterRegistryCustomizer<MeterRegistry>) registry ->
                        registry.config().onMeterRegistrationFailed((id, reason) -> refused.add(id + ": " + reason)))
                .withBean("memory", ConveyorBackendFactory.class, () -> backend("memory", MemoryBackend.create()))
                .withBean(
                        "failing",
                        ConveyorBackendFactory.class,
                        () -> backend("failing", FaultInjectingBackend.over(MemoryBackend.create(), plan)))
                .withPropertyValues("conveyor.posix.root=" + directory)
                .withPropertyValues(s3.properties("conveyor.stores.remote"))
                .withPropertyValues(
                        "conveyor.stores.scratch.backend=memory",
                        "conveyor.stores.broken.backend=failing",
                        "conveyor.stores.broken.retry.attempts=1");
        return way == Way.TIMED
                ? timed
                : timed.withConfiguration(AutoConfigurations.of(ObservationAutoConfiguration.class));
    }

    private static ConveyorBackendFactory backend(String name, StorageBackend backend) {
        return new ConveyorBackendFactory() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public StorageBackend create() {
                return backend;
            }
        };
    }

    /** Each store writes, reads, and fails; then what the registry has is looked at. */
    private void afterSuccessesAndFailures(Way way, ContextConsumer<AssertableApplicationContext> then) {
        plan.on(StorageOperation.DELETE).always().failWith(Kind.THROTTLED, Retry.NEVER);
        runner(way).run(context -> {
            Map<String, ConveyorFactory> stores = context.getBeansOfType(ConveyorFactory.class);
            assertThat(stores).hasSize(4);
            for (ConveyorFactory store : stores.values()) {
                use(store);
            }
            assertThatThrownBy(() ->
                            context.getBean("broken", ConveyorFactory.class).delete("key"))
                    .isInstanceOf(IOException.class);
            then.accept(context);
        });
    }

    private static void use(ConveyorFactory store) throws IOException {
        store.write("key", out -> out.write(Bytes.buffer("content")));
        try (var conveyor = store.open("key")) {
            assertThat(conveyor.read(ByteBuffer.allocate(100))).isEqualTo(7);
        }
        assertThatThrownBy(() -> store.attributes("absent")).isInstanceOf(NoSuchFileException.class);
    }

    @ParameterizedTest
    @EnumSource
    void oneNameHasOneSetOfTagKeysOnAllOfThem(Way way) {
        afterSuccessesAndFailures(way, context -> {
            Map<String, Set<List<String>>> keys = context.getBean(MeterRegistry.class).getMeters().stream()
                    .map(Meter::getId)
                    .filter(id -> id.getName().startsWith("conveyor."))
                    .collect(Collectors.groupingBy(
                            Meter.Id::getName, Collectors.mapping(MetersOfEveryStoreTest::keys, Collectors.toSet())));

            assertThat(keys).hasSizeGreaterThan(25);
            assertThat(keys).allSatisfy((name, sets) -> assertThat(sets).hasSize(1));
            assertThat(keys.get("conveyor.backend.calls"))
                    .containsExactly(
                            way == Way.TIMED
                                    ? List.of("backend", "operation", "outcome", "store")
                                    : List.of("backend", "error", "operation", "outcome", "store"));
        });
    }

    private static List<String> keys(Meter.Id id) {
        return id.getTags().stream().map(Tag::getKey).toList();
    }

    @ParameterizedTest
    @EnumSource
    void prometheusTakesThemAllAndNamesTheirUnits(Way way, CapturedOutput output) {
        afterSuccessesAndFailures(way, context -> {
            String scraped = context.getBean(PrometheusMeterRegistry.class).scrape();

            assertThat(refused).isEmpty();
            assertThat(output).doesNotContain("same set of tag keys");
            assertThat(labelsByName(scraped))
                    .hasSizeGreaterThan(25)
                    .allSatisfy((name, labels) -> assertThat(labels).hasSize(1));
            for (String[] store : new String[][] {{"posix", "default"}, {"s3", "remote"}, {"memory", "scratch"}}) {
                String tags = "backend=\"" + store[0] + "\",store=\"" + store[1] + "\"";
                assertThat(scraped)
                        .contains("conveyor_writes_total{" + tags + "} 1.0")
                        .contains("conveyor_bytes_written_bytes_total{" + tags + "} 7.0")
                        .contains("conveyor_pending_bytes{" + tags + "} 0.0")
                        .contains("conveyor_open{" + tags + "} 0.0")
                        .contains("conveyor_opened_total{" + tags + "} 2.0")
                        .contains("conveyor_write_stalls_seconds_count{" + tags + "}")
                        .contains("conveyor_memory_budget_bytes{" + tags + "}");
                assertThat(calls(scraped, store[0], "open", "SUCCESS", store[1]))
                        .isOne();
                assertThat(calls(scraped, store[0], "attributes", "NOT_FOUND", store[1]))
                        .isOne();
            }
            assertThat(calls(scraped, "memory", "delete", "THROTTLED", "broken"))
                    .isOne();
        });
    }

    /** The labels of all lines of one name: Prometheus takes any, but who sums up what is labelled by halves is misled. */
    private static Map<String, Set<String>> labelsByName(String scraped) {
        return scraped.lines()
                .filter(line -> line.startsWith("conveyor_"))
                .collect(Collectors.groupingBy(
                        line -> line.substring(0, line.indexOf('{')),
                        Collectors.mapping(line -> line.replaceAll("=\"[^\"]*\"|} .*", ""), Collectors.toSet())));
    }

    /** How many lines count these calls; the tag {@code error} is there only if they are observed. */
    private static long calls(String scraped, String backend, String operation, String outcome, String store) {
        return scraped.lines()
                .filter(line -> line.startsWith("conveyor_backend_calls_seconds_count{")
                        && line.contains("backend=\"" + backend + "\"")
                        && line.contains("operation=\"" + operation + "\"")
                        && line.contains("outcome=\"" + outcome + "\"")
                        && line.contains("store=\"" + store + "\""))
                .count();
    }

    @ParameterizedTest
    @EnumSource
    void prometheusHasHistogramsOnRequest(Way way) {
        runner(way)
                .withPropertyValues("management.metrics.distribution.percentiles-histogram.conveyor.backend.calls=true")
                .run(context -> {
                    use(context.getBean("remote", ConveyorFactory.class));

                    assertThat(context.getBean(PrometheusMeterRegistry.class).scrape())
                            .containsPattern(
                                    "conveyor_backend_calls_seconds_bucket\\{backend=\"s3\",.*le=\"\\+Inf\"\\}");
                });
        runner(way).run(context -> {
            use(context.getBean("remote", ConveyorFactory.class));

            assertThat(context.getBean(PrometheusMeterRegistry.class).scrape())
                    .doesNotContain("conveyor_backend_calls_seconds_bucket");
        });
    }
}
