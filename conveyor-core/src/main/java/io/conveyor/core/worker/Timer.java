package io.conveyor.core.worker;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.conveyor.spi.TimeSource;
import java.time.Instant;
import java.util.PriorityQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs short tasks later, on one daemon thread that exists only while there are tasks (and a few seconds longer). Any thread may call it; a task
 * must not block.
 *
 * <p>If the thread cannot be started the tasks are kept, and it {@linkplain #lacksThread lacks} one until {@link #tryAgain} finds one: by whoever schedules
 * something, comes by, or waits by this timer's {@linkplain #waiting time}, because there is nobody else who could.
 */
public final class Timer {

    private static final Logger LOG = LoggerFactory.getLogger(Timer.class);
    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** Where no thread can be had, one is soon given back, or not for long. */
    private static final long AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private static final class Task {
        private final Runnable action;

        /** 0 if it runs once. */
        private final long period;

        private long due;

        Task(long due, long period, Runnable action) {
            this.due = due;
            this.period = period;
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

    /** Whether there are tasks for which no thread could be started, which was said. Written under the lock, read without it. */
    private volatile boolean lacksThread;

    /** When it was tried last to start one. */
    @GuardedBy("lock")
    private long triedAt;

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

    /** Runs {@code action} after {@code delayNanos}, or later, as long as no thread can be started; not at all if the timer is closed before. */
    public void schedule(Runnable action, long delayNanos) {
        add(new Task(time.nanoTime() + delayNanos, 0, action));
    }

    /** Runs {@code action} every {@code periodNanos}, whatever becomes of it, until the timer is closed. */
    public void repeat(Runnable action, long periodNanos) {
        add(new Task(time.nanoTime() + periodNanos, periodNanos, action));
    }

    private void add(Task task) {
        Throwable noThread = null;
        lock.lock();
        try {
            if (closed) {
                return;
            }
            tasks.add(task);
            if (thread == null) {
                noThread = start();
            } else if (tasks.peek() == task) {
                changed.signal();
            }
        } finally {
            lock.unlock();
        }
        say(noThread);
    }

    /** Why the thread cannot be started, once; null if it was, or that has been said. */
    @GuardedBy("lock")
    private @Nullable Throwable start() {
        boolean news = !lacksThread;
        try {
            Thread started = threads.newThread(this::run);
            started.setName("conveyor-" + name + "-timer");
            started.setDaemon(true);
            started.start();
            thread = started;
            lacksThread = false;
            return null;
        } catch (Throwable noThread) {
            lacksThread = true;
            triedAt = time.nanoTime();
            return news ? noThread : null;
        }
    }

    private void say(@Nullable Throwable noThread) {
        if (noThread != null) {
            Remarks.warn(LOG, "No thread can be had for timer '{}' now; that is tried again", name, noThread);
        }
    }

    /** Whether there are tasks that nobody runs, because no thread could be started. */
    public boolean lacksThread() {
        return lacksThread;
    }

    /** Tries to start the thread that could not be started, unless that was tried a moment ago. */
    public void tryAgain() {
        lock.lock();
        try {
            if (lacksThread && time.nanoTime() - triedAt >= AGAIN_NANOS) {
                start();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * The time, for those who wait for what others do. As long as this timer lacks a thread, those others may not get one either, and nothing might ever come:
     * whoever waits {@linkplain #tryAgain tries again} now and then.
     */
    public TimeSource waiting() {
        return new WaitingTime();
    }

    private final class WaitingTime implements TimeSource {

        @Override
        public long nanoTime() {
            return time.nanoTime();
        }

        @Override
        @SuppressWarnings("WaitNotInLoop") // the loop is the caller's
        public void await(Condition condition, long deadline) throws InterruptedException {
            if (lacksThread) {
                tryAgain();
            }
            long soon = lacksThread ? time.nanoTime() + AGAIN_NANOS : deadline;
            time.await(condition, soon - deadline < 0 ? soon : deadline);
        }

        @Override
        public Instant timeOfDay() {
            return time.timeOfDay();
        }
    }

    /** Drops what is scheduled. Idempotent. */
    public void close() {
        lock.lock();
        try {
            closed = true;
            lacksThread = false;
            tasks.clear();
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        boolean more = true;
        while (more) {
            try {
                more = runNext();
            } catch (Throwable fault) {
                // no memory to wait with, say: nobody else would run what is scheduled
                Remarks.error(LOG, "Timer '{}' goes on", name, fault);
                LockSupport.parkNanos(AGAIN_NANOS);
            }
        }
    }

    /** Answers whether there may be more to run. */
    private boolean runNext() {
        Runnable action = take();
        if (action == null) {
            return false;
        }
        try {
            action.run();
        } catch (Throwable failure) {
            Remarks.error(LOG, "A task of timer '{}' failed", name, failure);
        }
        return true;
    }

    private @Nullable Runnable take() {
        lock.lock();
        try {
            long idleUntil = time.nanoTime() + IDLE_NANOS;
            while (true) {
                Task first = tasks.peek();
                long now = time.nanoTime();
                if (first != null && now - first.due >= 0) {
                    return taken(first, now);
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

    /** Takes the first task from the queue, or has it wait there for its next time, for which no memory is needed. */
    @GuardedBy("lock")
    private Runnable taken(Task first, long now) {
        tasks.remove();
        if (first.period > 0) {
            first.due = now + first.period;
            tasks.add(first);
        }
        return first.action;
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
