package io.conveyor.benchmarks.store;

import io.conveyor.Conveyor;
import io.conveyor.spi.StorageBackend;
import java.io.IOException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** A store whose calls wait while it is held, so that what an application pays is seen without what storage pays. */
public final class HeldStore extends PausingStore {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition released = lock.newCondition();
    private boolean held;

    /** A view of {@code store} that is not held yet. */
    public HeldStore(StorageBackend store) {
        super(store);
    }

    /** What is to be timed. */
    public interface Work {

        /** Does it. */
        void run() throws IOException;
    }

    /** Times {@code work} while storage is held, then lets everything reach it; the answer is in nanoseconds. */
    public double nanosWhileHeld(Conveyor conveyor, Work work) throws IOException {
        hold(true);
        long began = System.nanoTime();
        work.run();
        long nanos = System.nanoTime() - began;
        hold(false);
        conveyor.flush();
        return nanos;
    }

    private void hold(boolean now) {
        lock.lock();
        try {
            held = now;
            released.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    void pause() {
        lock.lock();
        try {
            while (held) {
                released.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }
}
