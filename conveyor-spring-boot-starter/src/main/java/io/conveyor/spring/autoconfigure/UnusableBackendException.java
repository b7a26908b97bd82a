package io.conveyor.spring.autoconfigure;

/** The backend that {@code conveyor.backend} names is there, and could not be made from its settings. */
final class UnusableBackendException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String backend;
    private final Exception reason;

    UnusableBackendException(String backend, Exception reason) {
        super("the backend '" + backend + "' cannot be used: " + reason.getMessage(), reason);
        this.backend = backend;
        this.reason = reason;
    }

    String backend() {
        return backend;
    }

    Exception reason() {
        return reason;
    }
}
