package io.conveyor.core.memory;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.conveyor.core.worker.WatchedLock;
import io.conveyor.spi.TimeSource;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The segments of one factory, off the heap, and the budget that bounds them.
 *
 * <p><b>Threads.</b> Any thread. The pool's lock is the innermost one: nothing is called while it is held. <b>Failure.</b> No memory is an
 * answer (null or false), not an exception.
 */
public final class SegmentPool implements SegmentSource {

    private static final Logger LOG = LoggerFactory.getLogger(SegmentPool.class);

    private final int segmentBytes;
    private final long budgetBytes;
    private final TimeSource time;
    private final IntFunction<ByteBuffer> memory;
    private final ReentrantLock lock = new WatchedLock();
    private final Condition freed = lock.newCondition();

    /** Idle segments; the last one released is the first one used, because the cache still knows it. */
    @GuardedBy("lock")
    private final ArrayDeque<ByteBuffer> idle = new ArrayDeque<>();

    /** Bytes in segments that exist, idle or not, plus bytes charged for bookkeeping. */
    @GuardedBy("lock")
    private long committed;

    @GuardedBy("lock")
    private int waiters;

    /** Grows with everything that may let a waiter go on, so that nothing is missed between a try and a wait. */
    @GuardedBy("lock")
    private long changes;

    /** A pool that uses at most {@code budgetBytes}. */
    public SegmentPool(long budgetBytes, int segmentBytes, TimeSource time) {
        this(budgetBytes, segmentBytes, time, ByteBuffer::allocateDirect);
    }

    /** A pool that gets its segments from {@code memory}. */
    SegmentPool(long budgetBytes, int segmentBytes, TimeSource time, IntFunction<ByteBuffer> memory) {
        if (Integer.bitCount(segmentBytes) != 1 || budgetBytes < segmentBytes) {
            throw new IllegalArgumentException("segments of " + segmentBytes + " bytes in a budget of " + budgetBytes);
        }
        this.segmentBytes = segmentBytes;
        this.budgetBytes = budgetBytes;
        this.time = time;
        this.memory = memory;
    }

    @Override
    public int segmentBytes() {
        return segmentBytes;
    }

    /** What the pool may use. */
    public long budgetBytes() {
        return budgetBytes;
    }

    /** What is in use now, idle segments left out. */
    public long usedBytes() {
        lock.lock();
        try {
            return committed - (long) idle.size() * segmentBytes;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public @Nullable ByteBuffer tryAcquire() {
        lock.lock();
        try {
            ByteBuffer segment = idle.pollFirst();
            if (segment != null) {
                return segment;
            }
            if (committed + segmentBytes > budgetBytes) {
                return null;
            }
            committed += segmentBytes;
        } finally {
            lock.unlock();
        }
        return allocate();
    }

    /** A new segment, which is charged already; null if the machine has no memory for it. */
    private @Nullable ByteBuffer allocate() {
        ByteBuffer segment = null;
        try {
            segment = memory.apply(segmentBytes);
        } catch (OutOfMemoryError noMemory) {
            LOG.debug("No memory for a segment, although the budget has room for it", noMemory);
        } finally {
            if (segment == null) {
                takeBack();
            }
        }
        return segment;
    }

    /**
     * Nothing was freed by that: who has just found no memory is to wait, and not to try again at once. Only who was refused for the sake of this segment is
     * told, which can be only where the budget is nearly used up.
     */
    private void takeBack() {
        lock.lock();
        try {
            committed -= segmentBytes;
            if (waiters > 0 && committed + 2L * segmentBytes > budgetBytes) {
                freed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void release(ByteBuffer segment) {
        lock.lock();
        try {
            idle.addFirst(ready(segment));
            freed();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void release(@Nullable ByteBuffer[] ring, int first, int count) {
        lock.lock();
        try {
            for (int i = 0; i < count; i++) {
                ByteBuffer segment = Objects.requireNonNull(ring[(first + i) & (ring.length - 1)]);
                idle.addFirst(ready(segment));
            }
            freed();
        } finally {
            lock.unlock();
        }
    }

    /** A segment for whoever comes next. One that is ready already is not written to: its head then stays in the caches of those who give back and of those who take. */
    private static ByteBuffer ready(ByteBuffer segment) {
        boolean whole = segment.position() == 0 && segment.limit() == segment.capacity();
        return whole ? segment : segment.clear();
    }

    @GuardedBy("lock")
    private void freed() {
        changes++;
        if (waiters > 0) {
            // all of them: the one that is first may be full, failed or closed by now
            freed.signalAll();
        }
    }

    /** Charges bookkeeping to the budget, at the cost of idle segments if need be; false if it does not fit. */
    public boolean tryCharge(long bytes) {
        lock.lock();
        try {
            while (committed + bytes > budgetBytes && idle.pollLast() != null) {
                committed -= segmentBytes;
            }
            if (committed + bytes > budgetBytes) {
                return false;
            }
            committed += bytes;
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Takes back what {@link #tryCharge} charged. */
    public void uncharge(long bytes) {
        lock.lock();
        try {
            committed -= bytes;
            freed();
        } finally {
            lock.unlock();
        }
    }

    /** A mark to be taken before a try, for {@link #awaitChange}. */
    public long mark() {
        lock.lock();
        try {
            return changes;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until something was given back after {@code mark}, the deadline has come, or for no reason. Not to be called with a conveyor's lock
     * held.
     *
     * @throws InterruptedException if the thread is interrupted
     */
    public void awaitChange(long mark, long deadline) throws InterruptedException {
        lock.lock();
        try {
            if (changes == mark) {
                waiters++;
                try {
                    time.await(freed, deadline);
                } finally {
                    waiters--;
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** Wakes all that wait in {@link #awaitChange}, so that they look again at what else may have changed. */
    public void wakeWaiters() {
        lock.lock();
        try {
            freed();
        } finally {
            lock.unlock();
        }
    }
}
