package io.conveyor.testkit;

import static io.conveyor.testkit.StorageOperation.ABORT;
import static io.conveyor.testkit.StorageOperation.CLOSE;
import static io.conveyor.testkit.StorageOperation.COMMIT;
import static io.conveyor.testkit.StorageOperation.FLUSH;
import static io.conveyor.testkit.StorageOperation.LSEEK;
import static io.conveyor.testkit.StorageOperation.PREAD;
import static io.conveyor.testkit.StorageOperation.PWRITE;
import static io.conveyor.testkit.StorageOperation.RESOLVE;
import static io.conveyor.testkit.StorageOperation.REST_READS;
import static io.conveyor.testkit.StorageOperation.SYNC;
import static io.conveyor.testkit.StorageOperation.TRUNCATE;

import io.conveyor.ConflictResolution;
import io.conveyor.Whence;
import io.conveyor.spi.ForwardingStorageHandle;
import io.conveyor.spi.StorageHandle;
import io.conveyor.testkit.FaultInjectingBackend.Body;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/** A handle whose calls go wrong as the plan of its backend says. */
final class FaultInjectingHandle extends ForwardingStorageHandle {

    private final FaultInjectingBackend backend;
    private final String key;
    private final CallGuard guard;
    private final AtomicLong end = new AtomicLong();
    private final AtomicBoolean open = new AtomicBoolean(true);

    FaultInjectingHandle(FaultInjectingBackend backend, String key, StorageHandle delegate) {
        super(delegate);
        this.backend = backend;
        this.key = key;
        this.guard = new CallGuard(key, backend.capabilities(), backend::violated);
    }

    @Override
    public int pread(ByteBuffer dst, long offset) throws IOException {
        return (int) transfer(
                PREAD, new ByteBuffer[] {dst}, offset, part -> delegate().pread(part[0], offset));
    }

    @Override
    public long pread(ByteBuffer[] dsts, long offset) throws IOException {
        return transfer(PREAD, dsts, offset, parts -> delegate().pread(parts, offset));
    }

    @Override
    public int pwrite(ByteBuffer src, long offset) throws IOException {
        return (int) transfer(
                PWRITE, new ByteBuffer[] {src}, offset, part -> delegate().pwrite(part[0], offset));
    }

    @Override
    public int pwrite(ByteBuffer[] srcs, long offset) throws IOException {
        return (int) transfer(PWRITE, srcs, offset, parts -> delegate().pwrite(parts, offset));
    }

    @Override
    public int pwriteLast(ByteBuffer[] srcs, long offset) throws IOException {
        return (int) transfer(PWRITE, srcs, offset, parts -> delegate().pwriteLast(parts, offset));
    }

    /** Moves bytes between storage and buffers. */
    @FunctionalInterface
    private interface Transfer {
        long run(ByteBuffer[] buffers) throws IOException;
    }

    private long transfer(StorageOperation operation, ByteBuffer[] buffers, long offset, Transfer transfer)
            throws IOException {
        long length = remaining(buffers);
        CallGuard.Call guarded = guard.begin(operation, offset, length, isAppend(operation, offset, length));
        StorageCall call = backend.began(operation, key, offset, length);
        try {
            Fault fault = backend.plan().faultFor(call);
            fault.begin(call);
            if (!fault.reachesTheStore() || !fault.movesSomething()) {
                fault.end(call);
                return fault.answerWithoutTheStore();
            }
            long count = transfer(buffers, transfer, fault);
            backend.moved(operation, count);
            fault.end(call);
            guarded.succeeded();
            return count;
        } finally {
            backend.ended(call);
            guarded.end();
        }
    }

    /** Whether a write comes behind all others of this handle; how long the object was before is for the store below to know. */
    private boolean isAppend(StorageOperation operation, long offset, long length) {
        return operation == StorageOperation.PWRITE && end.getAndAccumulate(offset + length, Math::max) <= offset;
    }

