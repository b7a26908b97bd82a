package io.conveyor.testkit;

import java.nio.channels.ClosedByInterruptException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Calls that are kept from going on until a test lets them. So a test decides what is in flight, without looking at a clock. Closing
 * it lets everything go on. Any thread may call it.
 */
public final class Hold implements AutoCloseable {

    /** A call that has come here, and whether it may go on. */
    private static final class Held {

        private final StorageCall call;
        private boolean released;

        private Held(StorageCall call) {
            this.call = call;
        }
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final List<Held> held = new ArrayList<>();
    private boolean open;

    Hold() {}

    /** The calls that are held now, the oldest first. */
    public List<StorageCall> held() {
        lock.lock();
        try {
            return held.stream().map(one -> one.call).toList();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until at least one call is held, and answers the oldest. */
    public StorageCall awaitHeld() throws InterruptedException {
        return awaitHeld(1).get(0);
    }

    /**
     * Waits until at least {@code count} calls are held at once, and answers all that are.
     *
     * @throws AssertionError if that does not happen within {@link Concurrently#PATIENCE}
     */
    public List<StorageCall> awaitHeld(int count) throws InterruptedException {
        lock.lock();
        try {
            long patience = Concurrently.PATIENCE.toNanos();
            while (held.size() < count) {
                if (patience <= 0) {
                    throw new AssertionError("only " + held.size() + " calls came to be held, not " + count);
                }
                patience = changed.awaitNanos(patience);
            }
            return held();
        } finally {
            lock.unlock();
        }
    }

    /** Lets the oldest call go on; false if none is held. */
    public boolean releaseOne() {
        return release(1) > 0;
    }

    /** Lets the calls go on that are held now; later ones are held again. Answers how many they were. */
    public int releaseHeld() {
        return release(Integer.MAX_VALUE);
    }

    /** Lets all calls go on, those to come too. */
    public void release() {
        lock.lock();
        try {
            open = true;
            release(Integer.MAX_VALUE);
        } finally {
            lock.unlock();
        }
    }

    /** As {@link #release()}. */
    @Override
    public void close() {
        release();
    }

    private int release(int most) {
        lock.lock();
        try {
            int count = Math.min(most, held.size());
            List<Held> oldest = held.subList(0, count);
            oldest.forEach(one -> one.released = true);
            oldest.clear();
            changed.signalAll();
            return count;
        } finally {
            lock.unlock();
        }
    }

    /** Holds a call. A read that is interrupted ends, as it does on a channel; other calls are not interruptible. */
    void pass(StorageCall call) throws ClosedByInterruptException {
        lock.lock();
        try {
            if (open) {
                return;
            }
            Held one = new Held(call);
            held.add(one);
            changed.signalAll();
            while (!one.released) {
                await(one);
            }
        } finally {
            lock.unlock();
        }
    }

    @SuppressWarnings("WaitNotInLoop") // the caller loops
    private void await(Held one) throws ClosedByInterruptException {
        if (one.call.operation() != StorageOperation.PREAD) {
            changed.awaitUninterruptibly();
            return;
        }
        try {
            changed.await(1, TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            held.remove(one);
            Thread.currentThread().interrupt();
            throw new ClosedByInterruptException();
        }
    }
}
