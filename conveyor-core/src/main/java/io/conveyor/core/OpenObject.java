package io.conveyor.core;

import io.conveyor.ConflictException;
import io.conveyor.ConveyorOptions;
import io.conveyor.Extent;
import io.conveyor.StorageException;
import io.conveyor.WriteBehindException;
import io.conveyor.core.failure.RetryPolicy;
import io.conveyor.core.failure.StickyFailure;
import io.conveyor.core.read.ReadAhead;
import io.conveyor.core.worker.CallWatch;
import io.conveyor.core.worker.WatchedLock;
import io.conveyor.core.worker.WorkerGroup.Priority;
import io.conveyor.core.write.Shortfall;
import io.conveyor.core.write.WriteBehind;
import io.conveyor.spi.StorageCapabilities;
import io.conveyor.spi.StorageHandle;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.concurrent.locks.Condition;
import org.jspecify.annotations.Nullable;

/**
 * What the parts of one open conveyor share: the handle, the state, the one lock that guards it, and the one condition that says that it changed.
 *
 * <p>The lock is held for bookkeeping and for copies of at most {@value #PIECE_BYTES} bytes, never across a storage call, and nothing of another conveyor
 * is touched under it. Everything that is not final is guarded by it.
 */
final class OpenObject {

    /** The most bytes copied while others wait; also the unit up to which a write is seen whole or not at all. */
    static final int PIECE_BYTES = WriteBehind.LONGEST_COPY;

    /** Where a conveyor is in its life. */
    enum Life {
        OPEN,
        CLOSING,
        CLOSED
    }

    final Engine engine;
    final String key;
    final StorageHandle handle;
    final StorageCapabilities store;
    final ConveyorOptions options;
    final OpenMode mode;
    final RetryPolicy retries;
    final WatchedLock lock = new WatchedLock();
    final Condition changed = lock.newCondition();
    final WriteBehind writes;
    final @Nullable JournalUse journal;
    final ReadAhead ahead;
    final Counters counters = new Counters();
    Life life = Life.OPEN;

    /** Whether this writes what a journal holds, which must not be published before it is complete, and stays in that journal until then. */
    final boolean replaying;

    /** What was missing when the end dropped it; null before, and if nothing had failed. */
    private @Nullable Shortfall missingAtTheEnd;

    /** Whether the factory has dropped what was accepted, and no close has said so yet. */
    boolean dropUntold;

    /** Storage calls under way, whoever makes them; the handle may be closed when there is none. */
    int calls;

    /** The first and the last of what is to be done when the lock has been released. */
    private @Nullable Later afterwards;

    private @Nullable Later lastAfterwards;

    /** What is to be done, by a worker, as soon as no call is under way any more; set when closing could not wait for that. */
    @Nullable
    Runnable whenIdle;

    OpenObject(
            Engine engine,
            String key,
            StorageHandle handle,
            StorageCapabilities store,
            ConveyorOptions options,
            OpenMode mode,
            WriteBehind writes,
            @Nullable JournalUse journal,
            ReadAhead ahead,
            boolean replaying) {
        this.engine = engine;
        this.key = key;
        this.handle = handle;
        this.store = store;
        this.options = options;
        this.mode = mode;
        this.writes = writes;
        this.journal = journal;
        this.ahead = ahead;
        this.replaying = replaying;
        this.retries = new RetryPolicy(options, engine.random());
    }

    /** What is to be done when the lock has been released. A link of a chain, so that nothing is allocated for it; in one chain at a time. */
    abstract static class Later {

        private @Nullable Later next;

        /** Does it; the lock is not held. */
        abstract void act();
    }

    /** Has {@code action} done when the lock has been released; the lock is held. */
    void afterwards(Later action) {
        if (lastAfterwards == null) {
            afterwards = action;
        } else {
            lastAfterwards.next = action;
        }
        lastAfterwards = action;
    }

    /** Whether something is to be done when the lock has been released; the lock is held. */
    boolean hasAfterwards() {
        return afterwards != null;
    }

    /** The first of what is to be done when the lock has been released, once; null if there is nothing. The lock is held. */
    @Nullable
    Later takeAfterwards() {
        Later taken = afterwards;
        afterwards = null;
        lastAfterwards = null;
        return taken;
    }

    /** Does what was taken from {@link #takeAfterwards()}; the lock is not held. */
    static void act(@Nullable Later first) {
        Later each = first;
        while (each != null) {
            // when it has acted it may be in another chain already
            Later next = each.next;
            each.next = null;
            each.act();
            each = next;
        }
    }

