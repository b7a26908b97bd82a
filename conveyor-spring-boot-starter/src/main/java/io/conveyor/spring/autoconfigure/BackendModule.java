package io.conveyor.spring.autoconfigure;

import io.conveyor.spi.StorageBackend;
import java.io.IOException;

/** A backend of the house, whose properties have types here. There is a bean for each module on the class path. */
interface BackendModule {

    /** The value of {@code conveyor.backend} that chooses it. */
    String name();

    /**
     * Makes the backend of a store; contacts no network.
     *
     * @throws IllegalArgumentException if a property is missing or out of bounds; never shows a secret
     * @throws IOException if something local cannot be had
     */
    StorageBackend create(StoreDefinition store) throws IOException;
}
