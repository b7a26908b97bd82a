package io.conveyor.core;

import io.conveyor.ObjectAttributes;
import io.conveyor.Whence;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spi.StorageCapabilities;
import io.conveyor.spi.StorageHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.OpenOption;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/**
 * A backend as somebody would write it first: reads and writes of one buffer, and nothing that has a default. Each write takes as long as the
 * application needs for {@value #ACCEPTED_PER_CALL} more writes.
 */
final class SingleBufferBackend implements StorageBackend {

    /** What an application gets accepted while a call of 2 ms is under way, if it does anything besides. */
    static final int ACCEPTED_PER_CALL = 64;

    private final StorageBackend delegate;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private long accepted;
    private int writes;
    private boolean open;

    SingleBufferBackend(StorageBackend delegate) {
        this.delegate = delegate;
    }

    /** The application had one more write accepted. */
    void accepted() {
        lock.lock();
        try {
            accepted++;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** From now on no write waits: somebody waits for them. */
    void letAllGo() {
        lock.lock();
        try {
            open = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Writes so far. */
    int writes() {
        lock.lock();
        try {
            return writes;
        } finally {
            lock.unlock();
        }
    }

    private void takeYourTime() {
        lock.lock();
        try {
            writes++;
            long until = accepted + ACCEPTED_PER_CALL;
            while (!open && accepted < until) {
                changed.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public String name() {
        return delegate.name();
    }

    @Override
    public StorageCapabilities capabilities() {
        return delegate.capabilities();
    }

    @Override
    public StorageHandle open(String key, Set<? extends OpenOption> options) throws IOException {
        return new Handle(delegate.open(key, options));
    }

    @Override
    public ObjectAttributes attributes(String key) throws IOException {
        return delegate.attributes(key);
    }

    @Override
    public boolean delete(String key) throws IOException {
        return delegate.delete(key);
    }

    @Override
    public Stream<ObjectAttributes> list(String prefix) throws IOException {
        return delegate.list(prefix);
    }

    @Override
    public void ping() throws IOException {
        delegate.ping();
    }

    @Override
    public void close() throws IOException {
        delegate.close();
    }

    /** Passes on the calls that have no default. */
    private final class Handle implements StorageHandle {

        private final StorageHandle handle;

        Handle(StorageHandle handle) {
            this.handle = handle;
        }

        @Override
        public int pread(ByteBuffer dst, long offset) throws IOException {
            return handle.pread(dst, offset);
        }

        @Override
        public int pwrite(ByteBuffer src, long offset) throws IOException {
            takeYourTime();
            return handle.pwrite(src, offset);
        }

        @Override
        public long lseek(long offset, Whence whence) throws IOException {
            return handle.lseek(offset, whence);
        }

        @Override
        public void truncate(long size) throws IOException {
            handle.truncate(size);
        }

        @Override
        public void flush() throws IOException {
            handle.flush();
        }

        @Override
        public void sync() throws IOException {
            handle.sync();
        }

        @Override
        public void abort() throws IOException {
            handle.abort();
        }

        @Override
        public void close() throws IOException {
            handle.close();
        }
    }
}
