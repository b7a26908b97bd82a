package io.conveyor.spring.metrics;

import io.conveyor.core.ConveyorListener;
import io.micrometer.context.ContextSnapshot;
import io.micrometer.context.ContextSnapshotFactory;

/** Takes what hangs on the thread of a caller, such as the trace it belongs to, along to the worker that carries on for it. */
final class ContextTravels implements ConveyorListener {

    /** Looks for what there is to carry when the first context travels, and not when the application starts. */
    private static final class Snapshots {

        static final ContextSnapshotFactory FACTORY =
                ContextSnapshotFactory.builder().build();

        private Snapshots() {}
    }

    @Override
    @SuppressWarnings("try") // the scope does its work by being open
    public WorkContext capture() {
        ContextSnapshot snapshot = Snapshots.FACTORY.captureAll();
        return work -> {
            try (ContextSnapshot.Scope scope = snapshot.setThreadLocals()) {
                work.run();
            }
        };
    }
}
