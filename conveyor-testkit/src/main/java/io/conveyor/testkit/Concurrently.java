package io.conveyor.testkit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/** Runs things side by side, and fails when one of them fails or none of them ends. */
public final class Concurrently {

    /** Longer than any healthy test, shorter than a build's patience. */
    public static final Duration PATIENCE = Duration.ofSeconds(45);

    private Concurrently() {}

    /** Something that may throw anything. */
    @FunctionalInterface
    public interface Task {

        /** Does it, for the {@code index}-th thread. */
        void run(int index) throws Exception;
    }

    /** Something with a result that may throw anything. */
    @FunctionalInterface
    public interface Question<T> {

        /** Finds out. */
        T ask() throws Exception;
    }

    private static final Object DONE = new Object();

    /** Runs {@code task} on {@code threads} threads that start together, and waits {@link #PATIENCE} for each of them. */
    public static void run(int threads, Task task) throws Exception {
        run(threads, PATIENCE, task);
    }

    /** Runs {@code task} on {@code threads} threads that start together, and waits {@code patience} for each of them. */
    public static void run(int threads, Duration patience, Task task) throws Exception {
        CyclicBarrier start = new CyclicBarrier(threads);
        List<Started<Object>> all = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            int index = i;
            all.add(start("concurrently-" + index, () -> {
                together(start);
                task.run(index);
                return DONE;
            }));
        }
        Throwable first = null;
        for (Started<Object> one : all) {
            try {
                one.result(patience);
            } catch (Exception | AssertionError failure) {
                if (first == null) {
                    first = failure;
                } else if (first != failure) {
                    first.addSuppressed(failure);
                }
            }
        }
        if (first instanceof Exception exception) {
            throw exception;
        }
        if (first instanceof Error error) {
            throw error;
        }
    }

    /**
     * Waits for something that is certain to come; looks every millisecond.
     *
     * @param what said when it does not come within {@link #PATIENCE}: "it did not come to pass that ..."
     */
    public static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("it did not come to pass that " + what);
            }
            Thread.currentThread().join(1); // the current thread does not end: this lets a millisecond pass
        }
    }

    private static void together(CyclicBarrier start) throws Exception {
        try {
            start.await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (BrokenBarrierException broken) {
            throw new AssertionError("not all threads came to the start", broken);
        }
    }

    /** Starts {@code question} on a thread of its own. */
    public static <T> Started<T> start(Question<T> question) {
        return start("concurrently", question);
    }

    private static <T> Started<T> start(String name, Question<T> question) {
        FutureTask<T> task = new FutureTask<>(question::ask);
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
        return new Started<>(task, thread);
    }

    /**
     * What was started.
     *
     * @param <T> the result's type
     */
    public static final class Started<T> {

        private final FutureTask<T> task;
        private final Thread thread;

        private Started(FutureTask<T> task, Thread thread) {
            this.task = task;
            this.thread = thread;
        }

        /** The thread it runs on. */
        public Thread thread() {
            return thread;
        }

        /** Whether it has ended, one way or the other. */
        public boolean isDone() {
            return task.isDone();
        }

        /**
         * Waits for the end.
         *
         * @throws Exception what it threw
         */
        public T result() throws Exception {
            return result(PATIENCE);
        }

        /**
         * Waits so long for the end.
         *
         * @throws Exception what it threw
         */
        public T result(Duration patience) throws Exception {
            try {
                return task.get(patience.toMillis(), TimeUnit.MILLISECONDS);
            } catch (ExecutionException failed) {
                if (failed.getCause() instanceof Error error) {
                    throw error;
                }
                throw failed.getCause() instanceof Exception exception ? exception : failed;
            } catch (TimeoutException late) {
                AssertionError stuck = new AssertionError(thread.getName() + " did not end within " + patience
                        + "; it stands at the trace of this error");
                stuck.setStackTrace(thread.getStackTrace());
                throw stuck;
            }
        }

        /** Waits until the thread waits for something itself (or has ended): the moment after which nothing more happens by itself. */
        public Started<T> awaitWaiting() throws InterruptedException {
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (thread.isAlive()
                    && thread.getState() != Thread.State.WAITING
                    && thread.getState() != Thread.State.TIMED_WAITING) {
                if (System.nanoTime() - deadline > 0) {
                    throw new AssertionError(thread.getName() + " neither waits nor ends; it is " + thread.getState());
                }
                thread.join(1);
            }
            return this;
        }
    }
}
