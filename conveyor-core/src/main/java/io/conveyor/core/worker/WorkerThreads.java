package io.conveyor.core.worker;

import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Platform threads for a {@link WorkerGroup}: started when needed, ended after ten idle seconds, daemons. Nobody outside has a handle to interrupt
 * them, and shutting down never interrupts.
 */
public final class WorkerThreads {

    private static final long IDLE_SECONDS = 10;

    private WorkerThreads() {}

    /**
     * An executor of threads named {@code conveyor-<name>-<n>}, as many as have something to do: the group bounds them. The one that was last busy is the
     * next: its stack is still in the cache, and those that are not needed any more come to their end.
     *
     * @param threads where they come from
     */
    public static ThreadPoolExecutor create(String name, ThreadFactory threads) {
        AtomicInteger number = new AtomicInteger();
        return new ThreadPoolExecutor(
                0, Integer.MAX_VALUE, IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> {
                    Thread thread = threads.newThread(task);
                    thread.setName("conveyor-" + name + "-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
    }
}
