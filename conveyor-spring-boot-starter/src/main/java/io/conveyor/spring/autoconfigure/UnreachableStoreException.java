package io.conveyor.spring.autoconfigure;

import java.util.Locale;

/** A store did not answer when the application started, and the application wants to know. */
final class UnreachableStoreException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient StoreDefinition store;
    private final String backend;
    private final Throwable reason;

    /**
     * A store and its failure.
     *
     * @param store the store
     * @param backend what its backend calls itself
     * @param reason why it does not answer
     */
    UnreachableStoreException(StoreDefinition store, String backend, Throwable reason) {
        super("the store '" + store.name() + "' does not answer: " + inWords(reason), reason);
        this.store = store;
        this.backend = backend;
        this.reason = reason;
    }

    StoreDefinition store() {
        return store;
    }

    /** What its backend is called: by the properties, if they choose it. */
    String backend() {
        return store.isOnBean() ? backend : store.properties().getBackend().toLowerCase(Locale.ROOT);
    }

    Throwable reason() {
        return reason;
    }

    /** What went wrong, also where an exception has no message. */
    static String inWords(Throwable reason) {
        return reason.getMessage() == null ? reason.getClass().getSimpleName() : reason.getMessage();
    }
}
