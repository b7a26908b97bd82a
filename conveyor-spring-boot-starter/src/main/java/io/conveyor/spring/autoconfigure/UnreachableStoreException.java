package io.conveyor.spring.autoconfigure;

/** A store did not answer when the application started, and the application wants to know. */
final class UnreachableStoreException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient StoreDefinition store;
    private final Throwable reason;

    UnreachableStoreException(StoreDefinition store, Throwable reason) {
        super("the store '" + store.name() + "' does not answer: " + inWords(reason), reason);
        this.store = store;
        this.reason = reason;
    }

    StoreDefinition store() {
        return store;
    }

    Throwable reason() {
        return reason;
    }

    /** What went wrong, also where an exception has no message. */
    static String inWords(Throwable reason) {
        return reason.getMessage() == null ? reason.getClass().getSimpleName() : reason.getMessage();
    }
}
