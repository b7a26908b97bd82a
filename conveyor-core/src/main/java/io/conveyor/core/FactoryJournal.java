package io.conveyor.core;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.conveyor.JournalOptions;
import io.conveyor.core.journal.ConveyorJournal;
import io.conveyor.core.journal.JournalDisk;
import io.conveyor.core.journal.JournalSpace;
import io.conveyor.core.journal.OwnerDirectory;
import io.conveyor.core.journal.StoredJournal;
import io.conveyor.core.journal.StoredJournal.Condition;
import io.conveyor.core.worker.WorkerGroup.Priority;
import io.conveyor.spi.ObjectKeys;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spi.StorageCapabilities;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.InvalidPathException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The journals of one factory: those of its open conveyors, and those that are left over ({@link JournalRecovery}). Any thread. */
final class FactoryJournal {

    private static final Logger LOG = LoggerFactory.getLogger(FactoryJournal.class);

    /** How long a disk that is full or fails is left alone before it is tried again. */
    private static final long RETRY_NANOS = Duration.ofMillis(100).toNanos();

    /** How long closing waits at most for calls that still read the files when its time is up: those that were given up because of that end soon, or hang. */
    private static final Duration CALL_PATIENCE = Duration.ofSeconds(10);

    /** How long closing waits for a file that is being made; only a disk that does not answer takes longer. */
    private static final Duration FILE_PATIENCE = Duration.ofSeconds(10);

    private final JournalOptions options;
    private final StorageBackend backend;
    private final Engine engine;
    private final JournalSpace space;
    private final JournalRecovery recovery;
    private final ReentrantLock lock = new ReentrantLock();
    private final java.util.concurrent.locks.Condition released = lock.newCondition();

    /** Those of conveyors that are open, or whose last storage call has not ended. */
    @GuardedBy("lock")
    private final Set<ConveyorJournal> live = new HashSet<>();

    @GuardedBy("lock")
    private boolean closed;

    /** Whether a journal that storage does not have is left when the factory has gone: its files stay. */
    @GuardedBy("lock")
    private boolean mustKeep;

    /** Whether the files are given up as soon as no storage call reads them any more. */
    @GuardedBy("lock")
    private boolean ending;

    @GuardedBy("lock")
    private boolean ended;

    /**
     * Takes over what dead factories have left for this store, and makes room for what is to come.
     *
     * @throws IOException if the directory cannot be used
     */
    FactoryJournal(JournalOptions options, JournalDisk disk, StorageBackend backend, Engine engine, String name)
            throws IOException {
        this.options = options;
        this.backend = backend;
        this.engine = engine;
        this.recovery = new JournalRecovery(backend, engine, name);
        boolean powerLoss = options.sync() != JournalOptions.Sync.NONE;
        var directory = OwnerDirectory.prepare(options.directory());
        List<OwnerDirectory> taken = OwnerDirectory.dead(directory, backend.identity());
        try {
            for (OwnerDirectory dead : taken) {
                takeOver(dead);
            }
            this.space = new JournalSpace(
                    OwnerDirectory.create(directory, engine.random()::nextLong, powerLoss),
                    disk,
                    new Surroundings(),
                    engine.pool().segmentBytes(),
                    options.maxBytes(),
                    engine.pool().budgetBytes(),
                    powerLoss);
        } catch (IOException | RuntimeException | Error failure) {
            OwnerDirectory.leaveAll(taken, failure);
            throw failure;
        }
        space.prepare();
    }

    /** What cannot be read in one directory must not keep the application from its work; the next factory looks again. */
    private void takeOver(OwnerDirectory dead) throws IOException {
        try {
            if (!addNeeded(dead)) {
                dead.remove();
            }
        } catch (ClosedByInterruptException interrupted) {
            throw interrupted;
        } catch (IOException unusable) {
            LOG.warn("What a dead process has left in {} is left alone", dead.path(), unusable);
            dead.leave();
        }
    }

