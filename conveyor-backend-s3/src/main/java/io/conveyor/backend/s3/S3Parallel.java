package io.conveyor.backend.s3;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Runs the requests of a commit, or of a write that completes several parts, side by side, on the calling thread and on as many others as are free; and on
 * one of those what nobody waits for.
 */
final class S3Parallel {

    private final Executor executor;
    private final int concurrency;

    S3Parallel(Executor executor, int concurrency) {
        this.executor = executor;
        this.concurrency = concurrency;
    }

    /** Something to do. */
    @FunctionalInterface
    interface Task {
        void run() throws IOException;
    }

    /**
     * Runs all tasks and returns when none runs any more. After the first failure none is started.
     *
     * @throws IOException the first failure
     */
    void run(Collection<? extends Task> tasks) throws IOException {
        Queue<Task> queue = new ConcurrentLinkedQueue<>(tasks);
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        List<CountDownLatch> others = new ArrayList<>();
        for (int i = 1; i < Math.min(concurrency, tasks.size()); i++) {
            CountDownLatch done = new CountDownLatch(1);
            try {
                executor.execute(() -> {
                    work(queue, failure);
                    done.countDown();
                });
                others.add(done);
            } catch (RejectedExecutionException | OutOfMemoryError busy) {
                // There is no free thread, and none can be made. The calling thread does it alone, or with those that
                // came before.
                break;
            }
        }
        work(queue, failure);
        awaitAll(others);
        rethrow(failure.get());
    }

    /** Runs a task that nobody waits for: on another thread if one is free, else on this one. */
    void apart(Runnable task) {
        try {
            executor.execute(task);
        } catch (RejectedExecutionException | OutOfMemoryError busy) {
            // there is no free thread, and none can be made
            task.run();
        }
    }

    private static void work(Queue<Task> queue, AtomicReference<@Nullable Throwable> failure) {
        for (Task task = queue.poll(); task != null && failure.get() == null; task = queue.poll()) {
            try {
                task.run();
            } catch (Throwable e) {
                failure.compareAndSet(null, e);
            }
        }
    }

    private static void awaitAll(List<CountDownLatch> others) {
        boolean interrupted = false;
        for (CountDownLatch done : others) {
            while (true) {
                try {
                    done.await();
                    break;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static void rethrow(@Nullable Throwable failure) throws IOException {
        if (failure instanceof IOException io) {
            throw io;
        }
        if (failure instanceof RuntimeException runtime) {
            throw runtime;
        }
        if (failure instanceof Error error) {
            throw error;
        }
    }
}
