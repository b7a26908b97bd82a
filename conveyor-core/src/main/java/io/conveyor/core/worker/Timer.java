package io.conveyor.core.worker;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.conveyor.spi.TimeSource;
import java.util.PriorityQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs short tasks later, on one daemon thread that exists only while there are tasks (and a few seconds longer). Any thread may call it; a task
 * must not block.
 */
public final class Timer {

    private static final Logger LOG = LoggerFactory.getLogger(Timer.class);
    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final class Task {
        private final long due;
        private final Runnable action;

        Task(long due, Runnable action) {
            this.due = due;
            this.action = action;
        }
    }

    private final String name;
    private final TimeSource time;
    private final ThreadFactory threads;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    @GuardedBy("lock")
    private final PriorityQueue<Task> tasks = new PriorityQueue<>((a, b) -> Long.signum(a.due - b.due));

    @GuardedBy("lock")
    private @Nullable Thread thread;

    @GuardedBy("lock")
    private boolean closed;

    /**
     * A timer whose thread is called {@code conveyor-<name>-timer}.
     *
     * @param threads where it comes from
     */
    public Timer(String name, TimeSource time, ThreadFactory threads) {
        this.name = name;
        this.time = time;
        this.threads = threads;
    }

    /** Runs {@code action} after {@code delayNanos}; not at all if the timer is closed before. */
    public void schedule(Runnable action, long delayNanos) {
        Task task = new Task(time.nanoTime() + delayNanos, action);
        lock.lock();
        try {
            if (closed) {
                return;
            }
            tasks.add(task);
            if (thread == null) {
                Thread started = threads.newThread(this::run);
                started.setName("conveyor-" + name + "-timer");
                started.setDaemon(true);
                // if it cannot be started the task waits for the next one to be scheduled
                started.start();
                thread = started;
            } else if (tasks.peek() == task) {
                changed.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Drops what is scheduled. Idempotent. */
    public void close() {
        lock.lock();
        try {
            closed = true;
            tasks.clear();
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        for (Task task = take(); task != null; task = take()) {
            try {
                task.action.run();
            } catch (Throwable failure) {
                LOG.error("A timed task failed", failure);
            }
        }
    }

    private @Nullable Task take() {
        lock.lock();
        try {
            long idleUntil = time.nanoTime() + IDLE_NANOS;
            while (true) {
                Task first = tasks.peek();
                long now = time.nanoTime();
                if (first != null && now - first.due >= 0) {
                    return tasks.poll();
                }
                if (closed || (first == null && now - idleUntil >= 0)) {
                    thread = null;
                    return null;
                }
                await(first == null ? idleUntil : first.due);
            }
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private void await(long deadline) {
        try {
            time.await(changed, deadline);
        } catch (InterruptedException nobodyShould) {
            LOG.debug("The timer was interrupted and goes on");
        }
    }
}