    private boolean addNeeded(OwnerDirectory dead) throws IOException {
        boolean needed = false;
        List<StoredJournal> found = StoredJournal.in(dead, backend.identity());
        for (StoredJournal journal : found) {
            if (journal.condition() != Condition.DONE) {
                needed = true;
                recovery.add(new LeftOverJournal(
                        journal, canonical(journal), null, engine.time().nanoTime()));
            }
        }
        if (needed) {
            deleteIdle(dead, found);
        }
        return needed;
    }

    /** What holds nothing may stay; the lock stays ours in any case, for the journals beside it are about to be replayed. */
    private static void deleteIdle(OwnerDirectory dead, List<StoredJournal> found) throws ClosedByInterruptException {
        try {
            StoredJournal.deleteIdle(dead, found);
        } catch (ClosedByInterruptException interrupted) {
            throw interrupted;
        } catch (IOException stays) {
            LOG.warn("Not all files in {} that hold nothing could be deleted", dead.path(), stays);
        }
    }

    private String canonical(StoredJournal journal) {
        try {
            return backend.canonicalKey(ObjectKeys.requireValid(journal.key()));
        } catch (InvalidPathException noKey) {
            return "";
        }
    }

    /** What the files need of the engine. */
    private final class Surroundings implements JournalSpace.Surroundings {

        @Override
        public void run(Runnable task) {
            engine.workers().submit(task, Priority.URGENT);
        }

        @Override
        public void later(Runnable task) {
            engine.timer().schedule(task, RETRY_NANOS);
        }

        @Override
        public void changed() {
            engine.pool().wakeWaiters();
        }

        @Override
        public Instant timeOfDay() {
            return engine.time().timeOfDay();
        }
    }

    /** Replays what is left over, and lets people decide about it. */
    JournalRecovery recovery() {
        return recovery;
    }

    // ---------------------------------------------------------------- open conveyors

    /** A journal for a conveyor that is being opened. */
    ConveyorJournal begin(String key, OpenMode mode, StorageCapabilities store, long size, @Nullable String version) {
        ConveyorJournal begun = ConveyorJournal.begin(
                space,
                engine.pool(),
                engine.random().nextLong(),
                key,
                backend.identity(),
                mode.isDraft(),
                mode.truncates() && (store.atomicCommit() || isPowerLoss()),
                mode.mayCreate(),
                size,
                version);
        lock.lock();
        try {
            live.add(begun);
        } finally {
            lock.unlock();
        }
        return begun;
    }

    boolean isPowerLoss() {
        return options.sync() != JournalOptions.Sync.NONE;
    }

    boolean forcesEveryWrite() {
        return options.sync() == JournalOptions.Sync.EVERY_WRITE;
    }

    /** How often journals are to be forced in the background, in nanoseconds; 0 for never. */
    long forceIntervalNanos() {
        return options.sync() == JournalOptions.Sync.INTERVAL
                ? options.syncInterval().toNanos()
                : 0;
    }

    /** Why there is no room for the journal, as far as the disk said so; null if it did not. */
    @Nullable
    IOException failure() {
        return space.failure();
    }

    /** A conveyor is closed. If storage does not have everything, its journal is replayed again, by the next factory if this one is closing. */
    void released(ConveyorJournal journal, String canonical, @Nullable Throwable why) {
        boolean left = !journal.isEmpty();
        boolean again;
        boolean last;
        lock.lock();
        try {
            again = left && !closed;
            mustKeep |= left && closed;
            if (!again) {
                noLongerLive(journal);
            }
            last = mayEnd();
        } finally {
            lock.unlock();
        }
        if (again) {
            keep(journal, canonical, why);
        } else if (last) {
            endLate();
        }
    }

