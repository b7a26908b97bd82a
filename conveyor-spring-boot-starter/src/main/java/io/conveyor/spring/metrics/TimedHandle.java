package io.conveyor.spring.metrics;

import io.conveyor.ConflictResolution;
import io.conveyor.Whence;
import io.conveyor.spi.ResumeToken;
import io.conveyor.spi.StorageHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Times every call to a handle; otherwise it is that handle. */
final class TimedHandle implements StorageHandle {

    private final StorageHandle handle;
    private final BackendCalls calls;

    TimedHandle(StorageHandle handle, BackendCalls calls) {
        this.handle = handle;
        this.calls = calls;
    }

    @Override
    public int pread(ByteBuffer dst, long offset) throws IOException {
        return calls.time(Operation.PREAD, () -> handle.pread(dst, offset));
    }

    @Override
    public long pread(ByteBuffer[] dsts, long offset) throws IOException {
        return calls.time(Operation.PREAD, () -> handle.pread(dsts, offset));
    }

    @Override
    public int pwrite(ByteBuffer src, long offset) throws IOException {
        return calls.time(Operation.PWRITE, () -> handle.pwrite(src, offset));
    }

    @Override
    public int pwrite(ByteBuffer[] srcs, long offset) throws IOException {
        return calls.time(Operation.PWRITE, () -> handle.pwrite(srcs, offset));
    }

    @Override
    public int pwriteLast(ByteBuffer[] srcs, long offset) throws IOException {
        return calls.time(Operation.PWRITE, () -> handle.pwriteLast(srcs, offset));
    }

    @Override
    public long preferredWriteBytes(long offset) {
        return handle.preferredWriteBytes(offset);
    }

    @Override
    public void restReads() {
        handle.restReads();
    }

    @Override
    public long recoveries() {
        return handle.recoveries();
    }

    @Override
    public long lseek(long offset, Whence whence) throws IOException {
        return calls.time(Operation.LSEEK, () -> handle.lseek(offset, whence));
    }

    @Override
    public void truncate(long size) throws IOException {
        calls.run(Operation.TRUNCATE, () -> handle.truncate(size));
    }

    @Override
    public void flush() throws IOException {
        calls.run(Operation.FLUSH, handle::flush);
    }

    @Override
    public void sync() throws IOException {
        calls.run(Operation.SYNC, handle::sync);
    }

    @Override
    public void commit() throws IOException {
        calls.run(Operation.COMMIT, handle::commit);
    }

    @Override
    public void resolve(ConflictResolution resolution) throws IOException {
        calls.run(Operation.RESOLVE, () -> handle.resolve(resolution));
    }

    @Override
    public Optional<ResumeToken> resumeToken() {
        return handle.resumeToken();
    }

    @Override
    public void onResumeToken(Runnable changed) {
        handle.onResumeToken(changed);
    }

    @Override
    public long entrust(long before) {
        return handle.entrust(before);
    }

    @Override
    public Resumed resumed() {
        return handle.resumed();
    }

    @Override
    public @Nullable String version() {
        return handle.version();
    }

    @Override
    public void abort() throws IOException {
        calls.run(Operation.ABORT, handle::abort);
    }

    @Override
    public void close() throws IOException {
        calls.run(Operation.CLOSE, handle::close);
    }
}
