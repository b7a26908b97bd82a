package io.conveyor.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.ConveyorOptions;
import io.conveyor.JournalOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.validation.BindValidationException;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.util.unit.DataSize;

class ConveyorPropertiesTest {

    private final ApplicationContextRunner runner =
            new ApplicationContextRunner().withUserConfiguration(PropertiesConfiguration.class);

    @Test
    void defaultsAreThoseOfTheEngine() {
        assertThat(new ConveyorProperties().toOptions().build())
                .hasToString(ConveyorOptions.inherited().toString());
    }

    @Test
    void bindsSizesAndDurations() {
        runner.withPropertyValues(
                        "conveyor.memory-budget=128MB",
                        "conveyor.workers=6",
                        "conveyor.write.timeout=5s",
                        "conveyor.write.max-pending=16MB",
                        "conveyor.write.delay=2ms",
                        "conveyor.write.allow-several-writers=true",
                        "conveyor.read.timeout=7s",
                        "conveyor.read.ahead=false",
                        "conveyor.read.max-window=4MB",
                        "conveyor.flush.timeout=1m",
                        "conveyor.close.timeout=2m",
                        "conveyor.call.timeout=30s",
                        "conveyor.retry.attempts=3",
                        "conveyor.retry.budget=9s",
                        "conveyor.retry.base-delay=10ms",
                        "conveyor.retry.max-delay=1s",
                        "conveyor.shutdown.flush-timeout=15s")
                .run(context -> {
                    ConveyorProperties properties = context.getBean(ConveyorProperties.class);

                    assertThat(properties.getMemoryBudget()).isEqualTo(DataSize.ofMegabytes(128));
                    assertThat(properties.getWorkers()).isEqualTo(6);
                    assertThat(properties.getShutdown().getFlushTimeout()).isEqualTo(Duration.ofSeconds(15));
                    assertThat(properties.toOptions().build())
                            .hasToString(ConveyorOptions.builder()
                                    .writeTimeout(Duration.ofSeconds(5))
                                    .maxPendingBytes(16 << 20)
                                    .writeDelay(Duration.ofMillis(2))
                                    .allowSeveralWriters(true)
                                    .readTimeout(Duration.ofSeconds(7))
                                    .readAhead(false)
                                    .readMaxWindowBytes(4 << 20)
                                    .flushTimeout(Duration.ofMinutes(1))
                                    .closeTimeout(Duration.ofMinutes(2))
                                    .callTimeout(Duration.ofSeconds(30))
                                    .retryAttempts(3)
                                    .retryBudget(Duration.ofSeconds(9))
                                    .retryBaseDelay(Duration.ofMillis(10))
                                    .retryMaxDelay(Duration.ofSeconds(1))
                                    .build()
                                    .toString());
                });
    }

    @Test
    void bindsTheHealthWithoutAnAgeUnlessThereIsOne() {
        runner.run(context -> {
            ConveyorProperties.Health health =
                    context.getBean(ConveyorProperties.class).getHealth();

            assertThat(health.getTimeout()).isEqualTo(Duration.ofSeconds(5));
            assertThat(health.getMaxPendingAge()).isNull();
        });
        runner.withPropertyValues("conveyor.health.timeout=250ms", "conveyor.health.max-pending-age=10m")
                .run(context -> {
                    ConveyorProperties.Health health =
                            context.getBean(ConveyorProperties.class).getHealth();

                    assertThat(health.getTimeout()).isEqualTo(Duration.ofMillis(250));
                    assertThat(health.getMaxPendingAge()).isEqualTo(Duration.ofMinutes(10));
                });
    }

    @Test
    void bindsTheJournal() {
        runner.withPropertyValues(
                        "conveyor.journal.enabled=true",
                        "conveyor.journal.directory=/some/where",
                        "conveyor.journal.max-bytes=64MB",
                        "conveyor.journal.sync=every-write",
                        "conveyor.journal.sync-interval=20ms")
                .run(context -> {
                    StoreProperties.Journal journal =
                            context.getBean(ConveyorProperties.class).getJournal();

                    assertThat(journal.isEnabled()).isTrue();
                    assertThat(journal.toOptions())
                            .hasToString(JournalOptions.builder(Path.of("/some/where"))
                                    .maxBytes(64 << 20)
                                    .sync(JournalOptions.Sync.EVERY_WRITE)
                                    .syncInterval(Duration.ofMillis(20))
                                    .build()
                                    .toString());
                });
    }

