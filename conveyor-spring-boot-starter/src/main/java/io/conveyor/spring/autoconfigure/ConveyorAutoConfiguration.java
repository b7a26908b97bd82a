package io.conveyor.spring.autoconfigure;

import io.conveyor.ConveyorFactory;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spring.ConveyorStores;
import java.util.Comparator;
import java.util.Map;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.ImportRuntimeHints;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Primary;

/**
 * Makes a {@link ConveyorFactory} from the properties under {@code conveyor.}; {@code conveyor.enabled=false} switches all of it off. Each name
 * below {@code conveyor.stores} makes one more: that name is the name of the bean, and so its qualifier.
 *
 * <p>Everything steps back for the application: its {@code ConveyorFactory} replaces ours together with the backend, its {@link
 * StorageBackend} replaces the one that {@code conveyor.backend} would choose. No executor becomes a bean, so Boot's own stays.
 */
@AutoConfiguration
@ConditionalOnBooleanProperty(name = "conveyor.enabled", matchIfMissing = true)
@EnableConfigurationProperties(ConveyorProperties.class)
@Import(NamedStoresRegistrar.class)
@ImportRuntimeHints(OptionalClasses.class)
public final class ConveyorAutoConfiguration {

    /** The name of the default store's bean. */
    static final String DEFAULT_BEAN = "conveyorFactory";

    ConveyorAutoConfiguration() {}

    @Bean
    StoreAssembly conveyorStoreAssembly(
            ConveyorProperties properties, ApplicationContext context, ListableBeanFactory beans) {
        return new StoreAssembly(properties, context, beans);
    }

    // Which backend is chosen when the bean is made: a condition on the property would be frozen by processing ahead
    // of time. The order matters to the conditions: the backend comes before the factory, for which it would step
    // back, and the named stores after both, as Spring registers what a class imports after its methods, since the
    // default store would step back for them.
    @Bean
    @ConditionalOnMissingBean({ConveyorFactory.class, StorageBackend.class})
    StorageBackend conveyorBackend(StoreAssembly assembly) {
        return assembly.defaultBackend();
    }

    @Bean
    @Primary
    @ConditionalOnMissingBean(ConveyorFactory.class)
    ConveyorFactory conveyorFactory(StoreAssembly assembly, StorageBackend backend) {
        return assembly.defaultFactory(backend);
    }

    // Lazy: only actuator and meters ask for it.
    @Bean
    @Lazy
    @ConditionalOnMissingBean(ConveyorStores.class)
    ConveyorStores conveyorStores(Map<String, ConveyorFactory> factories, StoreAssembly assembly) {
        return new ConveyorStores(factories.entrySet().stream()
                .map(entry -> assembly.describe(name(entry.getKey()), entry.getValue()))
                .sorted(Comparator.comparing(store -> !store.name().equals(StoreDefinition.DEFAULT)))
                .toList());
    }

    private static String name(String bean) {
        return bean.equals(DEFAULT_BEAN) ? StoreDefinition.DEFAULT : bean;
    }

    // For the stores of this context alone: those of a parent go on when it has stopped. Injected and not looked up:
    // a look-up passes over what is being made, and finds what lies behind a proxy beside it.
    @Bean
    ConveyorLifecycle conveyorLifecycle(
            Map<String, ConveyorFactory> factories, ApplicationContext context, ConveyorProperties properties) {
        return new ConveyorLifecycle(
                factories.entrySet().stream()
                        .filter(entry -> context.containsLocalBean(entry.getKey()))
                        .map(Map.Entry::getValue)
                        .toList(),
                properties.getShutdown().getFlushTimeout());
    }
}
