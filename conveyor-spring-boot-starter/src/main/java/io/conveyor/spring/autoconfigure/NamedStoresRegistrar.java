package io.conveyor.spring.autoconfigure;

import io.conveyor.ConveyorFactory;
import java.util.regex.Pattern;
import org.springframework.beans.factory.BeanRegistrar;
import org.springframework.beans.factory.BeanRegistry;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.core.env.Environment;

/** Registers a factory for each name below {@code conveyor.stores}. A registrar runs when the application runs, even if it was processed ahead of time. */
final class NamedStoresRegistrar implements BeanRegistrar {

    /** What neither needs brackets in the name of a property nor is passed over where names of properties are compared. */
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]+");

    /** For Spring. */
    NamedStoresRegistrar() {}

    @Override
    public void register(BeanRegistry registry, Environment environment) {
        StoreNames names = StoreNames.in(environment);
        for (String name : names.all()) {
            requireUsable(name);
            registry.registerBean(
                    name,
                    ConveyorFactory.class,
                    spec -> spec.description("The Conveyor store '" + name + "'")
                            .supplier(
                                    context -> context.bean(StoreAssembly.class).namedFactory(name)));
        }
        if (!names.all().isEmpty()) {
            registry.registerBean(
                    "conveyorStoresOfParent",
                    StoresOfParent.class,
                    spec -> spec.infrastructure().supplier(context -> new StoresOfParent(names.all())));
        }
        // Even where all is bound that there is: it takes the place of that of a parent, whose stores are others.
        registry.registerBean(
                "conveyorBoundStores",
                BoundStores.class,
                spec -> spec.infrastructure().supplier(context -> new BoundStores(names.all())));
    }

    private static void requireUsable(String name) {
        if (name.equals(StoreDefinition.DEFAULT) || name.equals(ConveyorAutoConfiguration.DEFAULT_BEAN)) {
            throw new InvalidConfigurationPropertyValueException(
                    "conveyor.stores." + name,
                    name,
                    "The default store has its properties directly under 'conveyor.'; choose another name.");
        }
        if (!NAME.matcher(name).matches()) {
            throw new InvalidConfigurationPropertyValueException(
                    "conveyor.stores[" + name + "]",
                    name,
                    "The name of a store has letters, digits, dashes and underscores, and nothing else.");
        }
    }
}