    @Test
    void theDefaultsOfTheJournalAreThoseOfTheEngine() {
        assertThat(new StoreProperties.Journal().toOptions())
                .hasToString(JournalOptions.builder(Path.of("./conveyor-journal"))
                        .build()
                        .toString());
    }

    @Test
    void bindsFromEnvironmentVariables() {
        SpringApplication application = new SpringApplication(PropertiesConfiguration.class);
        application.setWebApplicationType(WebApplicationType.NONE);
        StandardEnvironment environment = new StandardEnvironment();
        environment
                .getPropertySources()
                .replace(
                        StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
                        new SystemEnvironmentPropertySource(
                                StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
                                Map.of("CONVEYOR_BACKEND", "s3", "CONVEYOR_WRITE_MAXPENDING", "1MB")));
        application.setEnvironment(environment);

        try (var context = application.run()) {
            ConveyorProperties properties = context.getBean(ConveyorProperties.class);
            assertThat(properties.getBackend()).isEqualTo("s3");
            assertThat(properties.getWrite().getMaxPending()).isEqualTo(DataSize.ofMegabytes(1));
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            conveyor.backend                | " "    | must not be blank
            conveyor.posix.root             | " "    | must not be blank
            conveyor.posix.permissions      | 0640   | must be nine characters such as 'rw-r-----'
            conveyor.posix.directory-permissions | rwx | must be nine characters such as 'rw-r-----'
            conveyor.posix.preferred-read-bytes | 0B  | must be from 1B to 1073741824B
            conveyor.posix.preferred-write-bytes | 2GB | must be from 1B to 1073741824B
            conveyor.posix.max-concurrent-reads | 0   | must be from 1 to 1024
            conveyor.posix.max-concurrent-writes | 1025 | must be from 1 to 1024
            conveyor.memory-budget          | 63KB   | must be at least 65536B
            conveyor.workers                | 0      | must be from 1 to 1024
            conveyor.write.timeout          | -1ms   | must be from 0s to 36500d
            conveyor.write.max-pending      | -1B    | must be at least 0B
            conveyor.write.delay            | 61s    | must be from 0s to 60s
            conveyor.read.timeout           | 0s     | must be from 1ns to 36500d
            conveyor.read.max-window        | -1B    | must be at least 0B
            conveyor.flush.timeout          | 0s     | must be from 1ns to 36500d
            conveyor.close.timeout          | 0s     | must be from 1ns to 36500d
            conveyor.call.timeout           | 36501d | must be from 1ns to 36500d
            conveyor.retry.attempts         | 101    | must be from 1 to 100
            conveyor.retry.budget           | -1s    | must be from 0s to 36500d
            conveyor.retry.base-delay       | -1s    | must be from 0s to 36500d
            conveyor.retry.max-delay        | -1s    | must be from 0s to 36500d
            conveyor.journal.directory      | " "    | must not be blank
            conveyor.journal.max-bytes      | 1MB    | must be at least 2097152B
            conveyor.journal.sync-interval  | 0s     | must be from 1ms to 3600s
            conveyor.journal.sync-interval  | 61m    | must be from 1ms to 3600s
            conveyor.stores.archive.journal.max-bytes | 1MB | must be at least 2097152B
            conveyor.shutdown.flush-timeout | 0s     | must be from 1ns to 36500d
            conveyor.health.timeout         | 0s     | must be from 1ns to 36500d
            conveyor.health.timeout         | 36501d | must be from 1ns to 36500d
            conveyor.health.max-pending-age | -1s    | must be from 1ns to 36500d
            conveyor.health.max-pending-age | 36501d | must be from 1ns to 36500d
            conveyor.s3.part-size           | 4MB    | must be from 5242880B to 5368709120B
            conveyor.s3.single-put-limit    | 6GB    | must be from 5242880B to 5368709120B
            conveyor.s3.read-concurrency    | 0      | must be from 1 to 1000
            conveyor.s3.write-concurrency   | 1001   | must be from 1 to 1000
            conveyor.s3.commit-concurrency  | 0      | must be from 1 to 1000
            conveyor.s3.staging-memory      | -1B    | must be at least 0B
            conveyor.s3.staging-limit       | 63MB   | must be at least 67108864B
            conveyor.s3.part-size           | 1GB    | must be at least 8589934592B
            conveyor.s3.staging-memory      | 5GB    | must be at least 5368709120B
            conveyor.s3.prefix              | /up    | must not begin with '/', and have at most 512 bytes
            conveyor.s3.attempts            | 0      | must be from 1 to 100
            conveyor.s3.throttled-attempts  | 101    | must be from 1 to 100
            conveyor.s3.connect-timeout     | 0s     | must be from 1ns to 36500d
            conveyor.s3.first-byte-timeout  | 0s     | must be from 1ns to 36500d
            conveyor.s3.no-progress-timeout | 0s     | must be from 1ns to 36500d
            conveyor.s3.request-timeout     | 0s     | must be from 1ns to 36500d
            conveyor.s3.transfer-timeout    | 0s     | must be from 1ns to 36500d
            conveyor.s3.abort-orphans-older-than | 59m | must be from 3600s to 36500d
            conveyor.s3.abort-orphans-older-than | -1d | must be from 3600s to 36500d
            conveyor.hdfs.replication       | 513    | must be from 0 to 512
            conveyor.hdfs.block-size        | -512B  | must be a multiple of 512B, or 0
            conveyor.hdfs.block-size        | 1000B  | must be a multiple of 512B, or 0
            conveyor.hdfs.buffer-size       | 511B   | must be from 512B to 2147483647B
            conveyor.hdfs.staging-size      | 3GB    | must be from 65536B to 2147483647B
            conveyor.hdfs.max-hole-size     | -1B    | must be at least 0B
            conveyor.hdfs.hedged-read-threads | -1   | must be from 0 to 1024
            conveyor.hdfs.hedged-read-threshold | -1s | must be from 0s to 36500d
            conveyor.hdfs.lease-timeout     | 0s     | must be from 1ms to 36500d
            conveyor.hdfs.lease-wait        | -1s    | must be from 0s to 36500d
            conveyor.hdfs.truncate-timeout  | 0s     | must be from 1ms to 36500d
            conveyor.stores.archive.workers | 0      | must be from 1 to 1024
            conveyor.stores.archive.s3.attempts | 0  | must be from 1 to 100
            """)
    void rejectsWhatIsOutOfBoundsByNameValueAndBound(String property, String value, String bound) {
        runner.withPropertyValues(property + "=" + value)
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .isInstanceOfSatisfying(
                                BindValidationException.class,
                                invalid -> assertThat(
                                                invalid.getValidationErrors().getAllErrors())
                                        .singleElement()
                                        .satisfies(error -> assertThat(error.getDefaultMessage())
                                                .isEqualTo(bound))));
    }

    @Test
    void reportsAllThatIsOutOfBoundsInAGroupAtOnce() {
        runner.withPropertyValues("conveyor.retry.attempts=0", "conveyor.retry.budget=-1s")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .isInstanceOfSatisfying(
                                BindValidationException.class,
                                invalid -> assertThat(
                                                invalid.getValidationErrors().getAllErrors())
                                        .hasSize(2)));
    }

    @Test
    void acceptsItsOwnBounds() {
        runner.withPropertyValues(
                        "conveyor.memory-budget=64KB",
                        "conveyor.workers=1",
                        "conveyor.write.timeout=0s",
                        "conveyor.write.delay=60s",
                        "conveyor.read.timeout=1ns",
                        "conveyor.call.timeout=36500d",
                        "conveyor.retry.attempts=100")
                .run(context -> assertThat(context.getBean(ConveyorProperties.class)
                                .toOptions()
                                .build())
                        .isNotNull());
    }

    @Configuration(proxyBeanMethods = false)
    @EnableConfigurationProperties(ConveyorProperties.class)
    static class PropertiesConfiguration {}
}
