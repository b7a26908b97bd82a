package io.conveyor.spring.resource;

import io.conveyor.Conveyor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.WritableByteChannel;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Writes a draft, and publishes it when it is closed, unless a write has failed: try-with-resources closes then, too, and half an object would take the
 * place of a whole one. Any thread; closing waits for a write that is under way, as that may fail.
 */
final class ReplacingChannel implements WritableByteChannel {

    private final Conveyor draft;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Throwable failure; // guarded by lock
    private volatile boolean closed;

    ReplacingChannel(Conveyor draft) {
        this.draft = draft;
    }

    @Override
    public boolean isOpen() {
        return !closed;
    }

    /**
     * Writes all that remains in {@code source}.
     *
     * @throws IOException as {@link Conveyor#write(ByteBuffer)}, or because a write before has failed
     */
    @Override
    public int write(ByteBuffer source) throws IOException {
        lock.lock();
        try {
            if (closed) {
                throw new ClosedChannelException();
            }
            if (failure != null) {
                throw incomplete(failure);
            }
            return draft.write(source);
        } catch (Throwable thrown) {
            failure = failure == null ? thrown : failure;
            throw thrown;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Publishes what was written. Idempotent.
     *
     * @throws IOException if that fails, or if a write has failed; the object is then as it was
     */
    @Override
    public void close() throws IOException {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            if (failure == null) {
                draft.close();
            } else {
                abort(failure);
            }
        } finally {
            lock.unlock();
        }
    }

    private void abort(Throwable first) throws IOException {
        IOException incomplete = incomplete(first);
        try {
            draft.abort();
        } catch (IOException whileAborting) {
            incomplete.addSuppressed(whileAborting);
        }
        throw incomplete;
    }

    /** Anew for each throw, so that it may be suppressed by any other. */
    private IOException incomplete(Throwable first) {
        return new IOException(
                "'" + draft.key() + "' stays as it was: a write of what was to replace it failed", first);
    }
}
