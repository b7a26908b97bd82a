package io.conveyor.spring.metrics;

import io.conveyor.spring.ConveyorBackendDecorator;
import io.conveyor.spring.ConveyorStores;
import io.conveyor.spring.autoconfigure.ConveyorAutoConfiguration;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.observation.ObservationRegistry;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.util.ClassUtils;

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

    private static final boolean OBSERVATIONS = ClassUtils.isPresent(
            "io.micrometer.observation.ObservationRegistry", ConveyorMetricsAutoConfiguration.class.getClassLoader());

    ConveyorMetricsAutoConfiguration() {}

    /** Times calls, unless they are observed: an observation becomes a timer of that name itself. */
    @Bean
    ConveyorBackendDecorator conveyorBackendTimer(MeterRegistry registry, ApplicationContext context) {
        return (backend, store) -> isObserved(context)
                ? backend
                : new TimedBackend(backend, new CallTimers(registry, tags(backend.name(), store)));
    }

    private static boolean isObserved(ApplicationContext context) {
        return OBSERVATIONS && context.containsBean("conveyorBackendObserver") && Observed.isActive(context);
    }

    /** Loaded only if there are observations. */
    private static final class Observed {

        private Observed() {}

        static boolean isActive(ApplicationContext context) {
            return !context.getBean(ObservationRegistry.class).isNoop();
        }
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