    private static long transfer(ByteBuffer[] buffers, Transfer transfer, Fault fault) throws IOException {
        ByteBuffer[] parts = limited(buffers, fault.limitOf(remaining(buffers)));
        try {
            return transfer.run(parts);
        } finally {
            if (fault.tellsProgress()) {
                advance(buffers, parts);
            }
        }
    }

    /** Views of the buffers that end after {@code limit} bytes, with positions of their own. */
    private static ByteBuffer[] limited(ByteBuffer[] buffers, int limit) {
        ByteBuffer[] parts = new ByteBuffer[buffers.length];
        int left = limit;
        for (int i = 0; i < buffers.length; i++) {
            ByteBuffer part = buffers[i].duplicate();
            int length = Math.min(left, part.remaining());
            parts[i] = part.limit(part.position() + length);
            left -= length;
        }
        return parts;
    }

    private static void advance(ByteBuffer[] buffers, ByteBuffer[] parts) {
        for (int i = 0; i < buffers.length; i++) {
            buffers[i].position(parts[i].position());
        }
    }

    private static long remaining(ByteBuffer[] buffers) {
        long total = 0;
        for (ByteBuffer buffer : buffers) {
            total += buffer.remaining();
        }
        return total;
    }

    @Override
    public void restReads() {
        CallGuard.Call guarded = guard.begin(REST_READS);
        StorageCall call = backend.began(REST_READS, key, 0, 0);
        try {
            delegate().restReads();
        } finally {
            backend.ended(call);
            guarded.end();
        }
    }

    @Override
    public long lseek(long offset, Whence whence) throws IOException {
        return call(LSEEK, 0, () -> delegate().lseek(offset, whence));
    }

    @Override
    public void truncate(long size) throws IOException {
        call(TRUNCATE, size, () -> {
            delegate().truncate(size);
            return true;
        });
    }

    @Override
    public void flush() throws IOException {
        call(FLUSH, 0, () -> {
            delegate().flush();
            return true;
        });
    }

    @Override
    public void sync() throws IOException {
        call(SYNC, 0, () -> {
            delegate().sync();
            return true;
        });
    }

    @Override
    public void commit() throws IOException {
        call(COMMIT, 0, () -> {
            delegate().commit();
            return true;
        });
    }

    @Override
    public void resolve(ConflictResolution resolution) throws IOException {
        call(RESOLVE, 0, () -> {
            delegate().resolve(resolution);
            return true;
        });
    }

    private <T> T call(StorageOperation operation, long offset, Body<T> body) throws IOException {
        CallGuard.Call guarded = guard.begin(operation);
        StorageCall call = backend.began(operation, key, offset, 0);
        try {
            Fault fault = backend.plan().faultFor(call);
            fault.begin(call);
            if (!fault.reachesTheStore()) {
                fault.end(call);
            }
            T result = body.run();
            fault.end(call);
            guarded.succeeded();
            return result;
        } finally {
            backend.ended(call);
            guarded.end();
        }
    }

    @Override
    public void abort() throws IOException {
        release(ABORT, () -> {
            delegate().abort();
            return true;
        });
    }

    @Override
    public void close() throws IOException {
        release(CLOSE, () -> {
            delegate().close();
            return true;
        });
    }

    /** A handle whose release fails is released all the same, as is one whose failing call never reached the store. */
    private void release(StorageOperation operation, Body<Boolean> body) throws IOException {
        if (!open.compareAndSet(true, false)) {
            body.run();
            return;
        }
        backend.released();
        try {
            call(operation, 0, body);
        } catch (ContractViolation refused) {
            // its caller has to see that what is under way goes on
            throw refused;
        } catch (Throwable failure) {
            closeAfter(failure);
            throw failure;
        }
    }

    private void closeAfter(Throwable failure) {
        try {
            delegate().close();
        } catch (Throwable another) {
            if (another != failure) {
                failure.addSuppressed(another);
            }
        }
    }

    @Override
    public String toString() {
        return "FaultInjectingHandle[" + delegate() + "]";
    }
}
