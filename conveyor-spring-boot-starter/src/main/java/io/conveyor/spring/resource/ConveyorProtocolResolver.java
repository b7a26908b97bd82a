package io.conveyor.spring.resource;

import org.jspecify.annotations.Nullable;
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
                ? new ConveyorResource(parsed, new StoresOfContext(context))
                : null;
    }
}
