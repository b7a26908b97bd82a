package io.conveyor.spring.metrics;

import io.conveyor.spring.ConveyorBackendDecorator;
import io.conveyor.spring.ConveyorStores;
import io.conveyor.spring.autoconfigure.ConveyorAutoConfiguration;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;

/**
 * Registers the meters of every {@link io.conveyor.ConveyorFactory} and times the calls to its backend, if the application has a {@link MeterRegistry}.
 * {@code management.metrics.enable.conveyor=false} switches the meters off.
 */
@AutoConfiguration(
        after = ConveyorAutoConfiguration.class,
        afterName = "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration")
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnBean({MeterRegistry.class, ConveyorStores.class})
public final class ConveyorMetricsAutoConfiguration {

    ConveyorMetricsAutoConfiguration() {}

    @Bean
    ConveyorBackendDecorator conveyorBackendTimer(MeterRegistry registry) {
        return (backend, store) -> new TimedBackend(backend, new CallTimers(registry, tags(backend.name(), store)));
    }

    @Bean
    MeterBinder conveyorMeters(ConveyorStores stores) {
        return registry -> stores.all()
                .forEach(store ->
                        new ConveyorMeters(store.factory(), tags(store.backendName(), store.name())).bindTo(registry));
    }

    private static Tags tags(String backend, String store) {
        return Tags.of("backend", backend, "store", store);
    }
}
