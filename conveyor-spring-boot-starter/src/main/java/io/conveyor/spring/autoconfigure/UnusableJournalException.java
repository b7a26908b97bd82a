package io.conveyor.spring.autoconfigure;

import java.io.IOException;

/** A store is to have a journal, and its directory cannot be used. */
final class UnusableJournalException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient StoreDefinition store;

    UnusableJournalException(StoreDefinition store, IOException reason) {
        super("the journal of the store '" + store.name() + "' cannot be used: " + reason.getMessage(), reason);
        this.store = store;
    }

    StoreDefinition store() {
        return store;
    }
}
