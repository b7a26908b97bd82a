package io.conveyor.spring;

import io.conveyor.spi.StorageBackend;
import java.io.IOException;

/**
 * Makes the backend that {@code conveyor.backend} chooses by this factory's name. Beans of this type come before what {@link
 * io.conveyor.spi.StorageBackendProvider} offers, so that an application can build a backend from its own clients, under a new name or in
 * place of a provider.
 *
 * <p>Called once per application context, on the thread that refreshes it, and only if chosen. Among beans of one name the first in Spring's
 * order wins.
 */
public interface ConveyorBackendFactory {

    /** The value of {@code conveyor.backend} that chooses this factory; case does not matter. */
    String name();

    /**
     * Makes the backend. It is closed with the application context. It should contact no network, so that an application starts while its
     * store is away.
     *
     * @throws IllegalArgumentException if a setting is out of bounds; names it, its value and the bound
     * @throws IOException if something local, such as a directory, cannot be had
     */
    StorageBackend create() throws IOException;
}
