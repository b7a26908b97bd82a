package io.conveyor.spring;

import io.conveyor.spi.StorageBackend;
import java.io.IOException;

/**
 * Makes the backend that {@code conveyor.backend} chooses by this factory's name. Beans of this type come before what {@link
 * io.conveyor.spi.StorageBackendProvider} offers, so that an application can build a backend from its own clients, under a new name or in
 * place of a provider.
 *
 * <p>Called once for each store that chooses it, on the thread that makes the store's bean. Among beans of one name the first in Spring's order wins.
 */
public interface ConveyorBackendFactory {

    /** The value of {@code conveyor.backend} that chooses this factory; case does not matter. */
    String name();

    /**
     * Makes a backend for one store, which closes it. It should contact no network, so that an application starts while its store is away. A factory that several
     * stores choose makes a backend of its own for each, in a place of its own, as {@link #create(String)} lets it.
     *
     * @throws IllegalArgumentException if a setting is out of bounds; names it, its value and the bound
     * @throws IOException if something local, such as a directory, cannot be had
     */
    StorageBackend create() throws IOException;

    /**
     * Makes the backend of the store of that name; otherwise as {@link #create()}, which this calls unless it is overridden.
     *
     * @param store the name of the store, {@code default} for the one of {@code conveyor.backend}
     * @throws IOException as {@link #create()}
     */
    default StorageBackend create(String store) throws IOException {
        return create();
    }
}
