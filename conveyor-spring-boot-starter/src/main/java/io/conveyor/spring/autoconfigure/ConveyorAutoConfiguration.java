package io.conveyor.spring.autoconfigure;

import io.conveyor.ConveyorFactory;
import io.conveyor.core.Conveyors;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spring.ConveyorBackendDecorator;
import io.conveyor.spring.ConveyorBackendFactory;
import java.util.List;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

/**
 * Makes a {@link ConveyorFactory} from the properties under {@code conveyor.}; {@code conveyor.enabled=false} switches all of it off.
 *
 * <p>Everything steps back for the application: its {@code ConveyorFactory} replaces ours together with the backend, its {@link
 * StorageBackend} replaces the one that {@code conveyor.backend} would choose. No executor becomes a bean, so Boot's own stays.
 */
@AutoConfiguration
@ConditionalOnBooleanProperty(name = "conveyor.enabled", matchIfMissing = true)
@EnableConfigurationProperties(ConveyorProperties.class)
public final class ConveyorAutoConfiguration {

    /** The name of the store that {@code conveyor.backend} chooses, in metrics and thread names. */
    static final String DEFAULT_STORE = "default";

    ConveyorAutoConfiguration() {}

    @Bean
    @ConditionalOnBean(ConveyorFactory.class)
    ConveyorLifecycle conveyorLifecycle(List<ConveyorFactory> factories, ConveyorProperties properties) {
        return new ConveyorLifecycle(factories, properties.getShutdown().getFlushTimeout());
    }

    /** The store of {@code conveyor.backend}. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnMissingBean(ConveyorFactory.class)
    static class DefaultStoreConfiguration {

        // Chosen here, when the bean is made: a condition on the property would be frozen by processing ahead of time.
        @Bean
        @ConditionalOnMissingBean
        StorageBackend conveyorBackend(
                ConveyorProperties properties,
                ObjectProvider<ConveyorBackendFactory> factories,
                Environment environment,
                ApplicationContext context) {
            return BackendCatalog.of(factories.orderedStream().toList(), context.getClassLoader())
                    .create(properties.getBackend(), new BackendSettings(environment, properties));
        }

        @Bean
        ConveyorFactory conveyorFactory(
                ConveyorProperties properties,
                StorageBackend backend,
                ObjectProvider<ConveyorBackendDecorator> decorators) {
            StorageBackend decorated = backend;
            for (ConveyorBackendDecorator decorator : decorators.orderedStream().toList()) {
                decorated = decorator.decorate(decorated, DEFAULT_STORE);
            }
            Conveyors.Builder builder =
                    Conveyors.builder(decorated).name(DEFAULT_STORE).options(properties.toOptions());
            if (properties.getMemoryBudget() != null) {
                builder.memoryBudget(properties.getMemoryBudget().toBytes());
            }
            if (properties.getWorkers() != null) {
                builder.workers(properties.getWorkers());
            }
            return builder.build();
        }
    }
}
