package io.conveyor.spi;

import io.conveyor.ConflictResolution;
import io.conveyor.Whence;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A handle that is another one in everything; see {@link ForwardingStorageBackend}. Each method is forwarded to its own like: whoever overrides one of several
 * that read, or write, overrides them all. Threads and failures are those of the other handle.
 */
public abstract class ForwardingStorageHandle implements StorageHandle {

    private final StorageHandle delegate;

    /** Forwards to {@code delegate}, which is closed with it. */
    protected ForwardingStorageHandle(StorageHandle delegate) {
        this.delegate = Objects.requireNonNull(delegate, "delegate");
    }

    /** The handle that this one forwards to. */
    protected final StorageHandle delegate() {
        return delegate;
    }

    @Override
    public int pread(ByteBuffer dst, long offset) throws IOException {
        return delegate.pread(dst, offset);
    }

    @Override
    public long pread(ByteBuffer[] dsts, long offset) throws IOException {
        return delegate.pread(dsts, offset);
    }

    @Override
    public void restReads() {
        delegate.restReads();
    }

    @Override
    public int pwrite(ByteBuffer src, long offset) throws IOException {
        return delegate.pwrite(src, offset);
    }

    @Override
    public int pwrite(ByteBuffer[] srcs, long offset) throws IOException {
        return delegate.pwrite(srcs, offset);
    }

    @Override
    public int pwriteLast(ByteBuffer[] srcs, long offset) throws IOException {
        return delegate.pwriteLast(srcs, offset);
    }

    @Override
    public long preferredWriteBytes(long offset) {
        return delegate.preferredWriteBytes(offset);
    }

    @Override
    public long lseek(long offset, Whence whence) throws IOException {
        return delegate.lseek(offset, whence);
    }

    @Override
    public void truncate(long size) throws IOException {
        delegate.truncate(size);
    }

    @Override
    public void flush() throws IOException {
        delegate.flush();
    }

    @Override
    public void sync() throws IOException {
        delegate.sync();
    }

    @Override
    public void commit() throws IOException {
        delegate.commit();
    }

    @Override
    public void resolve(ConflictResolution resolution) throws IOException {
        delegate.resolve(resolution);
    }

    @Override
    public long recoveries() {
        return delegate.recoveries();
    }

    @Override
    public @Nullable String version() {
        return delegate.version();
    }

    @Override
    public Optional<ResumeToken> resumeToken() {
        return delegate.resumeToken();
    }

    @Override
    public void onResumeToken(Runnable changed) {
        delegate.onResumeToken(changed);
    }

    @Override
    public long entrust(long before) {
        return delegate.entrust(before);
    }

    @Override
    public Resumed resumed() {
        return delegate.resumed();
    }

    @Override
    public void abort() throws IOException {
        delegate.abort();
    }

    @Override
    public void close() throws IOException {
        delegate.close();
    }

    /** The other handle's own words. */
    @Override
    public String toString() {
        return delegate.toString();
    }
}
