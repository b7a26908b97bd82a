package io.conveyor.core;

import io.conveyor.StorageException;
import io.conveyor.Whence;
import io.conveyor.WriteBehindException;
import io.conveyor.core.failure.RetryPolicy;
import io.conveyor.core.worker.CallWatch;
import io.conveyor.core.write.Claim;
import io.conveyor.spi.StorageCapabilities.FlushEffect;
import io.conveyor.spi.StorageCapabilities.SyncEffect;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One turn of a worker for what one conveyor has accepted: at most one claim, the call on storage that it takes, and what came of it.
 *
 * <p>{@link #claim} may be made by whoever asks for the turn, who holds the lock, and has a worker that takes the turn at once; otherwise the worker makes it, who comes without the lock. From then on the
 * bytes of the claim do not change, and the call is made without the lock.
 */
final class WriteTurn implements Runnable {

    private static final ByteBuffer[] NOTHING = {};

    private final WritePath path;
    private final OpenObject object;
    private @Nullable Claim claim;
    private ByteBuffer[] bytes = NOTHING;
    private long storedSize;

    /** A turn that has been counted, and has no claim yet. */
    WriteTurn(WritePath path, OpenObject object) {
        this.path = path;
        this.object = object;
    }

    /** Claims what is to be done next; false, and the turn has ended, if there is nothing. The lock is held. */
    boolean claim() {
        try {
            claimNext();
        } finally {
            if (claim == null) {
                path.endTurn();
                object.changed.signalAll();
            }
        }
        return claim != null;
    }

    private void claimNext() {
        try {
            claim = path.isDisposed() ? null : object.writes.next();
            if (claim != null) {
                storedSize = object.writes.storedSize();
                if (object.journal != null) {
                    object.journal.begins(object, claim);
                }
                bytes = claim.kind() == Claim.Kind.WRITE ? object.writes.bytes(claim) : NOTHING;
            }
        } catch (Throwable fault) {
            Claim begun = claim;
            claim = null;
            path.poison(begun, fault);
        }
    }

    @Override
    public void run() {
        if (claim == null) {
            claimAlone();
        }
        if (claim != null) {
            perform(claim);
        }
    }

    private void claimAlone() {
        object.lock.lockSoon();
        try {
            claim();
        } finally {
            path.unlock();
        }
    }

    private void perform(Claim claim) {
        long began = object.now();
        int before = claim.done();
        CallWatch.Call watched = null;
        Throwable failure = null;
        try {
            watched = object.engine.watch().begin(object.options.callTimeout().toNanos(), () -> expired(claim));
            call(claim);
        } catch (Throwable thrown) {
            failure = thrown;
        }
        if (watched != null) {
            object.engine.watch().end(watched);
        }
        finish(claim, failure, claim.done() - before, began, object.now());
    }

    private void call(Claim claim) throws IOException {
        if (object.journal != null) {
            object.journal.forceIntent(object, claim);
        }
        switch (claim.kind()) {
            case WRITE -> new Pwrite(object.handle, object.key, object.store.appendsOnly()).all(claim, bytes);
            case CUT -> {
                // a truncate whose answer was lost may have been made: it is not to be made again
                long size = claim.isUnknown() ? object.handle.lseek(0, Whence.END) : storedSize;
                if (size > claim.offset()) {
                    object.handle.truncate(claim.offset());
                }
            }
            case FLUSH -> object.handle.flush();
            case SYNC -> object.handle.sync();
            case COMMIT -> object.handle.commit();
        }
    }

    private void finish(Claim claim, @Nullable Throwable failure, int moved, long began, long ended) {
        // before anybody who waits for this is told: what neighbours have cached is stale now
        Throwable untold = failure == null && shows(claim) ? tellOthers() : null;
        WriteBehindException stuck = null;
        object.lock.lockSoon();
        try {
            path.endTurn();
            if (failure == null) {
                path.took(ended - began);
                count(claim, moved, ended - began);
            }
            if (!path.isDisposed()) {
                if (failure == null) {
                    succeeded(claim, began, ended);
                } else {
                    stuck = failed(claim, failure);
                }
            }
            if (untold != null) {
                path.poison(null, untold);
            }
        } catch (Throwable fault) {
            // a call that failed is to be made again
            path.poison(failure == null ? null : claim, fault);
        } finally {
            object.changed.signalAll();
            // a listener that is told may take its time
            path.unlock(stuck == null);
        }
        if (stuck != null) {
            path.tellStuck(stuck);
        }
    }

    /** Answers why others could not be told of what is in storage now; null if they were. */
    private @Nullable Throwable tellOthers() {
        try {
            path.published();
            return null;
        } catch (Throwable untold) {
            return untold;
        }
    }

    /** Whether others may see something new in storage after this call. */
    private boolean shows(Claim claim) {
        return switch (claim.kind()) {
            case WRITE, CUT -> !object.mode.isDraft() && object.store.flushEffect() != FlushEffect.COMMIT;
            case FLUSH, SYNC -> !object.mode.isDraft();
            case COMMIT -> true;
        };
    }

    private void succeeded(Claim claim, long began, long ended) {
        invalidate(claim);
        object.writes.succeeded(claim, began, ended);
        if (object.journal != null) {
            object.journal.succeeded(object, claim);
        }
        path.unchargeRuns();
    }

    private void count(Claim claim, int moved, long nanos) {
        switch (claim.kind()) {
            case WRITE -> object.counters.pwrites.add(moved, nanos);
            case SYNC -> object.counters.syncs.add(0, nanos);
            case FLUSH, COMMIT -> object.counters.flushes.add(0, nanos);
            case CUT -> {}
        }
    }

    private void invalidate(Claim claim) {
        if (claim.kind() == Claim.Kind.WRITE) {
            object.ahead.invalidate(claim.offset(), claim.offset() + claim.length());
        } else if (claim.kind() == Claim.Kind.CUT) {
            object.ahead.invalidate(claim.offset(), Long.MAX_VALUE);
        }
    }

    private @Nullable WriteBehindException failed(Claim claim, Throwable failure) {
        long now = object.now();
        if (!(failure instanceof StorageException storage)
                || storage.retry() == StorageException.Retry.OUTCOME_UNKNOWN) {
            claim.unknown(true);
        }
        long pause = mayRepeat(claim)
                ? object.retries.pauseNanos(
                        failure, isRepeatable(claim), claim.countFailure(now), claim.failingNanos(now))
                : RetryPolicy.GIVE_UP;
        if (pause >= 0 && isRemembered(claim, pause)) {
            object.counters.retries++;
            object.writes.retryLater(claim);
            return null;
        }
        if (!object.writes.failed(claim, failure)) {
            return null;
        }
        object.counters.failures++;
        object.engine.pool().wakeWaiters();
        return object.failureNow();
    }

    /** Has the end of a pause noticed; false if there is no memory for that, and nobody would make the call again by himself. */
    private boolean isRemembered(Claim claim, long pause) {
        try {
            object.engine.timer().schedule(() -> path.retryDue(claim), pause);
            return true;
        } catch (OutOfMemoryError noMemory) {
            return false;
        }
    }

    /** A failed fsync proves nothing when it is repeated: it may answer well although the bytes are gone. */
    private boolean mayRepeat(Claim claim) {
        return object.writes.mayRetry(claim)
                && (claim.kind() != Claim.Kind.SYNC || object.store.syncEffect() != SyncEffect.FSYNC);
    }

    /** A positional write or a truncate may be made twice (an append after its length was compared); a commit whose outcome is unknown may not. */
    private static boolean isRepeatable(Claim claim) {
        return claim.kind() == Claim.Kind.WRITE || claim.kind() == Claim.Kind.CUT;
    }

    private void expired(Claim claim) {
        WriteBehindException stuck = null;
        StorageException cause = new StorageException(
                StorageException.Kind.TIMEOUT,
                StorageException.Retry.OUTCOME_UNKNOWN,
                claim.kind() == Claim.Kind.WRITE
                        ? "pwrite"
                        : claim.kind().toString().toLowerCase(Locale.ROOT),
                object.key,
                claim.kind() == Claim.Kind.WRITE ? claim.extent() : null,
                "no answer within " + object.options.callTimeout() + "; the call may still end",
                null);
        object.lock.lock();
        try {
            if (!path.isDisposed() && object.writes.abandoned(claim, cause)) {
                object.counters.failures++;
                stuck = object.failureNow();
            }
        } finally {
            object.changed.signalAll();
            path.unlock();
        }
        if (stuck != null) {
            path.tellStuck(stuck);
        }
    }
}
