package io.conveyor.core.worker;

import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A lock that is held for moments only, and therefore watched for a moment before a thread goes to sleep for it: to fall asleep and be woken costs two
 * threads twenty microseconds and more, and a writer and a worker who keep pace with each other meet here all the time.
 *
 * <p>A thread that writes without a pause has the lock nearly always, and takes it again before anybody who watches it sees that it was free. A worker would
 * watch in vain, fall asleep, be woken by the writer, find the lock taken, and fall asleep again. So a worker says that it wants the lock ({@link
 * #lockSoon}), and whoever comes next gives way to it, once and for a moment: if the worker has lost its processor meanwhile, nobody waits for that.
 */
public final class WatchedLock extends ReentrantLock {

    private static final long serialVersionUID = 2;

    private static final AtomicIntegerFieldUpdater<WatchedLock> WISHES =
            AtomicIntegerFieldUpdater.newUpdater(WatchedLock.class, "wishes");

    /** A look takes some 50 nanoseconds; what holds such a lock is mostly done in two microseconds. */
    private static final int LOOKS = Looks.ALONE ? 0 : 100;

    /** Who watches sees within two or three looks that the lock is free. */
    private static final int COURTESIES = Looks.ALONE ? 0 : 20;

    /** How often somebody wanted the lock soon. */
    private volatile int wishes;

    /** Up to which wish somebody has given way; races do no harm. */
    private int granted;

    @Override
    public void lock() {
        int wish = wishes;
        if (wish != granted) {
            granted = wish;
            giveWay();
        }
        watch();
    }

    private void giveWay() {
        for (int look = 0; look < COURTESIES && !isLocked(); look++) {
            Thread.onSpinWait();
        }
    }

    private void watch() {
        for (int look = 0; look < LOOKS; look++) {
            if (tryLock()) {
                return;
            }
            Thread.onSpinWait();
        }
        super.lock();
    }

    /** The same as {@link #lock}, but whoever comes next gives way. For those who have the lock seldom and never twice in a row. */
    public void lockSoon() {
        if (!tryLock()) {
            WISHES.incrementAndGet(this);
            watch();
        }
    }
}
