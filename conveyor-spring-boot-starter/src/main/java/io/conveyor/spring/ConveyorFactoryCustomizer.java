package io.conveyor.spring;

import io.conveyor.core.Conveyors;

/**
 * Has a last word on what the conveyors of a store share: memory, workers, executor, listener. Beans of this type are called in Spring's order, after
 * the properties were applied, on the thread that makes the store's bean.
 */
@FunctionalInterface
public interface ConveyorFactoryCustomizer {

    /**
     * Changes how the factory is built.
     *
     * @param builder with the properties applied
     * @param store the name of the store, {@code default} for the one of {@code conveyor.backend}
     */
    void customize(Conveyors.Builder builder, String store);
}
