package io.conveyor.core;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.conveyor.ConflictException;
import io.conveyor.ConflictResolution;
import io.conveyor.JournalInfo;
import io.conveyor.JournalInfo.State;
import io.conveyor.StorageException;
import io.conveyor.core.journal.CorruptJournalException;
import io.conveyor.core.journal.OwnerDirectory;
import io.conveyor.core.journal.StoredJournal.Condition;
import io.conveyor.core.worker.Remarks;
import io.conveyor.spi.ObjectKeys;
import io.conveyor.spi.StorageBackend;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Replays the journals that are left over, by a thread of its own that lives while there is something to do.
 *
 * <pre>
 *                     replayed
 *   PENDING --&gt; REPLAYING --&gt; gone
 *     ^  ^          | |
 *     |  '- soon ---' |  storage refused the last of a few tries     FAILED --.
 *     |               +---------------------------------------------&gt;  |      |
 *     |               '--&gt; CONFLICT, CORRUPT: a person decides         |      |
 *     '---- decided, or after a while, or the key is opened -----------'------'
 * </pre>
 *
 * <p>A replay that storage refused is tried again whatever the reason was, because to replay twice is as good as once: a store that a single call must not
 * be repeated on (an HDFS pipeline that broke, say) takes the whole again.
 *
 * <p>Any thread may call it.
 */
final class JournalRecovery {

    private static final Logger LOG = LoggerFactory.getLogger(JournalRecovery.class);

    /** The pauses before a replay is tried again at once, during which an open of its key waits. */
    private static final long[] SOON_NANOS = {TimeUnit.MILLISECONDS.toNanos(100), TimeUnit.MILLISECONDS.toNanos(400)};

    /** After that, it is tried after a pause that begins here and doubles. */
    private static final long LATER_NANOS = Duration.ofSeconds(1).toNanos();

    private static final long LATEST_NANOS = Duration.ofMinutes(1).toNanos();

    /** Where no thread can be had, one is soon given back, or not for long. */
    private static final long AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final StorageBackend backend;
    private final Engine engine;
    private final String name;
    private final ReentrantLock lock = new ReentrantLock();
    private final java.util.concurrent.locks.Condition changed = lock.newCondition();

    @GuardedBy("lock")
    private final LeftOverJournals leftOver = new LeftOverJournals();

    /** Objects of which a journal is left that cannot even be read, by canonical key. */
    @GuardedBy("lock")
    private final Map<String, IOException> blocked = new HashMap<>();

    @GuardedBy("lock")
    private JournalReplay.@Nullable Opener opener;

    @GuardedBy("lock")
    private boolean replaying;

    /** Whether the timer tries to start the thread that could not be started. */
    @GuardedBy("lock")
    private boolean starting;

    /** Whether it could not be started, which was said, and has not been since. */
    @GuardedBy("lock")
    private boolean refused;

    @GuardedBy("lock")
    private boolean closed;

    /** Nothing is left over yet. */
    JournalRecovery(StorageBackend backend, Engine engine, String name) {
        this.backend = backend;
        this.engine = engine;
        this.name = name;
    }

    /** Takes care of one more. It is replayed after {@link #start}. */
    void add(LeftOverJournal left) {
        lock.lock();
        try {
            leftOver.add(left);
        } finally {
            lock.unlock();
        }
    }

    /** Takes care of one that a conveyor of this process could not bring to storage; it is tried again like one that was replayed in vain. */
    void addRefused(LeftOverJournal left, @Nullable Throwable why) {
        lock.lock();
        try {
            if (left.state == State.PENDING) {
                left.detail = "closed although storage had not taken everything: " + why;
                left.failure = why;
                left.state = why instanceof ConflictException ? State.CONFLICT : State.FAILED;
            }
            leftOver.add(left);
            if (left.state == State.FAILED) {
                left.refusals = SOON_NANOS.length + 1;
                tryLater(left);
            }
        } finally {
            lock.unlock();
        }
    }

    /** An object of which a journal is left that could not be read is not to be written until the next factory has tried. */
    void block(String canonical, IOException why) {
        lock.lock();
        try {
            blocked.put(canonical, why);
        } finally {
            lock.unlock();
        }
    }

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

    // ---------------------------------------------------------------- admission

