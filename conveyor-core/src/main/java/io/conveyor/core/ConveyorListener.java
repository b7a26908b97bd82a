package io.conveyor.core;

import io.conveyor.Conveyor;
import io.conveyor.WriteBehindException;

/**
 * Is told of what happens to conveyors outside the calls of an application. Every method does nothing by default.
 *
 * <p><b>Threads.</b> Called from whichever thread it happens on, application threads and workers alike, without a lock of the engine held;
 * it must be quick and must not call back into a changing method of the conveyor. What it throws is logged and otherwise ignored.
 */
public interface ConveyorListener {

    /** Listens to nothing. */
    ConveyorListener NONE = new ConveyorListener() {};

    /** A conveyor was opened. */
    default void opened(Conveyor conveyor) {}

    /** A write had to wait {@code nanos} nanoseconds for room. */
    default void stalled(Conveyor conveyor, long nanos) {}

    /** A background failure stuck. */
    default void failed(Conveyor conveyor, WriteBehindException failure) {}

    /** A sticky failure was cleared, and its bytes are being driven again. */
    default void cleared(Conveyor conveyor) {}

    /** A conveyor was closed or aborted; its last figures are {@link Conveyor#stats()}. */
    default void closed(Conveyor conveyor) {}

    /**
     * Called on the thread whose call makes background work necessary; the answer is called around that work. Lets a trace context travel with
     * it.
     */
    default WorkContext capture() {
        return WorkContext.NONE;
    }

    /** Runs background work in a captured context. */
    @FunctionalInterface
    interface WorkContext {

        /** Changes nothing. */
        WorkContext NONE = Runnable::run;

        /** Runs {@code work} once, on the calling thread. */
        void run(Runnable work);
    }
}
