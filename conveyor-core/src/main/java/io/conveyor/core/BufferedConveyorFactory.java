package io.conveyor.core;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.conveyor.ConflictException;
import io.conveyor.ConflictResolution;
import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOptions;
import io.conveyor.ConveyorStats;
import io.conveyor.FactoryStats;
import io.conveyor.JournalInfo;
import io.conveyor.ObjectAttributes;
import io.conveyor.StorageException;
import io.conveyor.Whence;
import io.conveyor.core.log.RunQueue;
import io.conveyor.core.log.WriteLog;
import io.conveyor.core.read.ReadAhead;
import io.conveyor.core.worker.WorkerGroup.Priority;
import io.conveyor.core.write.WriteBehind;
import io.conveyor.core.write.WriteTraits;
import io.conveyor.spi.ObjectKeys;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spi.StorageCapabilities;
import io.conveyor.spi.StorageCapabilities.FlushEffect;
import io.conveyor.spi.StorageHandle;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.OpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Opens conveyors on one backend, knows those that are open, and lets them share what an {@link Engine} holds. */
final class BufferedConveyorFactory implements ConveyorFactory, BufferedConveyor.Neighbours {

    /** A conveyor with less room than this would do nothing but wait. */
    private static final long LEAST_PENDING = 64;

    /** Blocks are not made smaller than this for the sake of fetching more of them at a time: a request has its price. */
    private static final long LEAST_SHARED_BLOCK = 1 << 20;

    private final StorageBackend backend;
    private final ConveyorOptions defaults;
    private final Engine engine;
    private final @Nullable FactoryJournal journal;
    private final Runnable onClosed;
    private final ReentrantLock lock = new ReentrantLock();

    /** Whether journals are being forced in the background, or that has been asked for. */
    private final AtomicBoolean forcing = new AtomicBoolean();

    /** The open conveyors, each with its canonical key. */
    @GuardedBy("lock")
    private final Map<BufferedConveyor, String> open = new LinkedHashMap<>();

    /** The open conveyors of each canonical key. */
    @GuardedBy("lock")
    private final Map<String, List<BufferedConveyor>> byKey = new HashMap<>();

    /** What is being opened of each canonical key: it may have asked for the size, and cannot be told yet that this has changed. */
    @GuardedBy("lock")
    private final Map<String, List<Opening>> opening = new HashMap<>();

    /** Canonical keys with a writer, until its last storage call has ended. */
    @GuardedBy("lock")
    private final Map<String, Integer> writers = new HashMap<>();

    @GuardedBy("lock")
    private ConveyorStats closedTotal = ConveyorStats.NONE;

    @GuardedBy("lock")
    private long opened;

    @GuardedBy("lock")
    private boolean closed;

    BufferedConveyorFactory(
            StorageBackend backend,
            ConveyorOptions defaults,
            Engine engine,
            @Nullable FactoryJournal journal,
            Runnable onClosed) {
        this.backend = backend;
        this.defaults = defaults;
        this.engine = engine;
        this.journal = journal;
        this.onClosed = onClosed;
    }

    /** Begins to replay what dead processes have left. */
    void start() {
        if (journal != null) {
            journal.recovery().start(this::openForReplay);
            if (journal.forceIntervalNanos() > 0) {
                engine.timer().repeat(this::forceAll, journal.forceIntervalNanos());
            }
        }
    }

    /** Has all journals forced, unless that is still under way. */
    private void forceAll() {
        lock.lock();
        try {
            if (closed || !forcing.compareAndSet(false, true)) {
                return;
            }
        } finally {
            lock.unlock();
        }
        try {
            engine.workers().submit(this::forceJournals, Priority.URGENT);
        } catch (Throwable notAsked) {
            forcing.set(false);
            throw notAsked;
        }
    }

    private void forceJournals() {
        try {
            snapshot().forEach(BufferedConveyor::forceJournal);
        } finally {
            forcing.set(false);
        }
    }

    // ---------------------------------------------------------------- opening

    @Override
    public Conveyor open(String key, ConveyorOptions overrides, OpenOption... options) throws IOException {
        OpenMode mode = OpenMode.of(options);
        ConveyorOptions effective = overrides.orElse(defaults);
        String canonical = backend.canonicalKey(ObjectKeys.requireValid(key));
        if (mode.isWritable()) {
            takeWriterAfterReplay(
                    key,
                    canonical,
                    effective.severalWriters(),
                    effective.flushTimeout(),
                    "a conveyor of this factory is open for writing, or its last storage"
                            + " call has not ended; close it, or allow several writers");
        } else {
            if (journal != null) {
                journal.recovery().admit(key, canonical, false, effective.flushTimeout());
            }
            checkStillOpen();
        }
        return open(key, canonical, mode, effective, false);
    }

