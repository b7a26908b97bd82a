package io.conveyor.spring.metrics;

import io.conveyor.ConflictResolution;
import io.conveyor.Whence;
import io.conveyor.spi.ResumeToken;
import io.conveyor.spi.StorageHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/** Times every call to a handle; otherwise it is that handle. */
final class TimedHandle implements StorageHandle {

    private final StorageHandle handle;
    private final CallTimers timers;

    TimedHandle(StorageHandle handle, CallTimers timers) {
        this.handle = handle;
        this.timers = timers;
    }

    @Override
    public int pread(ByteBuffer dst, long offset) throws IOException {
        return timers.time(Operation.PREAD, () -> handle.pread(dst, offset));
    }

    @Override
    public long pread(ByteBuffer[] dsts, long offset) throws IOException {
        return timers.time(Operation.PREAD, () -> handle.pread(dsts, offset));
    }

    @Override
    public int pwrite(ByteBuffer src, long offset) throws IOException {
        return timers.time(Operation.PWRITE, () -> handle.pwrite(src, offset));
    }

    @Override
    public int pwrite(ByteBuffer[] srcs, long offset) throws IOException {
        return timers.time(Operation.PWRITE, () -> handle.pwrite(srcs, offset));
    }

    @Override
    public long preferredWriteBytes(long offset) {
        return handle.preferredWriteBytes(offset);
    }

    @Override
    public long recoveries() {
        return handle.recoveries();
    }

    @Override
    public long lseek(long offset, Whence whence) throws IOException {
        return timers.time(Operation.LSEEK, () -> handle.lseek(offset, whence));
    }

    @Override
    public void truncate(long size) throws IOException {
        timers.run(Operation.TRUNCATE, () -> handle.truncate(size));
    }

    @Override
    public void flush() throws IOException {
        timers.run(Operation.FLUSH, handle::flush);
    }

    @Override
    public void sync() throws IOException {
        timers.run(Operation.SYNC, handle::sync);
    }

    @Override
    public void commit() throws IOException {
        timers.run(Operation.COMMIT, handle::commit);
    }

    @Override
    public void resolve(ConflictResolution resolution) throws IOException {
        timers.run(Operation.RESOLVE, () -> handle.resolve(resolution));
    }

    @Override
    public Optional<ResumeToken> resumeToken() {
        return handle.resumeToken();
    }

    @Override
    public void abort() throws IOException {
        timers.run(Operation.ABORT, handle::abort);
    }

    @Override
    public void close() throws IOException {
        timers.run(Operation.CLOSE, handle::close);
    }
}
