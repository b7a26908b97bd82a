package io.conveyor.spring.metrics;

import io.conveyor.core.ConveyorListener;
import io.micrometer.context.ContextSnapshot;
import io.micrometer.context.ContextSnapshotFactory;

/** Takes what hangs on the thread of a caller, such as the trace it belongs to, along to the worker that carries on for it. */
final class ContextTravels implements ConveyorListener {

    /** Looks for what there is to carry, once for the JVM and with the class loader of this thread: when the application starts, and not when it first writes. */
    private final ContextSnapshotFactory snapshots =
            ContextSnapshotFactory.builder().build();

    @Override
    @SuppressWarnings("try") // the scope does its work by being open
    public WorkContext capture() {
        ContextSnapshot snapshot = snapshots.captureAll();
        return work -> {
            try (ContextSnapshot.Scope scope = snapshot.setThreadLocals()) {
                work.run();
            }
        };
    }
}
