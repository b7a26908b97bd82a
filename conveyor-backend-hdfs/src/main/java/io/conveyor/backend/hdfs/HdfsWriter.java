package io.conveyor.backend.hdfs;

import io.conveyor.Extent;
import io.conveyor.StorageException.Retry;
import io.conveyor.backend.hdfs.HdfsAppend.Beside;
import io.conveyor.backend.hdfs.HdfsAppend.Change;
import io.conveyor.backend.hdfs.HdfsErrors.Action;
import io.conveyor.backend.hdfs.HdfsErrors.Call;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets changes of one file, which take turns, and reads, which do not, meet. A change holds the lock; a read takes none, but looks at the
 * {@link HdfsAppend#generation()} before and after, and reads again if the file was replaced meanwhile. A flush that only waits for datanodes holds
 * no lock while it waits, so that appends go on; all other changes wait for its end. Any thread.
 */
final class HdfsWriter {

    private final HdfsAppend append;
    private final HdfsReader reader;
    private final String key;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition flushEnded = lock.newCondition();
    private boolean flushing;
    private volatile boolean released;

    HdfsWriter(String key, HdfsAppend append, HdfsReader reader) {
        this.key = key;
        this.append = append;
        this.reader = reader;
    }

    /** As {@link io.conveyor.spi.StorageHandle#pread(ByteBuffer, long)}, with room in {@code dst}. */
    int read(ByteBuffer dst, long offset) throws IOException {
        while (true) {
            long generation = append.generation();
            long left = append.size() - offset;
            if (left <= 0) {
                return -1;
            }
            ByteBuffer window = dst.duplicate();
            window.limit(dst.position() + (int) Math.min(dst.remaining(), left));
            if (readWithin(generation, window, offset)) {
                dst.position(window.limit());
                return window.remaining();
            }
        }
    }

    /** Whether the window was filled from one generation; the window's position and limit stay. */
    private boolean readWithin(long generation, ByteBuffer window, long offset) throws IOException {
        try {
            fill(window, offset);
        } catch (IOException e) {
            if (settledGeneration() == generation) {
                throw e;
            }
            return false;
        }
        return append.generation() == generation;
    }

    private void fill(ByteBuffer window, long offset) throws IOException {
        ByteBuffer base = window.duplicate();
        int stored = (int) Math.max(0, Math.min(window.remaining(), append.end() - offset));
        base.limit(base.position() + stored);
        if (stored > 0 && offset + stored > append.flushed()) {
            run("pread", Retry.SAFE, () -> append.showUpTo(offset + stored));
        }
        reader.readFully(base, offset);
        base.limit(window.limit());
        while (base.hasRemaining()) {
            base.put((byte) 0);
        }
        append.patches().overlay(window, offset);
    }

    /** The generation when no change is under way any more. */
    private long settledGeneration() {
        lock.lock();
        try {
            return append.generation();
        } finally {
            unlock();
        }
    }

    /** As {@link io.conveyor.spi.StorageHandle#pwrite(ByteBuffer, long)}; the position of {@code src} stays if it throws. */
    int write(ByteBuffer src, long offset) throws IOException {
        int position = src.position();
        Change change = new Change("pwrite", new Extent(offset, src.remaining()), Retry.OUTCOME_UNKNOWN);
        try {
            return callBesideFlush(change, () -> {
                while (flushing && !append.appendsAt(offset)) {
                    flushEnded.awaitUninterruptibly();
                    append.begin(change);
                }
                return append.write(src, offset);
            });
        } catch (IOException e) {
            src.position(position);
            throw e;
        }
    }

    /** As {@link io.conveyor.spi.StorageHandle#flush()}. */
    void flush() throws IOException {
        Change change = new Change("flush", null, Retry.NEVER);
        Optional<Beside> begun = call(change, this::beginFlush);
        if (begun.isPresent()) {
            finishFlush(begun.get(), change);
        }
    }

    private void finishFlush(Beside flush, Change change) throws IOException {
        IOException failure = null;
        try {
            flush.stream().flush();
        } catch (IOException e) {
            failure = e;
        } catch (Throwable fault) {
            failure = new IOException(fault);
        }
        IOException outcome = failure;
        callBesideFlush(change, () -> {
            flushing = false;
            flushEnded.signalAll();
            append.endFlush(flush, outcome);
            return true;
        });
    }

    /** What is left to be done without the lock, if anything is. */
    private Optional<Beside> beginFlush() throws IOException {
        Optional<Beside> flush = append.beginFlush();
        if (flush.isEmpty()) {
            append.flush();
        }
        flushing = flush.isPresent();
        return flush;
    }

    /** As {@link io.conveyor.spi.StorageHandle#sync()}. */
    void sync() throws IOException {
        run("sync", Retry.NEVER, append::sync);
    }

    /** As {@link io.conveyor.spi.StorageHandle#truncate(long)}; does nothing at or above the size. */
    void truncate(long size) throws IOException {
        run("truncate", Retry.SAFE, () -> append.truncate(size));
    }

    /** The logical size; after the stream broke, what is really there. */
    long size() throws IOException {
        if (append.isBroken()) {
            run("lseek", Retry.SAFE, () -> append.showUpTo(0));
        }
        return append.size();
    }

    /** See {@link HdfsAppend#complete()}. */
    long complete() throws IOException {
        return call(new Change("commit", null, Retry.NEVER), append::complete);
    }

    /** Drops what is staged, closes the stream; if a change is under way, that one does it at its end. Idempotent. */
    void release() throws IOException {
        released = true;
        if (lock.tryLock()) {
            try {
                if (!flushing) {
                    append.close();
                }
            } finally {
                lock.unlock();
            }
        }
    }

    private void run(String operation, Retry retry, Action action) throws IOException {
        call(new Change(operation, null, retry), () -> {
            action.run();
            return true;
        });
    }

    private <T> T call(Change change, Call<T> body) throws IOException {
        lock.lock();
        try {
            while (flushing) {
                flushEnded.awaitUninterruptibly();
            }
            return callBesideFlush(change, body);
        } finally {
            unlock();
        }
    }

    private <T> T callBesideFlush(Change change, Call<T> body) throws IOException {
        lock.lock();
        try {
            append.begin(change);
            return body.run();
        } catch (IOException e) {
            throw HdfsErrors.translate(change.operation(), key, change.extent(), e);
        } finally {
            unlock();
        }
    }

    /** Whoever was asked to release while this thread had the lock has left it to this thread; before the lock is free nobody can know that. */
    private void unlock() {
        lock.unlock();
        if (released && !lock.isHeldByCurrentThread()) {
            releaseQuietly();
        }
    }

    private void releaseQuietly() {
        try {
            release();
        } catch (IOException ignored) {
            // whoever released has gone on, and the change itself says what became of it
        }
    }

    /** The id of the file that is written. */
    long fileId() {
        return append.fileId();
    }
}
