package io.conveyor.spring.metrics;

import io.conveyor.core.ConveyorListener;
import io.micrometer.context.ContextSnapshot;
import io.micrometer.context.ContextSnapshotFactory;

/** Takes what hangs on the thread of a caller, such as the trace it belongs to, along to the worker that carries on for it. */
final class ContextTravels implements ConveyorListener {

    private final ContextSnapshotFactory snapshots;

    ContextTravels(ContextSnapshotFactory snapshots) {
        this.snapshots = snapshots;
    }

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
