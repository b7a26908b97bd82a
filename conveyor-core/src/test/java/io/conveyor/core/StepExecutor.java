package io.conveyor.core;

import io.conveyor.testkit.Concurrently;
import io.conveyor.testkit.Concurrently.Question;
import io.conveyor.testkit.Concurrently.Started;
import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * An executor that runs nothing until it is told to: a test steps the workers one at a time, and decides on which thread a step runs. Any thread may
 * call it.
 */
final class StepExecutor implements Executor {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();

    @Override
    public void execute(Runnable task) {
        lock.lock();
        try {
            tasks.addLast(task);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** How many steps are waiting to be run. */
    int queued() {
        lock.lock();
        try {
            return tasks.size();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until at least {@code count} steps are waiting. */
    void awaitQueued(int count) throws InterruptedException {
        lock.lock();
        try {
            long patience = Concurrently.PATIENCE.toNanos();
            while (tasks.size() < count) {
                if (patience <= 0) {
                    throw new AssertionError(tasks.size() + " steps are waiting, not " + count);
                }
                patience = changed.awaitNanos(patience);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Runs one step on this thread. */
    void step() {
        take().run();
    }

    /** Runs one step on a thread of its own, because it is going to be held. */
    Started<Boolean> startStep() {
        Runnable task = take();
        return Concurrently.start(() -> {
            task.run();
            return true;
        });
    }

    /** Runs steps on this thread until none is waiting. */
    void drain() {
        while (queued() > 0) {
            step();
        }
    }

    private Runnable take() {
        lock.lock();
        try {
            Runnable task = tasks.pollFirst();
            if (task == null) {
                throw new AssertionError("no step is waiting");
            }
            return task;
        } finally {
            lock.unlock();
        }
    }

    /** Asks on a thread of its own, and runs every step meanwhile; answers what it answered. */
    <T> T drivingAll(Question<T> question) throws Exception {
        return driving(question, 0);
    }

    /** Asks on a thread of its own, and runs as many steps as come up for that; answers what it answered. Steps that are waiting stay. */
    <T> T drivingOnly(Question<T> question) throws Exception {
        return driving(question, queued());
    }

    private <T> T driving(Question<T> question, int keep) throws Exception {
        boolean[] ended = {false};
        Started<T> asked = Concurrently.start(() -> {
            try {
                return question.ask();
            } finally {
                lock.lock();
                try {
                    ended[0] = true;
                    changed.signalAll();
                } finally {
                    lock.unlock();
                }
            }
        });
        while (awaitStepOrEnd(ended, keep)) {
            step();
        }
        return asked.result();
    }

    /** Answers whether there is a step to run. */
    private boolean awaitStepOrEnd(boolean[] ended, int keep) throws InterruptedException {
        lock.lock();
        try {
            long patience = Concurrently.PATIENCE.toNanos();
            while (!ended[0] && tasks.size() <= keep) {
                if (patience <= 0) {
                    throw new AssertionError("a call waits, and there is no step that would help it");
                }
                patience = changed.awaitNanos(patience);
            }
            return !ended[0];
        } finally {
            lock.unlock();
        }
    }
}
