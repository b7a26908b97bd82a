package io.conveyor.core;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.conveyor.ConflictException;
import io.conveyor.ConflictResolution;
import io.conveyor.JournalInfo;
import io.conveyor.JournalInfo.State;
import io.conveyor.JournalOptions;
import io.conveyor.StorageException;
import io.conveyor.core.journal.ConveyorJournal;
import io.conveyor.core.journal.JournalSpace;
import io.conveyor.core.journal.OwnerDirectory;
import io.conveyor.core.journal.StoredJournal;
import io.conveyor.core.journal.StoredJournal.Condition;
import io.conveyor.core.worker.WorkerGroup.Priority;
import io.conveyor.spi.ObjectKeys;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spi.StorageCapabilities;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.InvalidPathException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The journals of one factory: those of its open conveyors, and those that are left over, which are replayed by a thread of their own that lives while
 * there is something to do.
 */
final class FactoryJournal {

    private static final Logger LOG = LoggerFactory.getLogger(FactoryJournal.class);

    /** How long a disk that is full or fails is left alone before it is tried again. */
    private static final long RETRY_NANOS = Duration.ofMillis(100).toNanos();

    private final JournalOptions options;
    private final StorageBackend backend;
    private final Engine engine;
    private final String name;
    private final JournalSpace space;
    private final ReentrantLock lock = new ReentrantLock();
    private final java.util.concurrent.locks.Condition changed = lock.newCondition();

    @GuardedBy("lock")
    private final List<LeftOver> leftOver = new ArrayList<>();

    /** Those of conveyors that are open, or whose last storage call has not ended. */
    @GuardedBy("lock")
    private final Set<ConveyorJournal> live = new HashSet<>();

    @GuardedBy("lock")
    private JournalReplay.@Nullable Opener opener;

    @GuardedBy("lock")
    private boolean replaying;

    @GuardedBy("lock")
    private boolean closed;

    /** A journal that no open conveyor takes care of. */
    private static final class LeftOver {

        final StoredJournal stored;
        final String canonical;
        final @Nullable ConveyorJournal ours;
        State state;
        String detail;
        volatile long replayed;

        @Nullable
        ConflictResolution decision;

        @Nullable
        Throwable failure;

        boolean gone;

        LeftOver(StoredJournal stored, String canonical, @Nullable ConveyorJournal ours) {
            this.stored = stored;
            this.canonical = canonical;
            this.ours = ours;
            this.state = stored.condition() == Condition.CORRUPT ? State.CORRUPT : State.PENDING;
            this.detail = stored.detail();
        }

        JournalInfo info() {
            return new JournalInfo(
                    stored.id(), stored.key(), state, stored.bytes(), replayed, stored.created(), detail);
        }
    }

    /**
     * Takes over what dead factories have left for this store, and makes room for what is to come.
     *
     * @throws IOException if the directory cannot be used
     */
    FactoryJournal(JournalOptions options, StorageBackend backend, Engine engine, String name) throws IOException {
        this.options = options;
        this.backend = backend;
        this.engine = engine;
        this.name = name;
        var directory = OwnerDirectory.prepare(options.directory());
        for (OwnerDirectory dead : OwnerDirectory.dead(directory)) {
            takeOver(dead);
        }
        sortLeftOver();
        this.space = new JournalSpace(
                OwnerDirectory.create(directory, engine.random().nextLong()),
                new Surroundings(),
                engine.pool().segmentBytes(),
                options.maxBytes(),
                engine.pool().budgetBytes(),
                options.sync() != JournalOptions.Sync.NONE);
        space.prepare();
    }

    private void sortLeftOver() {
        lock.lock();
        try {
            leftOver.sort(Comparator.comparing(each -> each.stored.created()));
        } finally {
            lock.unlock();
        }
    }

    private void add(LeftOver left) {
        lock.lock();
        try {
            leftOver.add(left);
        } finally {
            lock.unlock();
        }
    }

