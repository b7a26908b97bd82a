package io.conveyor.spring.autoconfigure;

import java.util.List;

/** {@code conveyor.backend} names a backend that no bean and no module makes. */
final class UnknownBackendException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String backend;
    private final List<String> available;
    private final List<String> unloadable;

    /**
     * A report of what was looked for and what is there.
     *
     * @param backend the name looked for
     * @param available the names that would do
     * @param unloadable why other backends on the class path could not be loaded
     */
    UnknownBackendException(String backend, List<String> available, List<String> unloadable) {
        super("conveyor.backend is '" + backend + "', available are " + available);
        this.backend = backend;
        this.available = List.copyOf(available);
        this.unloadable = List.copyOf(unloadable);
    }

    String backend() {
        return backend;
    }

    List<String> available() {
        return available;
    }

    List<String> unloadable() {
        return unloadable;
    }
}
