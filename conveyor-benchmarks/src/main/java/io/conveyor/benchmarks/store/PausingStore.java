package io.conveyor.benchmarks.store;

import io.conveyor.ConflictResolution;
import io.conveyor.ObjectAttributes;
import io.conveyor.Whence;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spi.StorageCapabilities;
import io.conveyor.spi.StorageHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.OpenOption;
import java.util.Set;
import java.util.stream.Stream;

/** A store that waits before every read, write, flush and sync; for how long, a subclass says. Calls at the same time wait at the same time. */
abstract class PausingStore implements StorageBackend {

    private final StorageBackend store;

    PausingStore(StorageBackend store) {
        this.store = store;
    }

    /** Waits as long as a call is to wait. */
    abstract void pause();

    @Override
    public String name() {
        return "pausing-" + store.name();
    }

    @Override
    public StorageCapabilities capabilities() {
        return store.capabilities();
    }

    @Override
    public StorageHandle open(String key, Set<? extends OpenOption> options) throws IOException {
        return new Handle(store.open(key, options));
    }

    @Override
    public ObjectAttributes attributes(String key) throws IOException {
        return store.attributes(key);
    }

    @Override
    public boolean delete(String key) throws IOException {
        return store.delete(key);
    }

    @Override
    public Stream<ObjectAttributes> list(String prefix) throws IOException {
        return store.list(prefix);
    }

    @Override
    public void ping() throws IOException {
        store.ping();
    }

    @Override
    public String canonicalKey(String key) {
        return store.canonicalKey(key);
    }

    @Override
    public void close() throws IOException {
        store.close();
    }

    private final class Handle implements StorageHandle {

        private final StorageHandle handle;

        Handle(StorageHandle handle) {
            this.handle = handle;
        }

        @Override
        public int pread(ByteBuffer dst, long offset) throws IOException {
            pause();
            return handle.pread(dst, offset);
        }

        @Override
        public long pread(ByteBuffer[] dsts, long offset) throws IOException {
            pause();
            return handle.pread(dsts, offset);
        }

        @Override
        public void restReads() {
            handle.restReads();
        }

        @Override
        public int pwrite(ByteBuffer src, long offset) throws IOException {
            pause();
            return handle.pwrite(src, offset);
        }

        @Override
        public int pwrite(ByteBuffer[] srcs, long offset) throws IOException {
            pause();
            return handle.pwrite(srcs, offset);
        }

        @Override
        public int pwriteLast(ByteBuffer[] srcs, long offset) throws IOException {
            pause();
            return handle.pwriteLast(srcs, offset);
        }

        @Override
        public long preferredWriteBytes(long offset) {
            return handle.preferredWriteBytes(offset);
        }

        @Override
        public long lseek(long offset, Whence whence) throws IOException {
            return handle.lseek(offset, whence);
        }

        @Override
        public void truncate(long size) throws IOException {
            pause();
            handle.truncate(size);
        }

        @Override
        public void flush() throws IOException {
            pause();
            handle.flush();
        }

        @Override
        public void sync() throws IOException {
            pause();
            handle.sync();
        }

        @Override
        public void commit() throws IOException {
            pause();
            handle.commit();
        }

        @Override
        public void resolve(ConflictResolution resolution) throws IOException {
            handle.resolve(resolution);
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
