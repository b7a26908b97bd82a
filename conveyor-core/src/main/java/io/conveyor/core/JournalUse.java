package io.conveyor.core;

import io.conveyor.ConflictResolution;
import io.conveyor.StorageException;
import io.conveyor.core.journal.ConveyorJournal;
import io.conveyor.core.worker.WorkerGroup.Priority;
import io.conveyor.core.write.Claim;
import io.conveyor.core.write.Shortfall;
import io.conveyor.spi.ResumeToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * How an open object uses its journal: what it tells it of the progress of storage calls, and when the journal is forced to its disk. Used under the
 * object's lock, but for {@link #force} and {@link #forceIntent}.
 */
final class JournalUse {

    private final FactoryJournal factory;
    private final ConveyorJournal journal;
    private final ReentrantLock forcing = new ReentrantLock();

    /** Whether a worker is going to force the journal. */
    private boolean forceAsked;

    /** A journal whose disk has lost something can not be believed any more. */
    private volatile @Nullable RuntimeException broken;

    JournalUse(FactoryJournal factory, ConveyorJournal journal) {
        this.factory = factory;
        this.journal = journal;
    }

    ConveyorJournal journal() {
        return journal;
    }

    boolean isPowerLoss() {
        return factory.isPowerLoss();
    }

    boolean forcesEveryWrite() {
        return factory.forcesEveryWrite();
    }

    /** Why there may be no room for more; null if the disk did not say. */
    @Nullable
    IOException failure() {
        return factory.failure();
    }

    /** Keeps what the handle wants its successor to know. */
    void follow(OpenObject object) {
        Runnable note = () -> {
            object.lock.lock();
            try {
                journal.resumeBy(
                        object.handle.resumeToken().map(ResumeToken::value).orElse(new byte[0]));
            } finally {
                object.lock.unlock();
            }
        };
        object.handle.onResumeToken(note);
        if (object.handle.resumeToken().isPresent()) {
            note.run();
        }
    }

    /** A call is about to be made that may publish something. */
    void begins(OpenObject object, Claim claim) {
        if (publishes(object, claim)) {
            journal.intend(claim.logEnd(), object.writes.storedSize());
        }
    }

    /** A draft is flushed only so that it can be forgotten here; nothing but its commit shows it to anybody. */
    private static boolean publishes(OpenObject object, Claim claim) {
        return switch (claim.kind()) {
            case WRITE, CUT -> false;
            case FLUSH, SYNC -> !object.mode.isDraft();
            case COMMIT -> true;
        };
    }

    /**
     * As {@link #begins}, but without the lock, right before the call. With power-loss protection what the journal says of a publication is on its disk before
     * the store can publish anything. So whenever the power goes, a version that is ours is found to be ours, and not taken for somebody else's. A journal that
     * is broken already promises nothing any more: what it has is on its way to storage. Other stores give an object no new version when it is flushed.
     *
     * @throws StorageException if the disk fails; the call is not to be made then
     */
    void forceIntent(OpenObject object, Claim claim) throws IOException {
        boolean asks = claim.kind() != Claim.Kind.WRITE && claim.kind() != Claim.Kind.CUT;
        if (!asks || !isPowerLoss() || !object.store.atomicCommit()) {
            return;
        }
        forcing.lock();
        try {
            if (broken == null) {
                force(object, intentWork(object));
                requireSound(object);
            }
        } finally {
            forcing.unlock();
        }
    }

    private ConveyorJournal.@Nullable Forcing intentWork(OpenObject object) {
        object.lock.lock();
        try {
            return journal.forcingIntent();
        } finally {
            object.lock.unlock();
        }
    }

    /** A call has done what it should, and the object's state knows. */
    void succeeded(OpenObject object, Claim claim) {
        if (publishes(object, claim)) {
            journal.published(claim.logEnd(), object.writes.storedSize(), object.handle.version());
        }
        journal.keepFrom(object.writes.safe(isPowerLoss()));
        if (object.mode.isDraft()) {
            journal.abandonLargeDraft();
        } else if (object.store.atomicCommit()) {
            relieve(object);
        } else if (journal.wantsSync()) {
            object.writes.wantDurable(object.writes.written());
        }
    }

    /**
     * Lets go what a publishing store has acknowledged without publishing it, if the journal is about to be full. Only of a stream: what is written below it
     * later could not be replayed onto it.
     */
    void relieve(OpenObject object) {
        boolean able = object.life == OpenObject.Life.OPEN && object.store.atomicCommit() && !object.mode.isDraft();
        if (!able || !journal.wantsRelief() || !journal.isStream()) {
            return;
        }
        long taken = object.handle.entrust(object.writes.written() + journal.lead());
        long end = Math.max(taken, object.writes.entrusted());
        if (end > 0) {
            object.writes.entrust(end);
            journal.entrust(end - journal.lead());
            if (isPowerLoss() && journal.synced() < end - journal.lead() && !forceAsked) {
                forceAsked = true;
                object.afterwards(new Force(object));
            }
        }
    }

