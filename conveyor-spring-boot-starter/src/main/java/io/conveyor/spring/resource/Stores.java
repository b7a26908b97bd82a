package io.conveyor.spring.resource;

import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOptions;

/** The stores that resources are in, by name. Asked at each use of a resource. Any thread. */
@FunctionalInterface
interface Stores {

    /**
     * A store.
     *
     * @throws IllegalStateException if there is none of that name, or no longer
     */
    ConveyorFactory find(String name);

    /** How far ahead of a reader that store fetches at most, in bytes; where that is not known, what stores do by default. */
    default long maxWindowBytes(String name) {
        return ConveyorOptions.inherited().readMaxWindowBytes();
    }
}
