package io.conveyor.spring.autoconfigure;

import java.util.List;

/** Several beans of the application could serve a store, and nothing says which. */
final class AmbiguousBeanException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient StoreDefinition store;
    private final Class<?> type;

    AmbiguousBeanException(StoreDefinition store, Class<?> type, List<String> names) {
        super("the store '" + store.name() + "' could use several beans of type " + type.getSimpleName() + ": "
                + names);
        this.store = store;
        this.type = type;
    }

    StoreDefinition store() {
        return store;
    }

    Class<?> type() {
        return type;
    }
}
