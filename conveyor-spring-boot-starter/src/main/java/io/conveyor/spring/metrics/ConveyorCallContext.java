package io.conveyor.spring.metrics;

import io.micrometer.observation.Observation;
import org.jspecify.annotations.Nullable;

/** What is known of one call to a backend. The outcome is there when the call has ended. */
public final class ConveyorCallContext extends Observation.Context {

    private final String backend;
    private final String store;
    private final String operation;
    private volatile @Nullable String outcome;

    /**
     * A call that is about to begin.
     *
     * @param backend the kind of store
     * @param store its name
     * @param operation the call, as the SPI names it
     */
    public ConveyorCallContext(String backend, String store, String operation) {
        this.backend = backend;
        this.store = store;
        this.operation = operation;
    }

    /** The kind of store. */
    public String backend() {
        return backend;
    }

    /** The name of the store. */
    public String store() {
        return store;
    }

    /** The call, as the SPI names it. */
    public String operation() {
        return operation;
    }

    /** How the call ended: SUCCESS, or the kind of its failure; UNKNOWN before it has. */
    public String outcome() {
        String known = outcome;
        return known == null ? "UNKNOWN" : known;
    }

    void endedAs(String how) {
        outcome = how;
    }
}
