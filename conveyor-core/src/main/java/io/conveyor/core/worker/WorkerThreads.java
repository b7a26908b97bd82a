package io.conveyor.core.worker;

import java.util.concurrent.LinkedBlockingQueue;
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

    /** An executor of up to {@code most} threads named {@code conveyor-<name>-<n>}. */
    public static ThreadPoolExecutor create(String name, int most) {
        AtomicInteger number = new AtomicInteger();
        ThreadPoolExecutor threads = new ThreadPoolExecutor(
                most, most, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread thread = new Thread(task, "conveyor-" + name + "-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        threads.allowCoreThreadTimeOut(true);
        return threads;
    }
}
