package io.conveyor.spring.autoconfigure;

import java.util.List;

/** {@code conveyor.backend} names a backend that no bean and no module makes. */
final class UnknownBackendException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient StoreDefinition store;
    private final List<String> available;
    private final List<String> unloadable;

    /**
     * A report of what was looked for and what is there.
     *
     * @param store the store that names the backend
     * @param available the names that would do
     * @param unloadable why other backends on the class path could not be loaded
     */
    UnknownBackendException(StoreDefinition store, List<String> available, List<String> unloadable) {
        super(store.property("backend") + " is '" + store.properties().getBackend() + "', available are " + available);
        this.store = store;
        this.available = List.copyOf(available);
        this.unloadable = List.copyOf(unloadable);
    }

    String backend() {
        return store.properties().getBackend();
    }

    /** The full name of the property. */
    String property() {
        return store.property("backend");
    }

    List<String> available() {
        return available;
    }

    List<String> unloadable() {
        return unloadable;
    }
}
