package io.conveyor.testkit;

import io.conveyor.ConflictResolution;
import io.conveyor.Whence;
import io.conveyor.spi.ForwardingStorageHandle;
import io.conveyor.spi.StorageCapabilities.FlushEffect;
import io.conveyor.spi.StorageHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** A handle that tells its {@link DurableStore} what is durable and what is not. */
final class CrashingHandle extends ForwardingStorageHandle {

    private final CrashingBackend backend;
    private final DurableStore durable;
    private final String key;
    private final boolean draft;
    private final List<Runnable> unflushed = new ArrayList<>();

    CrashingHandle(CrashingBackend backend, DurableStore durable, String key, boolean draft, StorageHandle delegate) {
        super(delegate);
        this.backend = backend;
        this.durable = durable;
        this.key = key;
        this.draft = draft;
    }

    @Override
    public int pread(ByteBuffer dst, long offset) throws IOException {
        backend.checkPower("pread", key);
        return delegate().pread(dst, offset);
    }

    @Override
    public long pread(ByteBuffer[] dsts, long offset) throws IOException {
        backend.checkPower("pread", key);
        return delegate().pread(dsts, offset);
    }

    @Override
    public int pwrite(ByteBuffer src, long offset) throws IOException {
        return pwrite(new ByteBuffer[] {src}, offset);
    }

    @Override
    public int pwrite(ByteBuffer[] srcs, long offset) throws IOException {
        return written(offset, () -> delegate().pwrite(srcs, offset));
    }

    @Override
    public int pwriteLast(ByteBuffer[] srcs, long offset) throws IOException {
        return written(offset, () -> delegate().pwriteLast(srcs, offset));
    }

    /** Some kind of {@code pwrite}, which answers how much it has written. */
    @FunctionalInterface
    private interface Write {
        int run() throws IOException;
    }

    private int written(long offset, Write write) throws IOException {
        backend.checkPower("pwrite", key);
        int count = write.run();
        changed(() -> durable.written(key, offset, count));
        return count;
    }

    @Override
    public long lseek(long offset, Whence whence) throws IOException {
        backend.checkPower("lseek", key);
        return delegate().lseek(offset, whence);
    }

    @Override
    public void truncate(long size) throws IOException {
        backend.checkPower("truncate", key);
        changed(() -> durable.truncated(key, size));
        delegate().truncate(size);
    }

    @Override
    public void flush() throws IOException {
        backend.checkPower("flush", key);
        delegate().flush();
        if (!draft) {
            flushed();
        }
    }

    /** Takes note of a change: at once if it is visible at once, else when it is flushed, for before that no sync sees it. */
    private synchronized void changed(Runnable note) {
        if (draft) {
            return;
        }
        if (backend.capabilities().flushEffect() == FlushEffect.NONE) {
            note.run();
        } else {
            unflushed.add(note);
        }
    }

    private synchronized void flushed() {
        unflushed.forEach(Runnable::run);
        unflushed.clear();
        if (backend.capabilities().atomicCommit()) {
            durable.allDurable(key);
        }
    }

    @Override
    public void sync() throws IOException {
        backend.checkPower("sync", key);
        if (!draft) {
            backend.failSyncIfAsked(key);
        }
        delegate().sync();
        if (!draft) {
            durable.synced(key);
        }
    }

    @Override
    public void commit() throws IOException {
        backend.checkPower("commit", key);
        delegate().commit();
        durable.allDurable(key);
    }

    @Override
    public void resolve(ConflictResolution resolution) throws IOException {
        backend.checkPower("resolve", key);
        delegate().resolve(resolution);
    }

    @Override
    public String toString() {
        return "CrashingHandle[" + delegate() + "]";
    }
}
