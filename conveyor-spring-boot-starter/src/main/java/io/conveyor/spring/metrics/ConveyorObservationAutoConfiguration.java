package io.conveyor.spring.metrics;

import io.conveyor.core.ConveyorListener;
import io.conveyor.spring.ConveyorBackendDecorator;
import io.conveyor.spring.ConveyorStores;
import io.conveyor.spring.autoconfigure.ConveyorAutoConfiguration;
import io.micrometer.observation.ObservationRegistry;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;
import org.springframework.util.ClassUtils;

/**
 * Observes the calls to every backend, if the application has an {@link ObservationRegistry}; the meter that comes of it takes the place of the timers of
 * {@link ConveyorMetricsAutoConfiguration}. {@code management.observations.enable.conveyor=false} switches observations off, and the calls are then not
 * timed either; {@code conveyor.observations.enabled=false} goes back to timers. A registry that does nothing costs nothing.
 */
@AutoConfiguration(
        after = ConveyorAutoConfiguration.class,
        afterName = "org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration")
@ConditionalOnClass(ObservationRegistry.class)
@ConditionalOnBean({ObservationRegistry.class, ConveyorStores.class})
@ConditionalOnBooleanProperty(name = "conveyor.observations.enabled", matchIfMissing = true)
public final class ConveyorObservationAutoConfiguration {

    /** The bean that stands for observed calls. */
    static final String OBSERVER = "conveyorBackendObserver";

    /** Whether the library is there that knows how to carry a context. */
    private static final boolean CONTEXTS = ClassUtils.isPresent(
            "io.micrometer.context.ContextSnapshotFactory",
            ConveyorObservationAutoConfiguration.class.getClassLoader());

    ConveyorObservationAutoConfiguration() {}

    @Bean(OBSERVER)
    ConveyorBackendDecorator conveyorBackendObserver(
            ObservationRegistry registry, ObjectProvider<ConveyorCallConvention> convention) {
        return (backend, store) -> registry.isNoop()
                ? backend
                : new TimedBackend(
                        backend,
                        new CallObservations(
                                registry,
                                convention.getIfUnique(DefaultConveyorCallConvention::new),
                                backend.name(),
                                store));
    }

    @Bean
    ConveyorListener conveyorContextTravels(ObservationRegistry registry) {
        return registry.isNoop() || !CONTEXTS ? ConveyorListener.NONE : new ContextTravels();
    }
}
