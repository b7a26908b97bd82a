package io.conveyor.core;

import io.conveyor.BackPressureTimeoutException;
import java.io.IOException;
import java.io.InterruptedIOException;

/** A caller that waits for room: in the log, which storage empties, or in the memory that all conveyors share. Used under the conveyor's lock. */
final class Stall {

    /** Who was busy when it was to give back memory is asked again so soon: a lock is held for as long as 256 KiB take to be copied, some fifty microseconds. */
    private static final long ASK_AGAIN_NANOS = 1_000_000;

    /** Who is busy all the time is asked ever more seldom, up to this: whoever is asked throws away what was fetched ahead. */
    private static final long ASK_AGAIN_AT_MOST_NANOS = 100_000_000;

    private final WritePath path;
    private final OpenObject object;
    private final long began;
    private final long deadline;

    /** Since when nothing of this caller's has been accepted. */
    private long stuckSince;

    /** How long after it who was busy is asked again the next time. */
    private long askAgainNanos = ASK_AGAIN_NANOS;

    /** A wait that begins now. */
    Stall(WritePath path, OpenObject object) {
        this.path = path;
        this.object = object;
        this.began = object.now();
        this.deadline = began + object.options.writeTimeout().toNanos();
        this.stuckSince = began;
    }

    /**
     * Waits until there may be room; the lock is given up meanwhile.
     *
     * @param mark the pool's, from before the caller found no room
     * @param wanted for how many bytes
     * @param transferred how many have been accepted, for the exception if the wait is interrupted
     */
    void await(long mark, int wanted, int transferred) throws IOException {
        if (mayHaveMore(wanted)) {
            return;
        }
        if (object.now() - deadline >= 0) {
            throw noRoom();
        }
        object.writes.press();
        if (!object.writes.isFull(wanted)) {
            awaitMemory(mark, transferred);
        } else if (!path.hasLine()) {
            path.giveWayToTurn(false);
            awaitRoom(wanted, transferred);
        } else if (path.line().isFirst()) {
            awaitRoomAsFirst(wanted, transferred);
        } else {
            path.giveWayToTurn(false);
            sleepInLine(wanted, transferred);
        }
    }

    /** Whether a queue that is let down has just been raised, because this is a burst, or because nobody may wait longer for it. */
    private boolean mayHaveMore(int wanted) {
        if (!object.writes.isFull(wanted)) {
            return false;
        }
        long now = object.now();
        object.writes.foundFull(wanted, now);
        long patience = object.writes.patienceNanos();
        if (patience > 0 && (now - (stuckSince + patience) >= 0 || now - deadline >= 0)) {
            object.writes.hasWaited();
        }
        return !object.writes.isFull(wanted);
    }

    private void awaitMemory(long mark, int transferred) throws InterruptedIOException {
        path.unlock();
        try {
            object.engine.pool().awaitChange(mark, path.press() ? deadline : askAgainAt());
        } catch (InterruptedException interrupt) {
            throw object.interrupted(transferred);
        } finally {
            object.lock.lock();
        }
    }

    private long askAgainAt() {
        long soon = object.now() + askAgainNanos;
        askAgainNanos = Math.min(2 * askAgainNanos, ASK_AGAIN_AT_MOST_NANOS);
        return soon - deadline < 0 ? soon : deadline;
    }

    private void awaitRoomAsFirst(int wanted, int transferred) throws InterruptedIOException {
        path.line().waits(true);
        try {
            path.giveWayToTurn(true);
            awaitRoom(wanted, transferred);
        } finally {
            path.line().waits(false);
        }
    }

    private void awaitRoom(int wanted, int transferred) throws InterruptedIOException {
        if (isWorthWaiting(wanted)) {
            long patience = object.writes.patienceNanos();
            long until = stuckSince + patience;
            object.awaitChange(patience == 0 || until - deadline >= 0 ? deadline : until, transferred);
        }
    }

    /** Behind others, as long as calls end that wake somebody. */
    private void sleepInLine(int wanted, int transferred) throws InterruptedIOException {
        if (!path.hasLine() || !path.isUnderWay()) {
            awaitRoom(wanted, transferred);
        } else if (isWorthWaiting(wanted)) {
            try {
                path.line().sleep(deadline);
            } catch (InterruptedException interrupt) {
                throw object.interrupted(transferred);
            }
            // until now it was not for this caller to say whether storage is quick
            stuckSince = object.now();
        }
    }

    private boolean isWorthWaiting(int wanted) {
        return object.writes.isFull(wanted)
                && object.life == OpenObject.Life.OPEN
                && (object.writes.failure() == null || object.writes.isRepairing());
    }

    private IOException noRoom() {
        BackPressureTimeoutException timeout = new BackPressureTimeoutException(
                object.key, object.options.writeTimeout(), object.writes.pendingBytes());
        if (object.journal != null && object.journal.failure() != null) {
            timeout.initCause(object.journal.failure());
        }
        return timeout;
    }

    /** A piece was accepted. */
    void wentOn() {
        stuckSince = object.now();
    }

    /** The wait is over, well or not; it is counted, and told of. */
    void over() {
        path.stalled(object.now() - began);
    }
}