    /** Has a worker make a storage call that somebody waits for; what the watch notices about it nobody needs to be told. */
    void byWorker(Runnable call) {
        engine.workers().submit(() -> watched(call), Priority.URGENT);
    }

    private void watched(Runnable call) {
        CallWatch.Call watched = null;
        try {
            watched = engine.watch().begin(options.callTimeout().toNanos(), () -> {});
        } catch (OutOfMemoryError unwatched) {
            // somebody waits for the call, which is made all the same
        }
        try {
            call.run();
        } finally {
            if (watched != null) {
                engine.watch().end(watched);
            }
        }
    }

    /** A storage call has ended; the lock is held. */
    void callEnded() {
        calls--;
        Runnable waiting = whenIdle;
        if (calls == 0 && waiting != null) {
            whenIdle = null;
            byWorker(waiting);
        }
    }

    long now() {
        return engine.time().nanoTime();
    }

    void checkOpen() throws ClosedChannelException {
        if (life != Life.OPEN) {
            throw new ClosedChannelException();
        }
    }

    /** For calls that were waiting: somebody else closed meanwhile. */
    void checkStillOpen() throws AsynchronousCloseException {
        if (life != Life.OPEN) {
            throw new AsynchronousCloseException();
        }
    }

    void checkNoFailure() throws WriteBehindException {
        if (writes.failure() != null) {
            throw failureNow();
        }
    }

    /** Waits for a change until the deadline; the lock is held. False if the deadline has come. */
    boolean awaitChange(long deadline, int transferred) throws InterruptedIOException {
        if (now() - deadline >= 0) {
            return false;
        }
        try {
            engine.time().await(changed, deadline);
            return true;
        } catch (InterruptedException interrupt) {
            throw interrupted(transferred);
        }
    }

    InterruptedIOException interrupted(int transferred) {
        Thread.currentThread().interrupt();
        InterruptedIOException interrupted =
                new InterruptedIOException("interrupted while waiting for '" + key + "'; nothing accepted is lost");
        interrupted.bytesTransferred = transferred;
        return interrupted;
    }

    StorageException timeout(String operation, @Nullable Extent extent, String detail) {
        return new StorageException(
                StorageException.Kind.TIMEOUT, StorageException.Retry.SAFE, operation, key, extent, detail, null);
    }

    /** The sticky failure as a new exception. */
    WriteBehindException failureNow() {
        StickyFailure failure = writes.failure();
        Throwable cause = failure == null ? timeout("close", null, "the close timeout ended first") : failure.cause();
        Extent first = failure == null ? new Extent(0, 0) : failure.firstFailed();
        Shortfall missing = missing();
        return new WriteBehindException(key, first, missing.extents(), missing.bytes(), missing.retainedBytes(), cause);
    }

    private Shortfall missing() {
        Shortfall atTheEnd = missingAtTheEnd;
        if (atTheEnd != null) {
            return atTheEnd;
        }
        Shortfall missing = writes.shortfall(WriteBehindException.LISTED_EXTENTS);
        return life == Life.OPEN ? missing : missing.keeping(keptAtTheEnd(missing));
    }

    /** Once the end has begun no failure can be cleared: then only a journal brings to storage what is missing. */
    private long keptAtTheEnd(Shortfall missing) {
        if (replaying) {
            return missing.bytes();
        }
        return journal == null ? 0 : journal.keptAtTheEnd(missing);
    }

    /** What is missing is about to be dropped; the conveyor goes on saying what that was. The lock is held. */
    void noteMissing() {
        try {
            missingAtTheEnd = missing();
        } catch (OutOfMemoryError noMemory) {
            // the end is not to fail for that: how much it is is known, but not where
            missingAtTheEnd = new Shortfall(List.of(), writes.pendingBytes(), 0);
        }
    }

    /** Whether a failure sticks, or the end could not store everything. */
    boolean hasFailed() {
        return writes.failure() != null || missingAtTheEnd != null;
    }

    /** The failure as the call that ran into it throws it: a refused commit under its own name. */
    IOException failureOfBarrier() {
        StickyFailure failure = writes.failure();
        if (failure != null && failure.cause() instanceof ConflictException conflict) {
            return new ConflictException(
                    key,
                    "somebody else changed the object; nothing of theirs was overwritten",
                    conflict.outcomeUnknown(),
                    conflict);
        }
        return failureNow();
    }
}