    /**
     * Waits until the journals of an object are replayed.
     *
     * @throws ConflictException if it is to be written, and somebody has to decide about a journal first
     * @throws StorageException if that takes longer than {@code timeout}, or a replay failed again
     */
    void admit(String key, String canonical, boolean writing, Duration timeout) throws IOException {
        lock.lock();
        try {
            if (writing && blocked.containsKey(canonical)) {
                throw unreadable(key, blocked.get(canonical));
            }
            if (leftOver.all().isEmpty()) {
                return;
            }
            long deadline = engine.time().nanoTime() + timeout.toNanos();
            for (LeftOverJournal left : List.copyOf(leftOver.of(canonical))) {
                if (writing && left.state == State.FAILED) {
                    left.refusals = 0;
                    tryNow(left);
                }
                awaitRest(left, key, deadline);
                if (writing && !left.gone) {
                    throw refusal(left, key);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** Whether an object may be written now; to be asked again once nobody else can begin to write it. */
    boolean isClear(String canonical) {
        lock.lock();
        try {
            return leftOver.of(canonical).isEmpty() && !blocked.containsKey(canonical);
        } finally {
            lock.unlock();
        }
    }

    private static IOException unreadable(String key, @Nullable IOException why) {
        return new StorageException(
                StorageException.Kind.UNAVAILABLE,
                StorageException.Retry.NEVER,
                "open",
                key,
                null,
                "a journal for it is there that could not be read; it is kept, and the next factory tries again",
                why);
    }

    @GuardedBy("lock")
    private void awaitRest(LeftOverJournal left, String key, long deadline) throws IOException {
        while (!closed && leftOver.isMoving(left)) {
            startIfNeeded();
            if (engine.time().nanoTime() - deadline >= 0) {
                throw new StorageException(
                        StorageException.Kind.TIMEOUT,
                        StorageException.Retry.SAFE,
                        "open",
                        key,
                        null,
                        "journal " + left.id() + " is still being replayed; the work goes on",
                        null);
            }
            try {
                engine.time().await(changed, deadline);
            } catch (InterruptedException interrupt) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted while journal " + left.id() + " was replayed");
            }
        }
    }

    private static IOException refusal(LeftOverJournal left, String key) {
        String what = "journal " + left.id() + " with " + left.stored.bytes() + " bytes for it is " + left.state + " ("
                + left.detail + "); resolveJournal decides what becomes of it";
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
        boolean unknown = left.failure instanceof ConflictException conflict && conflict.outcomeUnknown();
        return new ConflictException(key, what, unknown, left.failure);
    }

    // ---------------------------------------------------------------- replay

    @GuardedBy("lock")
    private void kick() {
        changed.signalAll();
        startIfNeeded();
    }

    /** Has a thread replay what is pending, if there is none. If none can be had that is tried again soon, and by whoever waits for it. */
    @GuardedBy("lock")
    private void startIfNeeded() {
        if (replaying || closed || leftOver.next(engine.time().nanoTime()) == null) {
            return;
        }
        try {
            Thread thread = engine.threads().newThread(this::replayAll);
            thread.setName("conveyor-" + name + "-recovery");
            thread.setDaemon(true);
            thread.start();
            replaying = true;
            refused = false;
        } catch (OutOfMemoryError noThread) {
            startLater();
            if (!refused) {
                refused = true;
                Remarks.warn(
                        LOG, "No thread can be had to replay journals of '{}'; that is tried again", name, noThread);
            }
        }
    }

    @GuardedBy("lock")
    private void startLater() {
        try {
            if (!starting) {
                engine.timer().schedule(this::startNow, AGAIN_NANOS);
                starting = true;
            }
        } catch (OutOfMemoryError noMemory) {
            // left to whoever waits
        }
    }

    private void startNow() {
        lock.lock();
        try {
            starting = false;
            startIfNeeded();
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private void tryNow(LeftOverJournal left) {
        left.notBefore = engine.time().nanoTime();
        left.state = State.PENDING;
        kick();
    }

    @GuardedBy("lock")
    private void tryLater(LeftOverJournal left) {
        if (left.scheduled) {
            return;
        }
        int doublings = Math.max(0, Math.min(left.refusals - SOON_NANOS.length - 1, 10));
        try {
            engine.timer().schedule(() -> tryAgain(left), Math.min(LATEST_NANOS, LATER_NANOS << doublings));
            left.scheduled = true;
        } catch (OutOfMemoryError noMemory) {
            Remarks.warn(LOG, "No memory to try journal {} again before its key is opened", left.id(), noMemory);
        }
    }

    private void tryAgain(LeftOverJournal left) {
        lock.lock();
        try {
            left.scheduled = false;
            if (left.state == State.FAILED && !left.gone) {
                tryNow(left);
            }
        } finally {
            lock.unlock();
        }
    }

    private void replayAll() {
        try {
            for (LeftOverJournal next = next(); next != null; next = next()) {
                Throwable failure = null;
                try {
                    replay(next);
                } catch (Throwable thrown) {
                    failure = thrown;
                }
                finished(next, failure);
            }
        } catch (Throwable fault) {
            brokenOff();
            Remarks.error(LOG, "Replaying journals of '{}' is begun again", name, fault);
        }
    }

    /** This thread ends before its time, for want of memory, say: another one goes on. */
    private void brokenOff() {
        lock.lock();
        try {
            // by an index, for which no memory is needed
            List<LeftOverJournal> all = leftOver.all();
            for (int i = 0; i < all.size(); i++) {
                if (all.get(i).state == State.REPLAYING) {
                    all.get(i).state = State.PENDING;
                }
            }
            rest();
            startLater();
        } finally {
            lock.unlock();
        }
    }

    /** The next to be replayed, when its time has come; null if there is none, and then this thread ends. */
    private @Nullable LeftOverJournal next() {
        lock.lock();
        try {
            LeftOverJournal next = leftOver.next(engine.time().nanoTime());
            while (!closed && next != null && next.notBefore - engine.time().nanoTime() > 0) {
                engine.time().await(changed, next.notBefore);
                next = leftOver.next(engine.time().nanoTime());
            }
            next = closed ? null : next;
            if (next != null) {
                next.state = State.REPLAYING;
                next.replayed = 0;
            } else {
                rest();
            }
            return next;
        } catch (InterruptedException stop) {
            // nobody interrupts this thread but to end it; what is left is for the next open, or the next factory
            rest();
            return null;
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private void rest() {
        replaying = false;
        changed.signalAll();
    }

    private void replay(LeftOverJournal left) throws IOException {
        ConflictResolution decision;
        boolean again;
        JournalReplay.Opener by;
        lock.lock();
        try {
            decision = left.decision;
            again = left.decidedCorrupt && decision != ConflictResolution.DISCARD;
            by = Objects.requireNonNull(opener);
        } finally {
            lock.unlock();
        }
        if (again) {
            left.stored = left.stored.again(left.ours);
            requireEntries(left);
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

    private void remove(LeftOverJournal left) throws IOException {
        if (left.ours != null) {
            left.ours.done();
            return;
        }
        left.stored.remove();
        OwnerDirectory owner = left.stored.owner();
        boolean last;
        lock.lock();
        try {
            last = leftOver.all().stream().noneMatch(each -> each != left && each.stored.owner() == owner);
        } finally {
            lock.unlock();
        }
        if (last) {
            owner.remove();
        }
    }

    private void finished(LeftOverJournal left, @Nullable Throwable failure) {
        lock.lock();
        try {
            boolean decided = left.decision != null;
            left.failure = failure;
            left.decision = null;
            left.decidedCorrupt = false;
            if (failure == null) {
                leftOver.remove(left);
            } else {
                left.detail = String.valueOf(failure.getMessage());
                refused(left, failure, decided);
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (failure == null) {
            LOG.info(
                    "Replayed journal {}: {} entries, {} bytes for '{}'",
                    left.id(),
                    left.stored.entries(),
                    left.stored.bytes(),
                    left.stored.key());
        } else {
            Remarks.warn(LOG, "Journal {} is kept", left, failure);
        }
    }

    @GuardedBy("lock")
    private void refused(LeftOverJournal left, Throwable failure, boolean decided) {
        if (failure instanceof ConflictException) {
            left.state = State.CONFLICT;
        } else if (failure instanceof CorruptJournalException || left.stored.condition() == Condition.CORRUPT) {
            left.state = State.CORRUPT;
        } else if (decided || closed) {
            left.state = State.FAILED;
        } else if (left.refusals++ < SOON_NANOS.length) {
            left.state = State.PENDING;
            left.notBefore = engine.time().nanoTime() + SOON_NANOS[left.refusals - 1];
        } else {
            left.state = State.FAILED;
            tryLater(left);
        }
    }

    // ---------------------------------------------------------------- for people

    List<JournalInfo> list() {
        lock.lock();
        try {
            List<JournalInfo> infos = new ArrayList<>();
            for (LeftOverJournal left : leftOver.all()) {
                infos.add(info(left));
            }
            return List.copyOf(infos);
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private JournalInfo info(LeftOverJournal left) {
        LeftOverJournal older = leftOver.before(left);
        return left.info(older == null ? left.detail : "waits for journal " + older.id() + ", which is older");
    }

    /**
     * Does with a journal what somebody has decided.
     *
     * @throws StorageException if that takes longer than {@code timeout}; the work goes on
     * @throws NoSuchElementException if there is no such journal, or it was replayed, or resolved by somebody else, before this decision
     */
    void resolve(String id, ConflictResolution resolution, Duration timeout) throws IOException {
        lock.lock();
        try {
            LeftOverJournal left = find(id);
            requirePossible(left, resolution);
            // what is found damaged while this waits was not decided about
            boolean knownCorrupt = left.state == State.CORRUPT;
            long deadline = engine.time().nanoTime() + timeout.toNanos();
            awaitRest(left, left.stored.key(), deadline);
            if (closed) {
                throw new ClosedChannelException();
            }
            if (left.gone) {
                throw new NoSuchElementException("journal " + id + " was resolved before this decision");
            }
            State before = left.state;
            String why = left.detail;
            left.decision = resolution;
            left.decidedCorrupt = knownCorrupt;
            tryNow(left);
            awaitRest(left, left.stored.key(), deadline);
            if (closed && !left.gone) {
                throw new AsynchronousCloseException();
            }
            if (left.gone) {
                return;
            }
            // what was found damaged stays so: a new decision is needed, by somebody who knows
            if (before == State.CORRUPT || left.state != State.CORRUPT) {
                left.state = before;
                left.detail = why;
            }
            if (left.state == State.FAILED) {
                tryLater(left);
            }
            throw failureOf(left);
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private LeftOverJournal find(String id) {
        return leftOver.all().stream()
                .filter(each -> each.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new NoSuchElementException("there is no journal " + id));
    }

    @GuardedBy("lock")
    private void requirePossible(LeftOverJournal left, ConflictResolution resolution) {
        if (resolution == ConflictResolution.OVERWRITE) {
            throw new UnsupportedOperationException(
                    "OVERWRITE needs a version that is gone; REBASE replays the journal onto what there is");
        }
        if (resolution != ConflictResolution.DISCARD) {
            requireEntries(left);
        }
        if (resolution instanceof ConflictResolution.SaveAs saveAs) {
            if (left.stored.isPartlyEntrusted()) {
                throw new UnsupportedOperationException("the beginning of journal " + left.id()
                        + " is in an unfinished upload to its own key; REBASE publishes it there, in the place of what"
                        + " there is, and DISCARD drops it");
            }
            List<LeftOverJournal> others = leftOver.of(backend.canonicalKey(ObjectKeys.requireValid(saveAs.key())));
            if (!others.isEmpty()) {
                throw new UnsupportedOperationException(
                        "journal " + others.get(0).id() + " for '" + saveAs.key() + "' is not resolved; save journal "
                                + left.id() + " under another key");
            }
        }
        LeftOverJournal older = leftOver.before(left);
        if (older != null && !LeftOverJournals.isApart(resolution)) {
            throw new UnsupportedOperationException("journal " + left.id() + " must not be replayed before "
                    + older.id() + ", which is older; resolve that one first");
        }
    }

    private static void requireEntries(LeftOverJournal left) {
        if (left.stored.entries() == 0) {
            throw new UnsupportedOperationException("nothing in journal " + left.id() + " can be replayed ("
                    + left.stored.detail() + "); DISCARD drops it");
        }
    }

    private static IOException failureOf(LeftOverJournal left) {
        Throwable failure = left.failure;
        if (failure instanceof IOException storage) {
            return storage;
        }
        if (failure instanceof UnsupportedOperationException impossible) {
            throw impossible;
        }
        return new IOException("journal " + left.id() + " could not be replayed", failure);
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

    /** Waits for the replay under way; the conveyor that it writes through is closed by now, so it ends soon. Whether it has. */
    boolean awaitStopped(long deadline) {
        boolean interrupted = false;
        lock.lock();
        try {
            while (replaying && engine.time().nanoTime() - deadline < 0) {
                try {
                    engine.time().await(changed, deadline);
                } catch (InterruptedException later) {
                    interrupted = true;
                }
            }
            return !replaying;
        } finally {
            lock.unlock();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Whether something is left of this process's own. */
    boolean hasOurs() {
        lock.lock();
        try {
            return leftOver.all().stream().anyMatch(each -> each.ours != null);
        } finally {
            lock.unlock();
        }
    }

    /** The directories of dead processes that something is left in. */
    Set<OwnerDirectory> owners() {
        lock.lock();
        try {
            return leftOver.all().stream()
                    .filter(each -> each.ours == null)
                    .map(each -> each.stored.owner())
                    .collect(Collectors.toSet());
        } finally {
            lock.unlock();
        }
    }
}