    private void takeOver(OwnerDirectory dead) throws IOException {
        boolean needed = false;
        boolean foreign = false;
        for (StoredJournal journal : StoredJournal.in(dead)) {
            String store = journal.store();
            if (store != null && !store.equals(backend.identity())) {
                foreign = true;
            } else if (journal.condition() != Condition.DONE) {
                needed = true;
                add(new LeftOver(journal, canonical(journal), null));
            }
        }
        if (foreign && !needed) {
            dead.leave();
        } else if (!needed) {
            dead.remove();
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
                mode.truncates() && store.atomicCommit(),
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

    /** A conveyor is closed. If storage does not have everything, its journal is to be replayed when somebody asks. */
    void released(ConveyorJournal journal, String canonical, @Nullable Throwable why) {
        boolean late;
        lock.lock();
        try {
            live.remove(journal);
            late = closed && live.isEmpty();
        } finally {
            lock.unlock();
        }
        if (late && !journal.isEmpty()) {
            leave();
        } else if (!journal.isEmpty()) {
            keep(journal, canonical, why);
        }
    }

    private void leave() {
        try {
            space.close(true);
        } catch (IOException locked) {
            LOG.warn("The journals in {} could not be unlocked; they are when the process ends", space.owner(), locked);
        }
    }

    private void keep(ConveyorJournal journal, String canonical, @Nullable Throwable why) {
        try {
            StoredJournal stored = StoredJournal.find(space.owner(), journal);
            if (stored == null || stored.condition() == Condition.DONE || stored.isIncompleteDraft()) {
                journal.done();
                return;
            }
            LeftOver left = new LeftOver(stored, canonical, journal);
            if (left.state == State.PENDING) {
                left.state = why instanceof ConflictException ? State.CONFLICT : State.FAILED;
                left.detail = "closed although storage had not taken everything: " + why;
            }
            add(left);
        } catch (IOException unreadable) {
            LOG.warn(
                    "The journal {} that a conveyor left could not be read; the next factory will try",
                    journal.id(),
                    unreadable);
        }
    }

    // ---------------------------------------------------------------- admission

    /**
     * Waits until the journals of a key are replayed.
     *
     * @throws ConflictException if it is to be written, and somebody has to decide about a journal first
     * @throws StorageException if that takes longer than {@code timeout}, or a replay failed again
     */
    void admit(String key, String canonical, boolean writing, Duration timeout) throws IOException {
        long deadline = engine.time().nanoTime() + timeout.toNanos();
        lock.lock();
        try {
            if (leftOver.isEmpty()) {
                return;
            }
            for (LeftOver left : List.copyOf(leftOver)) {
                if (left.canonical.equals(canonical)) {
                    if (writing && left.state == State.FAILED) {
                        left.state = State.PENDING;
                        kick();
                    }
                    awaitRest(left, key, deadline);
                    if (writing && !left.gone) {
                        throw refusal(left, key);
                    }
                }
            }
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private void awaitRest(LeftOver left, String key, long deadline) throws IOException {
        while (!left.gone && !closed && (left.state == State.PENDING || left.state == State.REPLAYING)) {
            if (engine.time().nanoTime() - deadline >= 0) {
                throw new StorageException(
                        StorageException.Kind.TIMEOUT,
                        StorageException.Retry.SAFE,
                        "open",
                        key,
                        null,
                        "journal " + left.stored.id() + " is still being replayed; the work goes on",
                        null);
            }
            try {
                engine.time().await(changed, deadline);
            } catch (InterruptedException interrupt) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted while journal " + left.stored.id() + " was replayed");
            }
        }
    }

    private static IOException refusal(LeftOver left, String key) {
        String what = "journal " + left.stored.id() + " with " + left.stored.bytes() + " bytes for it is " + left.state
                + " (" + left.detail + "); resolveJournal decides what becomes of it";
        if (left.state == State.FAILED) {
            return new StorageException(
                    StorageException.Kind.UNAVAILABLE,
                    StorageException.Retry.SAFE,
                    "open",
                    key,
                    null,
                    what,
                    left.failure);
        }
        return new ConflictException(key, what, false, left.failure);
    }

    // ---------------------------------------------------------------- replay

    /** Begins to replay what was found. */
    void start(JournalReplay.Opener by) {
        lock.lock();
        try {
            opener = by;
            kick();
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private void kick() {
        boolean work = leftOver.stream().anyMatch(each -> each.state == State.PENDING);
        if (work && !replaying && !closed) {
            replaying = true;
            Thread thread = new Thread(this::replayAll, "conveyor-" + name + "-recovery");
            thread.setDaemon(true);
            thread.start();
        }
    }

    private void replayAll() {
        for (LeftOver next = next(); next != null; next = next()) {
            Throwable failure = null;
            try {
                replay(next);
            } catch (Throwable thrown) {
                failure = thrown;
            }
            finished(next, failure);
        }
    }

    private @Nullable LeftOver next() {
        lock.lock();
        try {
            for (LeftOver each : leftOver) {
                if (each.state == State.PENDING && !closed) {
                    each.state = State.REPLAYING;
                    each.replayed = 0;
                    return each;
                }
            }
            replaying = false;
            changed.signalAll();
            return null;
        } finally {
            lock.unlock();
        }
    }

    private void replay(LeftOver left) throws IOException {
        ConflictResolution decision;
        JournalReplay.Opener by;
        lock.lock();
        try {
            decision = left.decision;
            by = Objects.requireNonNull(opener);
        } finally {
            lock.unlock();
        }
        JournalReplay replay = new JournalReplay(backend, by, left.stored, bytes -> left.replayed = bytes);
        if (decision instanceof ConflictResolution.SaveAs saveAs) {
            replay.runTo(saveAs.key());
            replay.clear();
        } else if (decision == ConflictResolution.DISCARD) {
            replay.clear();
        } else {
            replay.run(decision == ConflictResolution.REBASE);
        }
        remove(left);
    }

    private void remove(LeftOver left) throws IOException {
        if (left.ours != null) {
            left.ours.done();
            return;
        }
        left.stored.remove();
        OwnerDirectory owner = left.stored.owner();
        boolean last;
        lock.lock();
        try {
            last = leftOver.stream().noneMatch(each -> each != left && each.stored.owner() == owner);
        } finally {
            lock.unlock();
        }
        if (last) {
            owner.remove();
        }
    }

    private void finished(LeftOver left, @Nullable Throwable failure) {
        lock.lock();
        try {
            left.failure = failure;
            left.decision = null;
            if (failure == null) {
                left.gone = true;
                leftOver.remove(left);
            } else {
                left.state = failure instanceof ConflictException
                        ? State.CONFLICT
                        : left.stored.condition() == Condition.CORRUPT ? State.CORRUPT : State.FAILED;
                left.detail = String.valueOf(failure.getMessage());
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (failure == null) {
            LOG.info(
                    "Replayed journal {}: {} entries, {} bytes for '{}'",
                    left.stored.id(),
                    left.stored.entries(),
                    left.stored.bytes(),
                    left.stored.key());
        } else {
            LOG.warn("Journal {} for '{}' is kept", left.stored.id(), left.stored.key(), failure);
        }
    }

    // ---------------------------------------------------------------- for people

    List<JournalInfo> list() {
        lock.lock();
        try {
            return leftOver.stream().map(LeftOver::info).toList();
        } finally {
            lock.unlock();
        }
    }

    void resolve(String id, ConflictResolution resolution) throws IOException {
        lock.lock();
        try {
            LeftOver left = find(id);
            requirePossible(left, resolution);
            State before = left.state;
            String why = left.detail;
            awaitRest(
                    left, left.stored.key(), Long.MAX_VALUE / 2 + engine.time().nanoTime());
            if (left.gone) {
                return;
            }
            left.decision = resolution;
            left.state = State.PENDING;
            kick();
            awaitRest(
                    left, left.stored.key(), Long.MAX_VALUE / 2 + engine.time().nanoTime());
            if (!left.gone) {
                left.state = before;
                left.detail = why;
                throw failureOf(left);
            }
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private LeftOver find(String id) {
        return leftOver.stream()
                .filter(each -> each.stored.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new NoSuchElementException("there is no journal " + id));
    }

    private static void requirePossible(LeftOver left, ConflictResolution resolution) {
        if (resolution == ConflictResolution.OVERWRITE) {
            throw new UnsupportedOperationException(
                    "OVERWRITE needs a version that is gone; REBASE replays the journal onto what there is");
        }
        if (resolution != ConflictResolution.DISCARD && left.stored.entries() == 0) {
            throw new UnsupportedOperationException("nothing in journal " + left.stored.id() + " can be replayed ("
                    + left.detail + "); DISCARD drops it");
        }
        if (resolution instanceof ConflictResolution.SaveAs saveAs) {
            ObjectKeys.requireValid(saveAs.key());
        }
    }

    private static IOException failureOf(LeftOver left) {
        Throwable failure = left.failure;
        if (failure instanceof IOException storage) {
            return storage;
        }
        return new IOException("journal " + left.stored.id() + " could not be replayed", failure);
    }

    // ---------------------------------------------------------------- the end

    /** Replays no more. What is being replayed is left for the next factory. */
    void stop() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Gives the files back, or leaves them for the next factory; to those that a storage call still reads, when it has ended. */
    void close(Duration timeout) throws IOException {
        boolean keep;
        boolean late;
        List<OwnerDirectory> others = new ArrayList<>();
        long deadline = engine.time().nanoTime() + timeout.toNanos();
        lock.lock();
        try {
            awaitReplay(deadline);
            keep = leftOver.stream().anyMatch(each -> each.ours != null);
            late = live.stream().anyMatch(each -> !each.isEmpty());
            leftOver.stream()
                    .filter(each -> each.ours == null)
                    .map(each -> each.stored.owner())
                    .distinct()
                    .forEach(others::add);
        } finally {
            lock.unlock();
        }
        for (OwnerDirectory owner : others) {
            owner.leave();
        }
        if (!late) {
            space.close(keep);
        }
    }

    /** The conveyor that a replay writes through is closed by now, so it ends soon. */
    @GuardedBy("lock")
    private void awaitReplay(long deadline) {
        boolean interrupted = false;
        while (replaying && engine.time().nanoTime() - deadline < 0) {
            try {
                engine.time().await(changed, deadline);
            } catch (InterruptedException later) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
