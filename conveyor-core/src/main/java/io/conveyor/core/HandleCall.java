package io.conveyor.core;

import io.conveyor.StorageException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A call on the storage handle that somebody waits for, and that is none of the write path's turns: one that resolves a conflict, or that ends the handle.
 *
 * <p>Whoever wants it counts it among {@link OpenObject#calls} under the object's lock, so that the handle is not closed before the call is made, and has
 * it made by {@link #submit} without the lock. {@link #run} is for the worker alone, who comes without the lock, and takes it when the call has ended. Any
 * thread that holds the lock may look at what came of it, and wait for that.
 */
abstract class HandleCall implements Runnable {

    final OpenObject object;
    final WritePath writePath;

    /** Guarded by the lock, as is {@link #failure}. */
    boolean done;

    @Nullable
    Throwable failure;

    HandleCall(OpenObject object, WritePath writePath) {
        this.object = object;
        this.writePath = writePath;
    }

    /** Makes the call; the lock is not held. */
    abstract void call() throws IOException;

    /** The call has succeeded; the lock is held. */
    void succeeded() throws IOException {}

    /** All of it has ended, one way or the other; the lock is held. */
    void ended() {}

    /** Has a worker make the call, which has been counted; the lock is not held. */
    final void submit() {
        object.byWorker(this);
    }

    @Override
    public void run() {
        Throwable thrown = null;
        try {
            call();
        } catch (Throwable storage) {
            thrown = storage;
        }
        object.lock.lock();
        try {
            failure = thrown == null ? failureAfterwards() : thrown;
            ended();
            done = true;
            object.callEnded();
            object.changed.signalAll();
        } finally {
            writePath.unlock();
        }
    }

    private @Nullable Throwable failureAfterwards() {
        try {
            succeeded();
            return null;
        } catch (Throwable fault) {
            return fault;
        }
    }

    /** The failure as {@code operation} throws it; there is one. */
    final IOException rethrown(String operation) {
        Throwable thrown = failure;
        if (thrown instanceof IOException storage) {
            return storage;
        }
        if (thrown instanceof UnsupportedOperationException refused) {
            throw refused;
        }
        return new StorageException(
                StorageException.Kind.PROTOCOL,
                StorageException.Retry.NEVER,
                operation,
                object.key,
                null,
                "the backend failed by " + thrown,
                thrown);
    }
}
