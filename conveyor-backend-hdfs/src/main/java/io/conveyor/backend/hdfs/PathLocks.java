package io.conveyor.backend.hdfs;

import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.backend.hdfs.HdfsErrors.Action;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.apache.hadoop.fs.Path;

/**
 * A lock for each path that somebody works on; no two paths share one, so that a wait for one never holds up another. Any thread; who has a lock may
 * take it again.
 */
final class PathLocks {

    private final Map<String, Lock> locks = new ConcurrentHashMap<>();
    private final Duration bound;
    private final LongSupplier nanoTime;

    /**
     * Locks that nobody has.
     *
     * @param bound how long who opens a file may take, together with those before him
     * @param nanoTime the time
     */
    PathLocks(Duration bound, LongSupplier nanoTime) {
        this.bound = bound;
        this.nanoTime = nanoTime;
    }

    /** Work on a path. */
    @FunctionalInterface
    interface Turn<T> {

        /** Does it; {@code left} is what the wait for others has left of the bound. */
        T run(Duration left) throws IOException;
    }

    /**
     * Runs {@code turn} while nobody else works on the path; waits for who does, up to the bound.
     *
     * @throws StorageException of kind TIMEOUT if others are not done by then; nothing was done
     * @throws InterruptedIOException if the thread is interrupted while it waits; its flag is set again
     */
    <T> T alone(Path path, String key, Turn<T> turn) throws IOException {
        String name = HdfsPaths.name(path);
        long begin = nanoTime.getAsLong();
        Lock lock = join(name);
        try {
            if (!lock.tryLock(bound.toNanos(), TimeUnit.NANOSECONDS)) {
                throw othersTakeTooLong(key);
            }
            try {
                return turn.run(bound.minusNanos(nanoTime.getAsLong() - begin));
            } finally {
                lock.unlock();
            }
        } catch (InterruptedException e) {
            throw Patience.interrupted(e);
        } finally {
            leave(name);
        }
    }

    private StorageException othersTakeTooLong(String key) {
        return new StorageException(
                Kind.TIMEOUT,
                Retry.SAFE,
                "open",
                key,
                null,
                "others that open it were not done within " + bound + "; are the datanodes of its last block alive?",
                null);
    }

    /** Runs {@code body} unless another thread works on the path. */
    void aloneIfFree(Path path, Action body) throws IOException {
        String name = HdfsPaths.name(path);
        Lock lock = join(name);
        try {
            if (lock.tryLock()) {
                try {
                    body.run();
                } finally {
                    lock.unlock();
                }
            }
        } finally {
            leave(name);
        }
    }

    private Lock join(String name) {
        return locks.compute(name, (key, lock) -> {
            Lock joined = lock == null ? new Lock() : lock;
            joined.users++;
            return joined;
        });
    }

    private void leave(String name) {
        locks.computeIfPresent(name, (key, lock) -> {
            lock.users--;
            return lock.users == 0 ? null : lock;
        });
    }

    private static final class Lock extends ReentrantLock {

        private static final long serialVersionUID = 1L;

        /** Who has it or wants it; changed by the map, one at a time. */
        private int users;
    }
}
