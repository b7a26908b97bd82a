package io.conveyor.backend.hdfs;

import io.conveyor.backend.hdfs.HdfsErrors.Action;
import io.conveyor.backend.hdfs.HdfsErrors.Call;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.hadoop.fs.Path;

/**
 * A lock for each path that somebody works on; no two paths share one, so that a wait for one never holds up another. Any thread; who has a lock may
 * take it again.
 */
final class PathLocks {

    private final Map<String, Lock> locks = new ConcurrentHashMap<>();

    /**
     * Runs {@code body} while nobody else works on the path; waits for who does.
     *
     * @throws InterruptedIOException if the thread is interrupted while it waits; its flag is set again
     */
    <T> T alone(Path path, Call<T> body) throws IOException {
        String name = HdfsPaths.name(path);
        Lock lock = join(name);
        try {
            lock.lockInterruptibly();
            try {
                return body.run();
            } finally {
                lock.unlock();
            }
        } catch (InterruptedException e) {
            throw Patience.interrupted(e);
        } finally {
            leave(name);
        }
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
