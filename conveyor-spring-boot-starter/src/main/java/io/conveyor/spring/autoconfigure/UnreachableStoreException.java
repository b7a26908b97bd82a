package io.conveyor.spring.autoconfigure;

import java.io.IOException;

/** A store did not answer when the application started, and the application wants to know. */
final class UnreachableStoreException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient StoreDefinition store;
    private final IOException reason;

    UnreachableStoreException(StoreDefinition store, IOException reason) {
        super("the store '" + store.name() + "' does not answer: " + reason.getMessage(), reason);
        this.store = store;
        this.reason = reason;
    }

    StoreDefinition store() {
        return store;
    }

    IOException reason() {
        return reason;
    }
}
