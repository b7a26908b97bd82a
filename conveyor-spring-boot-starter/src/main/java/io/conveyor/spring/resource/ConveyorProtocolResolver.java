package io.conveyor.spring.resource;

import io.conveyor.ConveyorFactory;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.NoSuchBeanDefinitionException;
import org.springframework.beans.factory.NoUniqueBeanDefinitionException;
import org.springframework.context.ApplicationContext;
import org.springframework.core.io.ProtocolResolver;
import org.springframework.core.io.Resource;
import org.springframework.core.io.ResourceLoader;

/**
 * Understands {@code conveyor:} locations in every context of Spring Boot, which finds it in {@code spring.factories}. Being no bean it comes first, and
 * initialises none: a store is looked up when a resource is used.
 */
final class ConveyorProtocolResolver implements ProtocolResolver {

    /** For Spring Boot. */
    ConveyorProtocolResolver() {}

    @Override
    public @Nullable Resource resolve(String location, ResourceLoader loader) {
        ConveyorLocation parsed = ConveyorLocation.parse(location);
        return parsed != null && loader instanceof ApplicationContext context
                ? new ConveyorResource(parsed, storesOf(context))
                : null;
    }

    /** The stores of a context by name. */
    static Function<String, ConveyorFactory> storesOf(ApplicationContext context) {
        return name -> {
            try {
                return name.equals(ConveyorLocation.DEFAULT_STORE)
                        ? context.getBean(ConveyorFactory.class)
                        : context.getBean(name, ConveyorFactory.class);
            } catch (NoUniqueBeanDefinitionException several) {
                throw new IllegalStateException(
                        "which Conveyor store is '" + name + "' cannot be told: mark one of "
                                + several.getBeanNamesFound() + " with @Primary",
                        several);
            } catch (NoSuchBeanDefinitionException absent) {
                throw new IllegalStateException(
                        "there is no Conveyor store '" + name
                                + "': check conveyor.stores, and that conveyor.enabled is not false",
                        absent);
            }
        };
    }
}
