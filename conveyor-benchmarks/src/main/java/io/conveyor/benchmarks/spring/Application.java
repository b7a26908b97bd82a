package io.conveyor.benchmarks.spring;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.benchmarks.contest.Task;
import io.conveyor.benchmarks.store.ArrayStore;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spring.ConveyorBackendFactory;
import io.conveyor.spring.autoconfigure.ConveyorAutoConfiguration;
import io.conveyor.spring.metrics.ConveyorMetricsAutoConfiguration;
import io.conveyor.spring.metrics.ConveyorObservationAutoConfiguration;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** An application with the starter, its store in memory, and one open conveyor. */
final class Application implements AutoCloseable {

    static final int CHUNK = 4 << 10;
    static final int BYTES = 64 << 20;

    private final ConfigurableApplicationContext context;
    private final Conveyor conveyor;
    private final ByteBuffer src = ByteBuffer.allocateDirect(CHUNK);

    private Application(ConfigurableApplicationContext context) throws IOException {
        this.context = context;
        this.conveyor = context.getBean(ConveyorFactory.class)
                .open("object", StandardOpenOption.WRITE, StandardOpenOption.CREATE);
    }

    /** Starts an application of {@code parts}. */
    static Application of(Class<?>... parts) throws IOException {
        ConfigurableApplicationContext context = new SpringApplicationBuilder(parts)
                .web(WebApplicationType.NONE)
                .logStartupInfo(false)
                .properties(Map.of(
                        "spring.main.banner-mode", "off",
                        "conveyor.backend", "array",
                        "conveyor.memory-budget", "64MB"))
                .run();
        // as Spring Boot does it where its own metrics are
        context.getBeansOfType(MeterBinder.class)
                .values()
                .forEach(binder -> binder.bindTo(context.getBean(MeterRegistry.class)));
        return new Application(context);
    }

    /** Writes the whole object and flushes it. */
    double write() throws IOException {
        conveyor.position(0);
        for (int i = 0; i < BYTES / CHUNK; i++) {
            conveyor.write(src.rewind());
        }
        conveyor.flush();
        return Task.ELAPSED;
    }

    @Override
    public void close() throws IOException {
        conveyor.close();
        context.close();
    }

    /** A store whose calls cost next to nothing, so that what is added shows. */
    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration(ConveyorAutoConfiguration.class)
    static class Plain {

        @Bean
        ConveyorBackendFactory array() {
            return new ConveyorBackendFactory() {
                @Override
                public String name() {
                    return "array";
                }

                @Override
                public StorageBackend create() {
                    return new ArrayStore(BYTES, 1);
                }
            };
        }
    }

    /** Meters, and timers of the backend's calls. */
    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration(ConveyorMetricsAutoConfiguration.class)
    static class Metrics {

        @Bean
        MeterRegistry meters() {
            return new SimpleMeterRegistry();
        }
    }

    /** Observations with nobody who looks. */
    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration(ConveyorObservationAutoConfiguration.class)
    static class Unobserved {

        @Bean
        ObservationRegistry observations() {
            return ObservationRegistry.NOOP;
        }
    }

    /** Observations that become timers. */
    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration(ConveyorObservationAutoConfiguration.class)
    static class Observed {

        @Bean
        ObservationRegistry observations(MeterRegistry meters) {
            ObservationRegistry registry = ObservationRegistry.create();
            registry.observationConfig().observationHandler(new DefaultMeterObservationHandler(meters));
            return registry;
        }
    }
}
