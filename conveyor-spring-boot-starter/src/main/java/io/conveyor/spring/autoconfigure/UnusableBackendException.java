package io.conveyor.spring.autoconfigure;

/** The backend that a store names is there, and could not be made from its settings. */
final class UnusableBackendException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient StoreDefinition store;
    private final Throwable reason;

    UnusableBackendException(StoreDefinition store, Throwable reason) {
        super(
                "the backend '" + store.properties().getBackend() + "' of the store '" + store.name()
                        + "' cannot be used: " + reason.getMessage(),
                reason);
        this.store = store;
        this.reason = reason;
    }

    String backend() {
        return store.properties().getBackend();
    }

    StoreDefinition store() {
        return store;
    }

    Throwable reason() {
        return reason;
    }
}