    private void keep(ConveyorJournal journal, String canonical, @Nullable Throwable why) {
        try {
            StoredJournal stored = find(journal);
            if (stored == null || stored.condition() == Condition.DONE || stored.isIncompleteDraft()) {
                journal.done();
            } else {
                recovery.addRefused(
                        new LeftOverJournal(
                                stored, canonical, journal, engine.time().nanoTime()),
                        why);
            }
            noLongerLive(journal, false);
        } catch (IOException unreadable) {
            recovery.block(canonical, unreadable);
            noLongerLive(journal, true);
            LOG.warn(
                    "The journal {} that a conveyor left could not be read; the next factory will try",
                    journal.id(),
                    unreadable);
        }
    }

    /** Reads what a conveyor has left, on whatever thread it was closed: an interrupt closes the file that is read, and says nothing about what is in it. */
    private @Nullable StoredJournal find(ConveyorJournal journal) throws IOException {
        boolean interrupted = Thread.interrupted();
        try {
            while (true) {
                try {
                    return StoredJournal.find(space.owner(), journal);
                } catch (ClosedByInterruptException again) {
                    interrupted |= Thread.interrupted();
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void noLongerLive(ConveyorJournal journal, boolean keepFiles) {
        boolean last;
        lock.lock();
        try {
            mustKeep |= keepFiles;
            noLongerLive(journal);
            last = mayEnd();
        } finally {
            lock.unlock();
        }
        if (last) {
            endLate();
        }
    }

    @GuardedBy("lock")
    private void noLongerLive(ConveyorJournal journal) {
        live.remove(journal);
        released.signalAll();
    }

    // ---------------------------------------------------------------- the end

    /** What is left over is replayed no more. */
    void stop() {
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
        recovery.stop();
    }

    /**
     * Gives the files back, or leaves them for the next factory. Waits for the storage calls that still read them, so that a factory that comes right afterwards
     * finds what they leave; if they take longer it is done when they have ended.
     *
     * @param deadline of the factory, which may have used up its time; the calls get {@link #CALL_PATIENCE} at least, or what a shorter timeout allows
     * @param timeout how long the factory's closing may take
     */
    void close(long deadline, Duration timeout) throws IOException {
        long least = engine.time().nanoTime() + Math.min(timeout.toNanos(), CALL_PATIENCE.toNanos());
        long until = deadline - least > 0 ? deadline : least;
        if (recovery.awaitStopped(until)) {
            for (OwnerDirectory owner : recovery.owners()) {
                owner.leave();
            }
        } else {
            LOG.warn(
                    "A replay has not ended though its factory closes; its journals stay locked until this process ends");
        }
        boolean now;
        lock.lock();
        try {
            awaitCalls(until);
            ending = true;
            now = mayEnd();
        } finally {
            lock.unlock();
        }
        if (now) {
            end();
        }
    }

    /** Waits until no storage call reads the files any more, or until the deadline; deaf to interrupts but for keeping the flag. */
    @GuardedBy("lock")
    private void awaitCalls(long deadline) {
        boolean interrupted = false;
        while (isRead() && engine.time().nanoTime() - deadline < 0) {
            try {
                engine.time().await(released, deadline);
            } catch (InterruptedException later) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @GuardedBy("lock")
    private boolean isRead() {
        return !live.stream().allMatch(ConveyorJournal::isEmpty);
    }

    /** Whether it is for the caller to give the files up. */
    @GuardedBy("lock")
    private boolean mayEnd() {
        boolean may = ending && !ended && !isRead();
        ended |= may;
        return may;
    }

    private void end() throws IOException {
        boolean keep;
        lock.lock();
        try {
            keep = mustKeep;
        } finally {
            lock.unlock();
        }
        space.close(keep || recovery.hasOurs(), FILE_PATIENCE);
    }

    private void endLate() {
        try {
            end();
        } catch (IOException locked) {
            LOG.warn("The journals in {} could not be given up; they are when the process ends", space.owner(), locked);
        }
    }
}
