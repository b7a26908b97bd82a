package io.conveyor.spring.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spring.ConveyorBackendDecorator;
import io.conveyor.spring.RecordingFactory;
import io.conveyor.spring.autoconfigure.ConveyorAutoConfiguration;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.MemoryBackend;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

class ConveyorMetricsAutoConfigurationTest {

    private final ApplicationContextRunner withoutRegistry = new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(ConveyorAutoConfiguration.class, ConveyorMetricsAutoConfiguration.class))
            .withBean(StorageBackend.class, MemoryBackend::create);

    private final ApplicationContextRunner runner = withoutRegistry.withConfiguration(AutoConfigurations.of(
            MetricsAutoConfiguration.class,
            CompositeMeterRegistryAutoConfiguration.class,
            SimpleMetricsExportAutoConfiguration.class));

    @Test
    void metersMoveWithWhatTheApplicationDoes() {
        runner.run(context -> {
            MeterRegistry registry = context.getBean(MeterRegistry.class);
            ConveyorFactory factory = context.getBean(ConveyorFactory.class);

            factory.write("key", out -> out.write(Bytes.buffer("content")));
            try (Conveyor conveyor = factory.open("key")) {
                conveyor.read(ByteBuffer.allocate(100));
                assertThat(registry.get("conveyor.open").gauge().value()).isEqualTo(1);
            }

            assertThat(registry.get("conveyor.open").gauge().value()).isZero();
            assertThat(registry.get("conveyor.opened").functionCounter().count())
                    .isEqualTo(2);
            assertThat(registry.get("conveyor.bytes.written").functionCounter().count())
                    .isEqualTo(7);
            assertThat(registry.get("conveyor.bytes.read").functionCounter().count())
                    .isEqualTo(7);
            assertThat(calls(registry, "pwrite")).isPositive();
            assertThat(calls(registry, "pread")).isPositive();
            assertThat(calls(registry, "commit")).isEqualTo(1);
        });
    }

    private static long calls(MeterRegistry registry, String operation) {
        return registry.get("conveyor.backend.calls")
                .tags("operation", operation, "outcome", "SUCCESS", "backend", "memory", "store", "default")
                .timer()
                .count();
    }

    @Test
    void bindsTheFactoryOfTheApplicationToo() {
        RecordingFactory own = new RecordingFactory();

        runner.withBean("archive", ConveyorFactory.class, () -> own)
                .run(context -> assertThat(context.getBean(MeterRegistry.class)
                                .get("conveyor.writes")
                                .tag("store", "archive")
                                .functionCounter()
                                .count())
                        .isZero());
    }

    @Test
    void stepsBackWithoutARegistry() {
        withoutRegistry.run(context -> {
            assertThat(context).hasSingleBean(ConveyorFactory.class);
            assertThat(context).doesNotHaveBean(ConveyorBackendDecorator.class);
        });
    }

    @Test
    void stepsBackWithoutMicrometer() {
        withoutRegistry
                .withClassLoader(new FilteredClassLoader(MeterRegistry.class))
                .run(context -> {
                    assertThat(context).hasSingleBean(ConveyorFactory.class);
                    assertThat(context).doesNotHaveBean(ConveyorMetricsAutoConfiguration.class);
                });
    }

    @Test
    void stepsBackWhenConveyorIsDisabled() {
        runner.withPropertyValues("conveyor.enabled=false").run(context -> {
            assertThat(context).hasNotFailed();
            assertThat(context).doesNotHaveBean(ConveyorBackendDecorator.class);
        });
    }
}
