package io.conveyor.core;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps what a listener throws away from the engine. */
final class Listeners {

    private static final Logger LOG = LoggerFactory.getLogger(Listeners.class);

    private Listeners() {}

    static void tell(Runnable message) {
        try {
            message.run();
        } catch (RuntimeException fault) {
            LOG.warn("A conveyor listener failed; the conveyor goes on", fault);
        }
    }
}
