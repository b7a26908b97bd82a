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

    /** Asks on a thread of its own, and runs every step meanwhile on this thread; answers what it answered. */
    <T> T drivingAll(Question<T> question) throws Exception {
        Asked<T> asked = new Asked<>(question);
        while (asked.awaitStepOrEnd()) {
            step();
        }
        return asked.answer.result();
    }

    /**
     * Asks on a thread of its own, and runs a step, on another one, whenever the question waits; answers what it answered. Which step comes first is the
     * engine's choice: mostly one that somebody waits for.
     */
    <T> T drivingWhileItWaits(Question<T> question) throws Exception {
        Asked<T> asked = new Asked<>(question);
        while (!asked.answer.awaitWaiting().isDone() && asked.awaitStepOrEnd()) {
            startStep().awaitWaiting();
        }
        return asked.answer.result();
    }

    /** A question under way. */
    private final class Asked<T> {

        private final Started<T> answer;
        private boolean ended;

        Asked(Question<T> question) {
            answer = Concurrently.start(() -> {
                try {
                    return question.ask();
                } finally {
                    end();
                }
            });
        }

        private void end() {
            lock.lock();
            try {
                ended = true;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }

        /** Answers whether there is a step to run. */
        boolean awaitStepOrEnd() throws InterruptedException {
            lock.lock();
            try {
                long patience = Concurrently.PATIENCE.toNanos();
                while (!ended && tasks.isEmpty()) {
                    if (patience <= 0) {
                        throw new AssertionError("a call waits, and there is no step that would help it");
                    }
                    patience = changed.awaitNanos(patience);
                }
                return !ended;
            } finally {
                lock.unlock();
            }
        }
    }
}