    /** Has a worker force the journal, which does not let go before that what it has must survive a loss of power with. */
    private final class Force extends OpenObject.Later {

        private final OpenObject object;

        Force(OpenObject object) {
            this.object = object;
        }

        @Override
        void act() {
            object.engine.workers().submit(this::force, Priority.ORDINARY);
        }

        private void force() {
            try {
                JournalUse.this.force(object, Long.MAX_VALUE);
            } catch (IOException broken) {
                // who writes next is told
            } finally {
                object.lock.lock();
                try {
                    forceAsked = false;
                } finally {
                    object.lock.unlock();
                }
            }
        }
    }

    /**
     * Requires that what is written, or cut off, from {@code offset} on is still to be replayed.
     *
     * @throws StorageException if what lies there has left the journal
     */
    static void requireKept(OpenObject object, String operation, long offset) throws StorageException {
        long entrusted = object.writes.entrusted();
        if (offset < entrusted) {
            throw new StorageException(
                    StorageException.Kind.UNSUPPORTED,
                    StorageException.Retry.NEVER,
                    operation,
                    object.key,
                    null,
                    "offset " + offset + " is below " + entrusted + ", up to where the journal, half full, has left the"
                            + " stream to parts at the store; flush first, or give the journal a larger maxBytes",
                    null);
        }
    }

    /** A conflict was resolved: the handle builds on another version now, and may have dropped what was pending. */
    void resolved(OpenObject object, ConflictResolution resolution) {
        if (resolution == ConflictResolution.REBASE) {
            journal.rebased(object.handle.version());
            return;
        }
        if (resolution == ConflictResolution.OVERWRITE) {
            journal.overwriting(object.handle.version());
            return;
        }
        // what the handle had been given is dropped, or stored under another key
        boolean all = resolution == ConflictResolution.DISCARD;
        long kept = all ? object.writes.accepted() : object.writes.written();
        journal.published(kept, object.writes.storedSize(), object.handle.version());
        object.writes.entrust(0);
        journal.keepFrom(kept);
    }

    /** How many of the bytes that are missing as the conveyor ends a replay brings to storage. */
    long keptAtTheEnd(Shortfall missing) {
        if (!journal.isWanted()) {
            return 0;
        }
        // what a sync may have lost had been written, and stays in the journal only until a loss of power does not
        // matter any more
        return isPowerLoss() ? missing.bytes() : missing.retainedBytes();
    }

    /** Nothing in the journal is wanted any more. */
    void done() {
        journal.done();
    }

    /**
     * Requires that what is accepted now survives what was promised.
     *
     * @throws StorageException if the journal's disk has failed
     */
    void requireSound(OpenObject object) throws StorageException {
        RuntimeException failed = broken;
        if (failed != null) {
            throw new StorageException(
                    StorageException.Kind.IO,
                    StorageException.Retry.NEVER,
                    "journal",
                    object.key,
                    null,
                    "the journal could not be forced to its disk; what was accepted survives the end of the process only,"
                            + " nothing more is accepted: flush, close, and open again",
                    failed);
        }
    }

    boolean isSound() {
        return broken == null;
    }

    private void breaks(OpenObject object, Throwable disk) {
        broken = new IllegalStateException("the journal's disk failed before", disk);
        object.lock.lock();
        try {
            // writes that only make it longer would not look
            object.writes.closeRun();
        } finally {
            object.lock.unlock();
        }
    }

    /**
     * Forces everything accepted so far to the journal's disk; blocks for it. Called without the object's lock.
     *
     * @param position that it is enough to reach
     * @throws StorageException if the disk fails; nothing that is accepted from then on survives a loss of power
     */
    void force(OpenObject object, long position) throws IOException {
        forcing.lock();
        try {
            force(object, work(object, position));
        } finally {
            forcing.unlock();
        }
        requireSound(object);
    }

    private void force(OpenObject object, ConveyorJournal.@Nullable Forcing work) {
        try {
            if (broken == null && work != null) {
                work.run();
                forced(object, work);
            }
        } catch (UncheckedIOException | InternalError disk) {
            breaks(object, disk);
        }
    }

    private ConveyorJournal.@Nullable Forcing work(OpenObject object, long position) {
        object.lock.lock();
        try {
            return journal.synced() >= position ? null : journal.forcing();
        } finally {
            object.lock.unlock();
        }
    }

    private void forced(OpenObject object, ConveyorJournal.Forcing work) {
        object.lock.lock();
        try {
            journal.forced(work);
            relieve(object);
        } finally {
            object.lock.unlock();
        }
    }
}