    /** Opens for a replay, which waits for no other, and is tried again if the object is being written. */
    private BufferedConveyor openForReplay(String key, ConveyorOptions overrides, OpenOption... options)
            throws IOException {
        OpenMode mode = OpenMode.of(options);
        String canonical = backend.canonicalKey(ObjectKeys.requireValid(key));
        if (mode.isWritable() && !tryTakeWriter(canonical, false)) {
            throw new StorageException(
                    StorageException.Kind.UNAVAILABLE,
                    StorageException.Retry.SAFE,
                    "open",
                    key,
                    null,
                    "a conveyor of this factory is writing it; the replay waits until that is closed",
                    null);
        }
        return open(key, canonical, mode, overrides.orElse(defaults), true);
    }

    /** A conveyor that is being opened. */
    private static final class Opening {

        /** Whether others have published something meanwhile; the factory's lock is held. */
        private boolean missed;
    }

    /** Opens; if for writing, this is counted among the writers already. */
    private BufferedConveyor open(
            String key, String canonical, OpenMode mode, ConveyorOptions effective, boolean replaying)
            throws IOException {
        BufferedConveyor conveyor;
        Opening mine = new Opening();
        boolean missed;
        try {
            beginOpening(canonical, mine);
            conveyor = opened(key, mode, effective, replaying);
            register(conveyor, canonical);
        } catch (Throwable failure) {
            giveWriter(canonical, mode.isWritable());
            throw failure;
        } finally {
            missed = endOpening(canonical, mine);
            if (truncatesAtOnce(mode)) {
                // it may have taken effect, though the rest failed, and what others have cached is stale then
                tellNeighbours(canonical, null);
            }
        }
        if (missed) {
            conveyor.othersPublished();
        }
        Listeners.tell(() -> engine.listener().opened(conveyor));
        return conveyor;
    }

    private void beginOpening(String canonical, Opening mine) {
        lock.lock();
        try {
            opening.computeIfAbsent(canonical, key -> new ArrayList<>(1)).add(mine);
        } finally {
            lock.unlock();
        }
    }

    /** Whether the conveyor has missed something that others have published; from now on it is told itself. */
    private boolean endOpening(String canonical, Opening mine) {
        lock.lock();
        try {
            List<Opening> same = opening.get(canonical);
            if (same != null) {
                same.remove(mine);
                if (same.isEmpty()) {
                    opening.remove(canonical);
                }
            }
            return mine.missed;
        } finally {
            lock.unlock();
        }
    }

    /** Whether opening cuts the object, and not a commit or a flush that comes later. */
    private boolean truncatesAtOnce(OpenMode mode) {
        return mode.truncates() && !mode.isDraft() && backend.capabilities().flushEffect() != FlushEffect.COMMIT;
    }

    /**
     * Counts the caller among the writers when the journals of the object are replayed. One that a conveyor has left may come between the two, so it is looked
     * again once no replay can begin any more.
     */
    private void takeWriterAfterReplay(String key, String canonical, boolean several, Duration timeout, String taken)
            throws IOException {
        boolean clear = false;
        while (!clear) {
            if (journal != null) {
                journal.recovery().admit(key, canonical, true, timeout);
            }
            if (!tryTakeWriter(canonical, several)) {
                throw new ConflictException(key, taken);
            }
            clear = journal == null || journal.recovery().isClear(canonical);
            if (!clear) {
                giveWriter(canonical, true);
            }
        }
    }

