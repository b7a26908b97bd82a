package io.conveyor.core;

import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps what a listener throws away from the engine, errors included: a class that a listener lacks must not cost anybody a turn. */
final class Listeners {

    private static final Logger LOG = LoggerFactory.getLogger(Listeners.class);

    private Listeners() {}

    /** {@code work} in the context that the listener captures now; without one if that fails. The work is done once, whatever the context does. */
    static Runnable inContext(ConveyorListener listener, Runnable work) {
        ConveyorListener.WorkContext context;
        try {
            context = listener.capture();
        } catch (RuntimeException | Error fault) {
            LOG.warn("A conveyor listener failed to capture its context; the conveyor goes on without", fault);
            return work;
        }
        return context == ConveyorListener.WorkContext.NONE ? work : () -> run(context, work);
    }

    private static void run(ConveyorListener.WorkContext context, Runnable work) {
        AtomicBoolean done = new AtomicBoolean();
        try {
            context.run(() -> {
                if (done.compareAndSet(false, true)) {
                    work.run();
                }
            });
        } catch (RuntimeException | Error fault) {
            LOG.warn("The context of a conveyor's work failed; the conveyor goes on", fault);
        }
        if (done.compareAndSet(false, true)) {
            work.run();
        }
    }

    static void tell(Runnable message) {
        try {
            message.run();
        } catch (RuntimeException | Error fault) {
            LOG.warn("A conveyor listener failed; the conveyor goes on", fault);
        }
    }
}
