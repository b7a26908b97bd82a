package io.conveyor.spring;

import io.conveyor.spi.StorageBackend;

/**
 * Wraps a backend before the engine gets it, for what concerns every store alike: timing, tracing, access checks. Beans of this type are
 * applied in Spring's order, the first one closest to the store.
 *
 * <p>Called once for each store, on the thread that makes the store's bean. The wrapper keeps the promises of {@link StorageBackend}, closes
 * what it wraps, and passes on the methods that have a default, too, as {@link io.conveyor.spi.ForwardingStorageBackend} does.
 */
@FunctionalInterface
public interface ConveyorBackendDecorator {

    /**
     * Wraps a backend, or returns it as it is.
     *
     * @param backend what to wrap
     * @param store the name of the store it serves, {@code default} for the one of {@code conveyor.backend}; fit to be the value of a tag
     */
    StorageBackend decorate(StorageBackend backend, String store);
}