    private boolean tryTakeWriter(String canonical, boolean several) throws ClosedChannelException {
        lock.lock();
        try {
            checkOpen();
            if (writers.containsKey(canonical) && !several) {
                return false;
            }
            writers.merge(canonical, 1, Integer::sum);
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void giveWriter(String canonical, boolean writable) {
        if (writable) {
            lock.lock();
            try {
                writers.computeIfPresent(canonical, (key, count) -> count == 1 ? null : count - 1);
            } finally {
                lock.unlock();
            }
        }
    }

    private BufferedConveyor opened(String key, OpenMode mode, ConveyorOptions options, boolean replaying)
            throws IOException {
        StorageHandle handle = backend.open(key, mode.forBackend());
        try {
            StorageCapabilities store = backend.capabilities();
            WriteTraits traits = WriteTraits.of(
                    store,
                    mode.isDraft(),
                    Math.min(store.maxConcurrentWrites(), engine.workers().fairShare()),
                    engine.pool().segmentBytes(),
                    maxPending(options),
                    maxRuns(options));
            long size = handle.lseek(0, Whence.END);
            boolean unfinished = handle.resumed() == StorageHandle.Resumed.UNFINISHED;
            JournalUse use = journal != null && mode.isWritable() && options.journal() && !replaying
                    ? new JournalUse(journal, journal.begin(key, mode, store, size, handle.version()))
                    : null;
            WriteBehind writes = new WriteBehind(
                    traits,
                    use == null ? new WriteLog(engine.pool()) : new WriteLog(use.journal(), use.journal()),
                    size,
                    mode.mayCreate() || unfinished,
                    handle::preferredWriteBytes);
            if (unfinished) {
                writes.entrust(size);
            }
            OpenObject object = new OpenObject(
                    engine, key, handle, store, options, mode, writes, use, readAhead(store, options), replaying);
            if (use != null) {
                use.follow(object);
            }
            return new BufferedConveyor(object, this);
        } catch (Throwable failure) {
            closeAfter(failure, handle);
            throw failure;
        }
    }

    private static void closeAfter(Throwable failure, StorageHandle handle) {
        try {
            handle.abort();
        } catch (IOException | RuntimeException suppressed) {
            failure.addSuppressed(suppressed);
        }
    }

    private long maxPending(ConveyorOptions options) {
        long budget = engine.pool().budgetBytes();
        long wanted = options.maxPendingBytes() == 0 ? budget / 4 : options.maxPendingBytes();
        return Math.max(LEAST_PENDING, Math.min(wanted, budget - budget / 4));
    }

    private int maxRuns(ConveyorOptions options) {
        long bytes = Math.max(maxPending(options), engine.pool().budgetBytes() / 4);
        return (int) Math.min(Integer.MAX_VALUE / 4, bytes / RunQueue.RUN_COST);
    }

    private ReadAhead readAhead(StorageCapabilities store, ConveyorOptions options) {
        int segment = engine.pool().segmentBytes();
        long quarter = engine.pool().budgetBytes() / 4;
        long window = options.readAhead() ? Math.min(options.readMaxWindowBytes(), quarter) : 0;
        int fetches = Math.min(store.maxConcurrentReads(), engine.workers().fairShare());
        long most = window == 0 ? quarter : window;
        // one more than are fetched at a time is being read; but rather fewer at a time than many small ones
        long share = Math.max(most / (fetches + 1), Math.min(most / 2, LEAST_SHARED_BLOCK));
        long block = Math.min(store.preferredReadBytes(), share) / segment * segment;
        return new ReadAhead(
                engine.pool(), (int) Math.max(segment, block), most, window > 0, fetches, store.continuesReads());
    }

    private void register(BufferedConveyor conveyor, String canonical) throws IOException {
        boolean late;
        lock.lock();
        try {
            late = closed;
            if (!late) {
                opened++;
                open.put(conveyor, canonical);
                byKey.computeIfAbsent(canonical, key -> new ArrayList<>(1)).add(conveyor);
            }
        } finally {
            lock.unlock();
        }
        if (late) {
            conveyor.abort();
            throw new ClosedChannelException();
        }
    }

    @GuardedBy("lock")
    private void checkOpen() throws ClosedChannelException {
        if (closed) {
            throw new ClosedChannelException();
        }
    }

    // ---------------------------------------------------------------- objects

    @Override
    public ObjectAttributes attributes(String key) throws IOException {
        ObjectKeys.requireValid(key);
        checkStillOpen();
        return backend.attributes(key);
    }

    @Override
    public boolean delete(String key) throws IOException {
        String canonical = backend.canonicalKey(ObjectKeys.requireValid(key));
        // nobody may begin to write what is being deleted
        takeWriterAfterReplay(
                key,
                canonical,
                false,
                defaults.flushTimeout(),
                "a conveyor of this factory is writing it; close that first");
        try {
            boolean existed = backend.delete(key);
            tellNeighbours(canonical, null);
            return existed;
        } finally {
            giveWriter(canonical, true);
        }
    }

    @Override
    public Stream<ObjectAttributes> list(String prefix) throws IOException {
        checkStillOpen();
        return backend.list(prefix);
    }

    private void checkStillOpen() throws IOException {
        lock.lock();
        try {
            checkOpen();
        } finally {
            lock.unlock();
        }
    }

    // ---------------------------------------------------------------- neighbours

    @Override
    public boolean relieve() {
        boolean all = true;
        for (BufferedConveyor conveyor : snapshot()) {
            all &= conveyor.relieve();
        }
        return all;
    }

    @Override
    public void published(Conveyor by) {
        String canonical;
        lock.lock();
        try {
            canonical = open.get(by);
            if (canonical == null || isAlone(canonical)) {
                return;
            }
        } finally {
            lock.unlock();
        }
        tellNeighbours(canonical, by);
    }

    @GuardedBy("lock")
    private boolean isAlone(String canonical) {
        return byKey.getOrDefault(canonical, List.of()).size() < 2 && !opening.containsKey(canonical);
    }

    /** Something new may be seen in storage. */
    private void tellNeighbours(String canonical, @Nullable Conveyor but) {
        List<BufferedConveyor> others;
        lock.lock();
        try {
            others = new ArrayList<>(byKey.getOrDefault(canonical, List.of()));
            others.remove(but);
            for (Opening each : opening.getOrDefault(canonical, List.of())) {
                each.missed = true;
            }
        } finally {
            lock.unlock();
        }
        others.forEach(BufferedConveyor::othersPublished);
    }

    @Override
    public void released(BufferedConveyor conveyor) {
        ConveyorStats last = conveyor.stats();
        String canonical;
        lock.lock();
        try {
            canonical = open.remove(conveyor);
            if (canonical != null) {
                closedTotal = closedTotal.plus(last);
                List<BufferedConveyor> same = byKey.getOrDefault(canonical, new ArrayList<>(0));
                same.remove(conveyor);
                if (same.isEmpty()) {
                    byKey.remove(canonical);
                }
            }
        } finally {
            lock.unlock();
        }
        if (canonical != null) {
            JournalUse use = conveyor.journal();
            if (journal != null && use != null) {
                journal.released(use.journal(), canonical, conveyor.cause());
            }
            giveWriter(canonical, conveyor.isWriting());
        }
    }

    // ---------------------------------------------------------------- journals

    @Override
    public List<JournalInfo> journals() {
        return journal == null ? List.of() : journal.recovery().list();
    }

    @Override
    public void resolveJournal(String id, ConflictResolution resolution) throws IOException {
        checkStillOpen();
        if (journal == null) {
            throw new NoSuchElementException("there is no journal " + id + ": the factory has none");
        }
        journal.recovery().resolve(id, resolution, defaults.flushTimeout());
    }

    private Collection<BufferedConveyor> snapshot() {
        lock.lock();
        try {
            return new ArrayList<>(open.keySet());
        } finally {
            lock.unlock();
        }
    }

    // ---------------------------------------------------------------- all of them

    @Override
    public List<Conveyor> openConveyors() {
        List<Conveyor> list = new ArrayList<>();
        for (BufferedConveyor conveyor : snapshot()) {
            if (conveyor.isOpen() && !conveyor.isReplaying()) {
                list.add(conveyor);
            }
        }
        return list;
    }

    @Override
    public FactoryStats stats() {
        ConveyorStats total;
        long openedSoFar;
        Collection<BufferedConveyor> now;
        lock.lock();
        try {
            // both at once: a conveyor that closes meanwhile is in one of them
            total = closedTotal;
            now = new ArrayList<>(open.keySet());
            openedSoFar = opened;
        } finally {
            lock.unlock();
        }
        int openNow = 0;
        int failed = 0;
        for (BufferedConveyor conveyor : now) {
            total = total.plus(conveyor.stats());
            openNow += conveyor.isOpen() ? 1 : 0;
            failed += conveyor.isFailed() ? 1 : 0;
        }
        return new FactoryStats(
                total,
                openedSoFar,
                openNow,
                failed,
                engine.pool().budgetBytes(),
                engine.pool().usedBytes(),
                engine.workers().workers(),
                engine.workers().busy());
    }

    @Override
    public void flush() throws IOException {
        Collection<BufferedConveyor> conveyors = snapshot();
        conveyors.removeIf(BufferedConveyor::isReplaying);
        conveyors.forEach(BufferedConveyor::startDraining);
        IOException failure = null;
        for (BufferedConveyor conveyor : conveyors) {
            try {
                conveyor.flush();
            } catch (ClosedChannelException closedMeanwhile) {
                // it flushed when it closed
            } catch (IOException each) {
                failure = joined(failure, each);
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    @Override
    public void close() throws IOException {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
        } finally {
            lock.unlock();
        }
        long deadline = engine.time().nanoTime() + defaults.closeTimeout().toNanos();
        if (journal != null) {
            journal.stop();
        }
        // Everything starts to move now; closing one after the other by a few threads then mostly finds it done.
        Collection<BufferedConveyor> conveyors = snapshot();
        conveyors.forEach(BufferedConveyor::startDraining);
        IOException failure = new ClosingAll(conveyors, deadline - engine.time().nanoTime(), engine.time()).run();
        try {
            if (journal != null) {
                journal.close(deadline, defaults.closeTimeout());
            }
        } catch (IOException each) {
            failure = joined(failure, each);
        }
        try {
            backend.close();
        } catch (IOException each) {
            failure = joined(failure, each);
        } finally {
            onClosed.run();
        }
        if (failure != null) {
            throw failure;
        }
    }

    static IOException joined(@Nullable IOException first, IOException next) {
        if (first == null) {
            return next;
        }
        first.addSuppressed(next);
        return first;
    }

    @Override
    public String toString() {
        return "ConveyorFactory[" + backend.name() + "]";
    }
}
