package io.conveyor.core.worker;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/** Threads that cannot be had for a while, as where a limit of processes has been reached. Any thread may call it. */
public final class ScarceThreads implements ThreadFactory {

    private final AtomicInteger refusals = new AtomicInteger();
    private volatile boolean none;

    /** From now on none can be had, or all can. */
    public void none(boolean refuses) {
        none = refuses;
    }

    /** How many could not be had. */
    public int refusals() {
        return refusals.get();
    }

    @Override
    public Thread newThread(Runnable task) {
        // and not its start, which an executor of JDK 25 does not call
        if (none) {
            refusals.incrementAndGet();
            throw new OutOfMemoryError("unable to create native thread, for the test");
        }
        return new Thread(task);
    }
}
