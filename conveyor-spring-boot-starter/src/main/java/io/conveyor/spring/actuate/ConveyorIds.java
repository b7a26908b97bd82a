package io.conveyor.spring.actuate;

import io.conveyor.Conveyor;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.locks.ReentrantLock;

/** Numbers for open conveyors: a key may be secret, long, and not unique. Any thread. */
final class ConveyorIds {

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Conveyor, Long> ids = new WeakHashMap<>(); // guarded by lock
    private long last; // guarded by lock

    /** The number of a conveyor; always the same one. */
    long of(Conveyor conveyor) {
        lock.lock();
        try {
            return ids.computeIfAbsent(conveyor, added -> ++last);
        } finally {
            lock.unlock();
        }
    }
}
