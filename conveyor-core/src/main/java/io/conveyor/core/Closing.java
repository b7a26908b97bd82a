package io.conveyor.core;

import io.conveyor.Conveyor;
import io.conveyor.core.OpenObject.Life;
import io.conveyor.core.WritePath.Level;
import java.io.IOException;
import java.nio.channels.AsynchronousCloseException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The end of one conveyor, by close or by abort, one object for each attempt: has what is pending written, unless it is to be dropped, then has the handle
 * ended and the key given free.
 *
 * <p>{@link #close} and {@link #abort} are for any thread that does not hold the object's lock, an application's or the factory's. Several may close at the
 * same time: under the lock one of them claims the end, and the others wait for it. A worker ends the handle, without the lock.
 */
final class Closing {

    private static final Logger LOG = LoggerFactory.getLogger(Closing.class);

    private final OpenObject object;
    private final WritePath writePath;
    private final Conveyor conveyor;
    private final Runnable onReleased;
    private final long deadline;

    /**
     * An end that has not begun.
     *
     * @param onReleased called without the lock when no storage call of the conveyor is under way any more, and the handle has been ended
     * @param timeoutNanos for how long to wait, from now on
     */
    Closing(OpenObject object, WritePath writePath, Conveyor conveyor, Runnable onReleased, long timeoutNanos) {
        this.object = object;
        this.writePath = writePath;
        this.conveyor = conveyor;
        this.onReleased = onReleased;
        this.deadline = object.now() + timeoutNanos;
    }

    /**
     * Has storage take all that was accepted, then ends the conveyor, even if storage has not taken it.
     *
     * @return false if somebody else has ended the conveyor, and what was accepted may be lost
     * @throws AsynchronousCloseException if that was the factory, which has dropped it, and no close has said so yet
     */
    boolean close() throws IOException {
        IOException failure = null;
        boolean undo = false;
        object.lock.lock();
        try {
            if (!begin()) {
                tellDrop();
                return false;
            }
            if (object.mode.isWritable()) {
                failure = drain();
                if (failure != null) {
                    object.noteMissing();
                } else if (object.journal != null) {
                    object.journal.done();
                }
                // what the journal has left to storage stays there: the journal is replayed behind it
                undo = failure != null
                        && (object.mode.isDraft() || object.store.atomicCommit())
                        && object.writes.entrusted() == 0;
            }
        } finally {
            writePath.unlock();
        }
        IOException releasing = undo ? release(object.handle::abort, true) : release(object.handle::close, false);
        if (failure != null) {
            if (releasing != null) {
                failure.addSuppressed(releasing);
            }
            throw failure;
        }
        if (releasing != null) {
            throw releasing;
        }
        return true;
    }

    private void tellDrop() throws AsynchronousCloseException {
        if (object.dropUntold) {
            object.dropUntold = false;
            throw new AsynchronousCloseException();
        }
    }

    /** Ends the conveyor, and drops what storage does not have, unless somebody else has ended it. For its owner, who need not be told. */
    void abort() throws IOException {
        drop(false);
    }

    /** As {@link #abort}, for the factory as it closes: the owner, who may believe that he has written something, is told by his next close. */
    void abortWithFactory() throws IOException {
        drop(object.mode.isWritable());
    }

    private void drop(boolean tell) throws IOException {
        object.lock.lock();
        try {
            boolean claimed = begin();
            object.dropUntold = tell && (claimed || object.dropUntold);
            if (!claimed) {
                return;
            }
            if (object.journal != null) {
                object.journal.done();
            }
            if (object.hasFailed()) {
                object.noteMissing();
            }
        } finally {
            writePath.unlock();
        }
        IOException failure = release(object.handle::abort, true);
        if (failure != null) {
            throw failure;
        }
    }

    /** Claims the end for this thread; false if another one has closed, or is closing and was waited for. The lock is held. */
    private boolean begin() {
        if (object.life != Life.OPEN) {
            writePath.awaitQuietly(deadline, () -> object.life == Life.CLOSED);
            return false;
        }
        object.life = Life.CLOSING;
        object.changed.signalAll();
        object.engine.pool().wakeWaiters();
        return true;
    }

    // ---------------------------------------------------------------- what is pending

    /** Flushes, or commits; answers why that could not be done. The lock is held. */
    private @Nullable IOException drain() {
        long target = object.writes.accepted();
        boolean clean = object.writes.failure() == null;
        if (object.mode.isDraft()) {
            object.writes.expectCommit();
        }
        Level level = object.mode.isDraft() ? Level.WRITTEN : levelOfClose();
        boolean done = clean && writePath.awaitForClose(level, target, deadline);
        if (done && object.mode.isDraft()) {
            done = writePath.commitForClose(deadline);
        }
        if (done) {
            return null;
        }
        return clean ? object.failureOfBarrier() : object.failureNow();
    }

    /** A journal that is to survive a loss of power ends when storage does so, too. */
    private Level levelOfClose() {
        return object.journal != null && object.journal.isPowerLoss() ? Level.DURABLE : Level.VISIBLE;
    }

    // ---------------------------------------------------------------- the handle

    /** A call on the handle that ends it. */
    @FunctionalInterface
    private interface Ending {
        void run() throws IOException;
    }

    /**
     * Drops what is left, ends the handle, and waits for that until the deadline. What cannot be waited for is done when the last storage call has ended;
     * until then the key is not given free, because such a call might still change the object.
     *
     * @param atOnce whether the handle may be ended while calls are under way: an abort may, a close comes last
     */
    private @Nullable IOException release(Ending ending, boolean atOnce) {
        HandleCall call = new HandleCall(object, writePath) {
            @Override
            void call() throws IOException {
                ending.run();
            }
        };
        boolean mayEnd;
        object.lock.lock();
        try {
            writePath.dispose();
            object.ahead.invalidateAll();
            object.changed.signalAll();
            mayEnd = atOnce || writePath.awaitQuietly(deadline, () -> object.calls == 0);
            if (mayEnd) {
                object.calls++;
            } else {
                // now, while a call is under way for certain: once the lock is given up the last one may end
                object.life = Life.CLOSED;
                object.whenIdle = () -> endLate(ending);
                object.changed.signalAll();
            }
        } finally {
            object.lock.unlock();
        }
        if (mayEnd) {
            call.submit();
        }
        if (mayEnd && isIdleInTime()) {
            onReleased.run();
        }
        Listeners.tell(() -> object.engine.listener().closed(conveyor));
        return failureOf(call);
    }

    /** Closed, once no call is under way; if that is not so by the deadline, the key is given free when it is. */
    private boolean isIdleInTime() {
        object.lock.lock();
        try {
            boolean idle = writePath.awaitQuietly(deadline, () -> object.calls == 0);
            object.life = Life.CLOSED;
            object.changed.signalAll();
            if (!idle) {
                object.whenIdle = onReleased;
            }
            return idle;
        } finally {
            object.lock.unlock();
        }
    }

    /** Why the handle could not be ended, as far as is known: the call may still be under way. */
    private @Nullable IOException failureOf(HandleCall call) {
        object.lock.lock();
        try {
            return call.failure == null ? null : call.rethrown("close");
        } finally {
            object.lock.unlock();
        }
    }

    private void endLate(Ending ending) {
        try {
            ending.run();
        } catch (Throwable nobodyWaits) {
            LOG.warn("The handle of '{}', whose close had timed out, failed to close", object.key, nobodyWaits);
        } finally {
            onReleased.run();
        }
    }
}
