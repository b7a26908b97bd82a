package io.conveyor.testkit;

import io.conveyor.spi.TimeSource;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What a {@link FaultPlan} has in store for one call: what happens before and after it, how many bytes it may move, and how it ends. */
final class Fault {

    /** Something that happens on the thread of a call. */
    @FunctionalInterface
    interface Step {
        void run(StorageCall call) throws IOException;
    }

    /** How far a call that fails has come. */
    enum Progress {
        /** The store knows nothing of it. */
        NOT_APPLIED,
        /** The store did it, and the caller is not told how much of it. */
        APPLIED_UNKNOWN,
        /** The store did it, and the buffers' positions say how much of it. */
        APPLIED
    }

    private final List<Step> before = new ArrayList<>();
    private final List<Step> after = new ArrayList<>();
    private int limit = Integer.MAX_VALUE;
    private @Nullable Integer answer;
    private @Nullable Function<StorageCall, ? extends Throwable> failure;
    private Progress progress = Progress.APPLIED;

    void before(Step step) {
        before.add(step);
    }

    void after(Step step) {
        after.add(step);
    }

    void limit(int bytes) {
        limit = Math.min(limit, bytes);
    }

    void answer(int count) {
        answer = count;
    }

    void fail(Function<StorageCall, ? extends Throwable> with, Progress howFar) {
        if (failure == null) {
            failure = with;
            progress = howFar;
        }
    }

    /** What comes before the call: waits, above all. */
    void begin(StorageCall call) throws IOException {
        for (Step step : before) {
            step.run(call);
        }
    }

    /** Whether the call reaches the store at all. */
    boolean reachesTheStore() {
        return answer == null && progress != Progress.NOT_APPLIED;
    }

    boolean movesSomething() {
        return limit > 0;
    }

    boolean tellsProgress() {
        return progress != Progress.APPLIED_UNKNOWN;
    }

    int limitOf(long length) {
        return (int) Math.min(limit, length);
    }

    /** What a read or write answers that did not reach the store. */
    int answerWithoutTheStore() {
        return answer == null ? 0 : answer;
    }

    /** What comes after the call; it fails if that is how the call ends. */
    void end(StorageCall call) throws IOException {
        for (Step step : after) {
            step.run(call);
        }
        if (failure != null) {
            raise(failure.apply(call));
        }
    }

    private static void raise(Throwable thrown) throws IOException {
        if (thrown instanceof IOException io) {
            throw io;
        }
        if (thrown instanceof RuntimeException runtime) {
            throw runtime;
        }
        if (thrown instanceof Error error) {
            throw error;
        }
        throw new AssertionError("a storage call cannot throw a checked " + thrown.getClass(), thrown);
    }

    /** A delay by somebody's clock, which nothing cuts short but an interrupt of a read and the end of the plan. */
    static Step delay(Duration duration, TimeSource time, BooleanSupplier over) {
        return call -> {
            ReentrantLock lock = new ReentrantLock();
            Condition never = lock.newCondition();
            long deadline = time.nanoTime() + duration.toNanos();
            boolean interrupted = false;
            lock.lock();
            try {
                while (!over.getAsBoolean() && time.nanoTime() - deadline < 0) {
                    try {
                        time.await(never, deadline);
                    } catch (InterruptedException e) {
                        interrupted = true;
                        if (call.operation() == StorageOperation.PREAD) {
                            throw new ClosedByInterruptException();
                        }
                    }
                }
            } finally {
                lock.unlock();
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        };
    }
}
