package io.conveyor.spring.autoconfigure;

import io.conveyor.ConveyorFactory;
import java.util.Map;
import java.util.Set;
import org.springframework.beans.factory.BeanRegistrar;
import org.springframework.beans.factory.BeanRegistry;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.core.env.Environment;

/** Registers a factory for each name below {@code conveyor.stores}. A registrar runs when the application runs, even if it was processed ahead of time. */
final class NamedStoresRegistrar implements BeanRegistrar {

    private static final Bindable<Map<String, Object>> STORES = Bindable.mapOf(String.class, Object.class);

    /** For Spring. */
    NamedStoresRegistrar() {}

    @Override
    public void register(BeanRegistry registry, Environment environment) {
        for (String name : names(environment)) {
            if (name.equals(StoreDefinition.DEFAULT) || name.equals(ConveyorAutoConfiguration.DEFAULT_BEAN)) {
                throw new InvalidConfigurationPropertyValueException(
                        "conveyor.stores." + name,
                        name,
                        "The default store has its properties directly under 'conveyor.'; choose another name.");
            }
            registry.registerBean(
                    name,
                    ConveyorFactory.class,
                    spec -> spec.description("The Conveyor store '" + name + "'")
                            .supplier(
                                    context -> context.bean(StoreAssembly.class).namedFactory(name)));
        }
    }

    private static Set<String> names(Environment environment) {
        return Binder.get(environment)
                .bind("conveyor.stores", STORES)
                .orElseGet(Map::of)
                .keySet();
    }
}
