package io.conveyor.core;

import io.conveyor.spi.TimeSource;
import java.io.IOException;
import java.util.Collection;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** Closes conveyors side by side before a common deadline. One that hangs holds up one of the threads only. */
final class ClosingAll {

    /** Enough that a few that hang do not hold up the rest. */
    private static final int MOST_THREADS = 16;

    private final Queue<BufferedConveyor> left;
    private final Queue<IOException> failures = new ConcurrentLinkedQueue<>();
    private final long deadline;
    private final TimeSource time;

    ClosingAll(Collection<BufferedConveyor> conveyors, long timeoutNanos, TimeSource time) {
        this.left = new ConcurrentLinkedQueue<>(conveyors);
        this.time = time;
        this.deadline = time.nanoTime() + timeoutNanos;
    }

    /** Closes them all; answers the first failure with the others suppressed, or null. */
    @Nullable
    IOException run() {
        Thread[] threads =
                new Thread[Math.min(MOST_THREADS, left.size()) > 1 ? Math.min(MOST_THREADS, left.size()) - 1 : 0];
        for (int i = 0; i < threads.length; i++) {
            threads[i] = new Thread(this::work, "conveyor-closing-" + i);
            threads[i].setDaemon(true);
            threads[i].start();
        }
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

    private void work() {
        for (BufferedConveyor conveyor = left.poll(); conveyor != null; conveyor = left.poll()) {
            try {
                conveyor.closeWithFactory(Math.max(0, deadline - time.nanoTime()));
            } catch (IOException failure) {
                failures.add(failure);
            } catch (RuntimeException fault) {
                failures.add(new IOException("closing '" + conveyor.key() + "' failed", fault));
            }
        }
    }
}
