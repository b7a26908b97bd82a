package io.conveyor.spring.metrics;

import io.conveyor.ConveyorFactory;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spring.ConveyorBackendDecorator;
import io.conveyor.spring.autoconfigure.ConveyorAutoConfiguration;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.Map;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;

/**
 * Registers the meters of every {@link ConveyorFactory} and times the calls to its backend, if the application has a {@link MeterRegistry}.
 * {@code management.metrics.enable.conveyor=false} switches the meters off.
 */
@AutoConfiguration(
        after = ConveyorAutoConfiguration.class,
        afterName = "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration")
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnBean({MeterRegistry.class, ConveyorFactory.class})
public final class ConveyorMetricsAutoConfiguration {

    ConveyorMetricsAutoConfiguration() {}

    @Bean
    ConveyorBackendDecorator conveyorBackendTimer(MeterRegistry registry) {
        return (backend, store) -> new TimedBackend(backend, new CallTimers(registry, tags(backend.name(), store)));
    }

    @Bean
    MeterBinder conveyorMeters(Map<String, ConveyorFactory> factories, ObjectProvider<StorageBackend> backend) {
        StorageBackend unique = backend.getIfUnique();
        String name = unique == null ? "unknown" : unique.name();
        return registry -> factories.forEach(
                (bean, factory) -> new ConveyorMeters(factory, tags(name, store(bean))).bindTo(registry));
    }

    private static String store(String bean) {
        return bean.equals("conveyorFactory") ? "default" : bean;
    }

    private static Tags tags(String backend, String store) {
        return Tags.of("backend", backend, "store", store);
    }
}
