package io.conveyor.core;

import io.conveyor.spi.TimeSource;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Closes conveyors side by side before a common deadline. One that hangs holds up one of the threads only. */
final class ClosingAll {

    /** Enough that a few that hang do not hold up the rest. */
    private static final int MOST_THREADS = 16;

    private static final Logger LOG = LoggerFactory.getLogger(ClosingAll.class);

    private final ThreadFactory threads;
    private final Queue<BufferedConveyor> left;
    private final Queue<IOException> failures = new ConcurrentLinkedQueue<>();
    private final long deadline;
    private final TimeSource time;

    ClosingAll(Collection<BufferedConveyor> conveyors, long timeoutNanos, TimeSource time) {
        this(conveyors, timeoutNanos, time, ClosingAll::thread);
    }

    /** With threads that are made by {@code threads}. */
    ClosingAll(Collection<BufferedConveyor> conveyors, long timeoutNanos, TimeSource time, ThreadFactory threads) {
        this.left = new ConcurrentLinkedQueue<>(conveyors);
        this.threads = threads;
        this.time = time;
        this.deadline = time.nanoTime() + timeoutNanos;
    }

    private static Thread thread(Runnable work) {
        Thread thread = new Thread(work, "conveyor-closing");
        thread.setDaemon(true);
        return thread;
    }

    /** Closes them all; answers the first failure with the others suppressed, or null. */
    @Nullable
    IOException run() {
        List<Thread> threads = startOthers(Math.min(MOST_THREADS, left.size()) - 1);
        work();
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException later) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        IOException failure = null;
        for (IOException each : failures) {
            failure = BufferedConveyorFactory.joined(failure, each);
        }
        return failure;
    }

    /** As many as can be had: the caller works as well. */
    private List<Thread> startOthers(int most) {
        List<Thread> started = new ArrayList<>();
        try {
            for (int i = 0; i < most; i++) {
                Thread thread = threads.newThread(this::work);
                thread.start();
                started.add(thread);
            }
        } catch (OutOfMemoryError noThread) {
            LOG.warn("Conveyors are closed by {} threads; no more can be had", started.size() + 1, noThread);
        }
        return started;
    }

    private void work() {
        for (BufferedConveyor conveyor = left.poll(); conveyor != null; conveyor = left.poll()) {
            try {
                conveyor.closeWithFactory(Math.max(0, deadline - time.nanoTime()));
            } catch (IOException failure) {
                failures.add(failure);
            } catch (Throwable fault) {
                failures.add(new IOException("closing '" + conveyor.key() + "' failed", fault));
            }
        }
    }
}
