package io.conveyor.benchmarks.store;

import io.conveyor.spi.ForwardingStorageBackend;
import io.conveyor.spi.ForwardingStorageHandle;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spi.StorageHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.OpenOption;
import java.util.Set;

/** A store that waits before every read, write, flush and sync; for how long, a subclass says. Calls at the same time wait at the same time. */
abstract class PausingStore extends ForwardingStorageBackend {

    PausingStore(StorageBackend store) {
        super(store);
    }

    /** Waits as long as a call is to wait. */
    abstract void pause();

    @Override
    public String name() {
        return "pausing-" + delegate().name();
    }

    @Override
    public StorageHandle open(String key, Set<? extends OpenOption> options) throws IOException {
        return new Handle(delegate().open(key, options));
    }

    private final class Handle extends ForwardingStorageHandle {

        Handle(StorageHandle handle) {
            super(handle);
        }

        @Override
        public int pread(ByteBuffer dst, long offset) throws IOException {
            pause();
            return delegate().pread(dst, offset);
        }

        @Override
        public long pread(ByteBuffer[] dsts, long offset) throws IOException {
            pause();
            return delegate().pread(dsts, offset);
        }

        @Override
        public int pwrite(ByteBuffer src, long offset) throws IOException {
            pause();
            return delegate().pwrite(src, offset);
        }

        @Override
        public int pwrite(ByteBuffer[] srcs, long offset) throws IOException {
            pause();
            return delegate().pwrite(srcs, offset);
        }

        @Override
        public int pwriteLast(ByteBuffer[] srcs, long offset) throws IOException {
            pause();
            return delegate().pwriteLast(srcs, offset);
        }

        @Override
        public void truncate(long size) throws IOException {
            pause();
            delegate().truncate(size);
        }

        @Override
        public void flush() throws IOException {
            pause();
            delegate().flush();
        }

        @Override
        public void sync() throws IOException {
            pause();
            delegate().sync();
        }

        @Override
        public void commit() throws IOException {
            pause();
            delegate().commit();
        }
    }
}
