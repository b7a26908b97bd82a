package io.conveyor.spring.metrics;

import io.conveyor.ConflictResolution;
import io.conveyor.Whence;
import io.conveyor.spi.ForwardingStorageHandle;
import io.conveyor.spi.StorageHandle;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Times every call to a handle; otherwise it is that handle. */
final class TimedHandle extends ForwardingStorageHandle {

    private final BackendCalls calls;

    TimedHandle(StorageHandle handle, BackendCalls calls) {
        super(handle);
        this.calls = calls;
    }

    @Override
    public int pread(ByteBuffer dst, long offset) throws IOException {
        return calls.time(Operation.PREAD, () -> delegate().pread(dst, offset));
    }

    @Override
    public long pread(ByteBuffer[] dsts, long offset) throws IOException {
        return calls.time(Operation.PREAD, () -> delegate().pread(dsts, offset));
    }

    @Override
    public int pwrite(ByteBuffer src, long offset) throws IOException {
        return calls.time(Operation.PWRITE, () -> delegate().pwrite(src, offset));
    }

    @Override
    public int pwrite(ByteBuffer[] srcs, long offset) throws IOException {
        return calls.time(Operation.PWRITE, () -> delegate().pwrite(srcs, offset));
    }

    @Override
    public int pwriteLast(ByteBuffer[] srcs, long offset) throws IOException {
        return calls.time(Operation.PWRITE, () -> delegate().pwriteLast(srcs, offset));
    }

    @Override
    public long lseek(long offset, Whence whence) throws IOException {
        return calls.time(Operation.LSEEK, () -> delegate().lseek(offset, whence));
    }

    @Override
    public void truncate(long size) throws IOException {
        calls.run(Operation.TRUNCATE, () -> delegate().truncate(size));
    }

    @Override
    public void flush() throws IOException {
        calls.run(Operation.FLUSH, delegate()::flush);
    }

    @Override
    public void sync() throws IOException {
        calls.run(Operation.SYNC, delegate()::sync);
    }

    @Override
    public void commit() throws IOException {
        calls.run(Operation.COMMIT, delegate()::commit);
    }

    @Override
    public void resolve(ConflictResolution resolution) throws IOException {
        calls.run(Operation.RESOLVE, () -> delegate().resolve(resolution));
    }

    @Override
    public void abort() throws IOException {
        calls.run(Operation.ABORT, delegate()::abort);
    }

    @Override
    public void close() throws IOException {
        calls.run(Operation.CLOSE, delegate()::close);
    }
}
