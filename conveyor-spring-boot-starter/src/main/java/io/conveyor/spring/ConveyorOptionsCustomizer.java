package io.conveyor.spring;

import io.conveyor.ConveyorOptions;

/**
 * Has a last word on the options that the conveyors of a store inherit. Beans of this type are called in Spring's order, after the properties were
 * applied, on the thread that makes the store's bean.
 */
@FunctionalInterface
public interface ConveyorOptionsCustomizer {

    /**
     * Changes options.
     *
     * @param options those of the properties
     * @param store the name of the store, {@code default} for the one of {@code conveyor.backend}
     */
    void customize(ConveyorOptions.Builder options, String store);
}
