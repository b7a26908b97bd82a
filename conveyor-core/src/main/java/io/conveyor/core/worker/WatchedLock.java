package io.conveyor.core.worker;

import java.util.concurrent.locks.ReentrantLock;

/**
 * A lock that is held for moments only, and therefore watched for a moment before a thread goes to sleep for it: to fall asleep and be woken costs two
 * threads twenty microseconds and more, and a writer and a worker who keep pace with each other meet here all the time.
 */
public final class WatchedLock extends ReentrantLock {

    private static final long serialVersionUID = 1;

    /** A look takes some 50 nanoseconds; what holds such a lock is mostly done in two microseconds. Alone on a processor there is nobody to watch. */
    private static final int LOOKS = Runtime.getRuntime().availableProcessors() > 1 ? 100 : 0;

    @Override
    public void lock() {
        for (int look = 0; look < LOOKS; look++) {
            if (tryLock()) {
                return;
            }
            Thread.onSpinWait();
        }
        super.lock();
    }
}
