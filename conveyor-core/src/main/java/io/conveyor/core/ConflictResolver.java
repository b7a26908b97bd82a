package io.conveyor.core;

import io.conveyor.ConflictException;
import io.conveyor.ConflictResolution;
import io.conveyor.Conveyor;
import io.conveyor.Whence;
import io.conveyor.core.OpenObject.Life;
import io.conveyor.core.failure.StickyFailure;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The resolution of one conflict, one object for each attempt: claims the conflict, has the handle resolve it, and adapts what is pending to what storage
 * has. It counts when the handle's call has ended, whether or not somebody still waits for that.
 *
 * <p>{@link #resolve} is for the application's thread, which comes without the object's lock. Several may ask at the same time: under the lock one of them
 * claims the conflict, and the others are refused. A worker makes the call without the lock, and enters under the lock what came of it.
 */
final class ConflictResolver extends HandleCall {

    private static final Logger LOG = LoggerFactory.getLogger(ConflictResolver.class);

    private final Conveyor conveyor;
    private final ConflictResolution resolution;
    private long size;

    /** Whether nobody waits any more. */
    private boolean isLeft;

    ConflictResolver(OpenObject object, WritePath writePath, Conveyor conveyor, ConflictResolution resolution) {
        super(object, writePath);
        this.conveyor = conveyor;
        this.resolution = resolution;
    }

    /** Resolves the conflict, and waits for that as long as for a flush; what is promised is said by {@link Conveyor#resolve}. */
    void resolve() throws IOException {
        long deadline = object.now() + object.options.flushTimeout().toNanos();
        object.lock.lock();
        try {
            object.checkOpen();
            claimConflict(deadline);
            object.calls++;
        } finally {
            writePath.unlock();
        }
        submit();
        object.lock.lock();
        try {
            awaitEnd(deadline);
        } finally {
            writePath.unlock();
        }
        tellCleared();
    }

    /** Claims the resolution of the conflict for this thread, and waits until no call is under way; the lock is held. */
    private void claimConflict(long deadline) throws IOException {
        StickyFailure conflict = object.writes.failure();
        if (conflict == null || !(conflict.cause() instanceof ConflictException)) {
            throw new IllegalStateException("'" + object.key + "' has no conflict to resolve");
        }
        if (!object.writes.resolving()) {
            throw new IllegalStateException("the conflict of '" + object.key
                    + "' is being resolved already; wait for the end of that, and look at failure() if it timed out");
        }
        boolean quiet = writePath.awaitQuietly(deadline, () -> object.life != Life.OPEN || !object.writes.isCalling());
        if (!quiet || object.life != Life.OPEN) {
            object.writes.resolved();
            object.checkStillOpen();
            throw object.timeout("resolve", null, "a call is still under way after " + object.options.flushTimeout());
        }
    }

    /** Waits for the end of the call, or leaves it to itself at the deadline; the lock is held, and is given up meanwhile. */
    private void awaitEnd(long deadline) throws IOException {
        if (!writePath.awaitQuietly(deadline, () -> done)) {
            isLeft = true;
            throw object.timeout(
                    "resolve",
                    null,
                    "not done within " + object.options.flushTimeout() + "; the call may still end, and counts then");
        }
        if (failure != null) {
            throw rethrown("resolve");
        }
    }

    @Override
    void call() throws IOException {
        object.handle.resolve(resolution);
        size = object.handle.lseek(0, Whence.END);
    }

    @Override
    void succeeded() throws IOException {
        object.checkStillOpen();
        if (resolution == ConflictResolution.DISCARD) {
            object.writes.discard(size);
        } else {
            if (resolution instanceof ConflictResolution.SaveAs) {
                object.writes.savedElsewhere();
            }
            object.writes.rebased(size);
        }
        writePath.unchargeRuns();
        if (object.journal != null) {
            object.journal.resolved(object, resolution);
        }
        object.ahead.invalidateAll();
    }

    @Override
    void ended() {
        object.writes.resolved();
        if (failure == null) {
            object.writes.clear();
        }
    }

    @Override
    public void run() {
        super.run();
        if (isLeft && failure == null) {
            tellCleared();
        } else if (isLeft) {
            LOG.warn("The conflict of '{}' is not resolved: that had timed out, then failed", object.key, failure);
        }
    }

    private void tellCleared() {
        Listeners.tell(() -> object.engine.listener().cleared(conveyor));
    }
}
