package io.conveyor.core.journal;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.conveyor.core.journal.JournalFile.Kind;
import io.conveyor.core.worker.WatchedLock;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of one factory's journals: a stock that is prepared in the background, and the bound on all of them. Any thread; the lock is an inner one,
 * under which no file is touched.
 */
public final class JournalSpace {

    private static final Logger LOG = LoggerFactory.getLogger(JournalSpace.class);

    /** So many files of a kind are kept ready: two mebibytes of segments are what a fast writer fills while the next ones are prepared. */
    private static final int READY = 8;

    /** So many idle files of a kind are kept in any case. */
    private static final int LEAST_IDLE = 64;

    /** How the outside helps. */
    public interface Surroundings {

        /** Runs something soon, by a thread that nobody interrupts. */
        void run(Runnable task);

        /** Runs something after a pause. */
        void later(Runnable task);

        /** Files have come back, or the disk has failed: whoever waits should look again. */
        void changed();

        /** The time of day. */
        Instant timeOfDay();
    }

    private final OwnerDirectory owner;
    private final JournalDisk disk;
    private final Surroundings surroundings;
    private final Executor background;
    private final int segmentBytes;
    private final long maxBytes;
    private final long idleBytes;
    private final boolean powerLoss;
    private final ReentrantLock lock = new WatchedLock();
    private final Condition settled = lock.newCondition();
    private final AtomicLong lastBeginning = new AtomicLong();

    @GuardedBy("lock")
    private final ArrayDeque<JournalFile> segments = new ArrayDeque<>();

    @GuardedBy("lock")
    private final ArrayDeque<JournalFile> tables = new ArrayDeque<>();

    @GuardedBy("lock")
    private long allocated;

    @GuardedBy("lock")
    private int nextNumber = 1;

    @GuardedBy("lock")
    private boolean preparing;

    /** Whether somebody went away without a file since preparing began. */
    @GuardedBy("lock")
    private boolean missed;

    /** What somebody went away without, if there has been none since: idle files of the other kind make room for it. */
    @GuardedBy("lock")
    private @Nullable Kind lacking;

    /** How many files are being made; their directory must not go meanwhile. */
    @GuardedBy("lock")
    private int inTheMaking;

    /** How many journals are giving files back. */
    @GuardedBy("lock")
    private int givingBack;

    /** How many of those the disk has refused since the end came. */
    @GuardedBy("lock")
    private int refused;

    @GuardedBy("lock")
    private @Nullable IOException failure;

    /** Why what would have let files come back could not be forced, when that was last tried. */
    @GuardedBy("lock")
    private @Nullable IOException unforced;

    @GuardedBy("lock")
    private boolean closed;

    /** Whether the next factory has the files. */
    @GuardedBy("lock")
    private boolean handedOver;

    /**
     * The files of {@code owner}, at most {@code maxBytes} of them, and segments of {@code segmentBytes}.
     *
     * @param idleBytes so much of each kind is kept for its next use: to make a file costs several times what it costs to fill it
     * @param powerLoss whether files are to survive a loss of power
     */
    public JournalSpace(
            OwnerDirectory owner,
            JournalDisk disk,
            Surroundings surroundings,
            int segmentBytes,
            long maxBytes,
            long idleBytes,
            boolean powerLoss) {
        this.owner = owner;
        this.disk = disk;
        this.surroundings = surroundings;
        this.background = surroundings::run;
        this.segmentBytes = segmentBytes;
        this.maxBytes = maxBytes;
        this.idleBytes = idleBytes;
        this.powerLoss = powerLoss;
    }

    /** The least {@code maxBytes} that lets one conveyor write. */
    public static long leastBytes(int segmentBytes) {
        return 4L * (segmentBytes + JournalLayout.TABLE_BYTES);
    }

    int segmentBytes() {
        return segmentBytes;
    }

    boolean isPowerLoss() {
        return powerLoss;
    }

    long maxBytes() {
        return maxBytes;
    }

    /** When a journal begins, in nanoseconds since 1970: now, or a moment later, so that of two the later one has the greater number. */
    long beginning() {
        Instant now = surroundings.timeOfDay();
        long nanos = now.getEpochSecond() * 1_000_000_000L + now.getNano();
        return lastBeginning.updateAndGet(last -> Math.max(last + 1, nanos));
    }

    /** What all files take. */
    public long allocatedBytes() {
        lock.lock();
        try {
            return allocated;
        } finally {
            lock.unlock();
        }
    }

    /** Whether more than half of what is allowed is in use. */
    public boolean isHalfFull() {
        lock.lock();
        try {
            return allocated - idle(Kind.SEGMENT) - idle(Kind.TABLE) > maxBytes / 2;
        } finally {
            lock.unlock();
        }
    }

    /** Why no file could be prepared, or none came back, when that was last tried; null if neither failed. */
    public @Nullable IOException failure() {
        lock.lock();
        try {
            return failure != null ? failure : unforced;
        } finally {
            lock.unlock();
        }
    }

    @Nullable
    JournalFile take(Kind kind) {
        JournalFile file;
        boolean ask;
        lock.lock();
        try {
            file = stock(kind).pollFirst();
            note(kind, file == null);
            ask = wantsMore() != null && !preparing;
            preparing |= ask;
        } finally {
            lock.unlock();
        }
        if (ask) {
            background.execute(this::prepare);
        }
        return file;
    }

    @GuardedBy("lock")
    private void note(Kind kind, boolean none) {
        missed |= none;
        if (none) {
            lacking = kind;
        } else if (lacking == kind) {
            lacking = null;
        }
    }

    @GuardedBy("lock")
    private ArrayDeque<JournalFile> stock(Kind kind) {
        return kind == Kind.TABLE ? tables : segments;
    }

    private int bytes(Kind kind) {
        return kind == Kind.TABLE ? JournalLayout.TABLE_BYTES : segmentBytes;
    }

    /** What there should be more of: what is lacking, and otherwise the scarcest; null if nothing, or nothing may be. */
    @GuardedBy("lock")
    private @Nullable Kind wantsMore() {
        if (closed) {
            return null;
        }
        Kind lacks = lacking;
        if (lacks != null && stock(lacks).isEmpty() && allocated - idle(other(lacks)) + bytes(lacks) <= maxBytes) {
            return lacks;
        }
        Kind scarce = tables.size() * 4 <= segments.size() ? Kind.TABLE : Kind.SEGMENT;
        int ready = scarce == Kind.TABLE ? READY / 4 : READY;
        boolean wanted = stock(scarce).size() < ready && allocated + bytes(scarce) <= maxBytes;
        return wanted ? scarce : null;
    }

    private static Kind other(Kind kind) {
        return kind == Kind.TABLE ? Kind.SEGMENT : Kind.TABLE;
    }

    /** What the idle files of a kind take. */
    @GuardedBy("lock")
    private long idle(Kind kind) {
        return (long) stock(kind).size() * bytes(kind);
    }

    /** Allots the bytes of one more file of a kind; the result is what has to go for it, no longer allotted. */
    @GuardedBy("lock")
    private List<JournalFile> allot(Kind kind) {
        List<JournalFile> going = new ArrayList<>();
        allocated += bytes(kind);
        while (allocated > maxBytes) {
            JournalFile idle = stock(other(kind)).removeLast();
            allocated -= bytes(idle.kind);
            going.add(idle);
        }
        return going;
    }

    /** Prepares files until there are enough. Called when the factory is built, and by workers. */
    public void prepare() {
        boolean more = true;
        while (more) {
            more = prepareOne();
            surroundings.changed();
        }
    }

    private boolean prepareOne() {
        Kind kind;
        int number;
        List<JournalFile> going;
        lock.lock();
        try {
            kind = wantsMore();
            if (kind == null) {
                preparing = false;
                return false;
            }
            preparing = true;
            missed = false;
            inTheMaking++;
            number = nextNumber++;
            going = allot(kind);
        } finally {
            lock.unlock();
        }
        going.forEach(this::delete);
        try {
            JournalFile file = JournalFile.create(owner, disk, kind, number, bytes(kind), powerLoss);
            if (powerLoss) {
                owner.force();
            }
            return stocked(file);
        } catch (IOException full) {
            return failed(kind, full);
        } catch (RuntimeException | Error fault) {
            return failed(kind, new IOException("a journal file could not be made", fault));
        }
    }

    private boolean stocked(JournalFile file) {
        lock.lock();
        try {
            failure = null;
            stock(file.kind).addLast(file);
            lacking = lacking == file.kind ? null : lacking;
            inTheMaking--;
            settled.signalAll();
            return true;
        } finally {
            lock.unlock();
        }
    }

    private boolean failed(Kind kind, IOException why) {
        boolean first;
        boolean again;
        lock.lock();
        try {
            allocated -= bytes(kind);
            inTheMaking--;
            settled.signalAll();
            first = failure == null;
            failure = why;
            // stays "preparing" until the next try, so that nobody else begins one
            again = !closed;
        } finally {
            lock.unlock();
        }
        if (first) {
            LOG.warn(
                    "The journal in {} cannot grow; writers wait, and fail when they have waited long enough",
                    owner,
                    why);
        }
        if (again) {
            surroundings.later(this::tryAgain);
        }
        return false;
    }

    private void tryAgain() {
        boolean wanted;
        lock.lock();
        try {
            wanted = missed;
            preparing = wanted;
        } finally {
            lock.unlock();
        }
        if (wanted) {
            background.execute(this::prepare);
        }
    }

    /** Takes a file back into stock that was not used. */
    void recycle(JournalFile file) {
        recycleNow(List.of(file));
    }

    /** Takes files back that nothing on the disk needs, or, where only the process may die, that the journal has said to be done with. */
    void recycle(List<JournalFile> files) {
        recycleNow(files);
        surroundings.changed();
    }

    // ---------------------------------------------------------------- giving back

    /** Runs something soon, by a worker. */
    void soon(Runnable task) {
        background.execute(task);
    }

    /** A journal gives back files that are still needed on the disk. */
    void beginGivingBack() {
        lock.lock();
        try {
            givingBack++;
        } finally {
            lock.unlock();
        }
    }

    /** A journal that {@linkplain #beginGivingBack began} has nothing more to give back. */
    void endGivingBack() {
        lock.lock();
        try {
            givingBack--;
            settled.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The disk has refused to make it known that files are not needed; that is tried again, unless the end has come. */
    void retry(Runnable task) {
        boolean last;
        lock.lock();
        try {
            last = closed;
            if (last) {
                refused++;
                settled.signalAll();
            }
        } finally {
            lock.unlock();
        }
        if (!last) {
            surroundings.later(() -> soon(task));
        }
        surroundings.changed();
    }

    /** Whether the files are left to the next factory, and must not be changed any more. */
    boolean isHandedOver() {
        lock.lock();
        try {
            return handedOver;
        } finally {
            lock.unlock();
        }
    }

    /** Forces something, and notes whether that went well. */
    boolean isForced(Runnable forcing) {
        IOException refusal = null;
        try {
            forcing.run();
        } catch (Throwable disk) { // also what is thrown for a mapped page that cannot be written, and is not declared
            refusal = new IOException("the journal could not be forced to the disk", disk);
        }
        boolean first;
        lock.lock();
        try {
            first = unforced == null;
            unforced = refusal;
        } finally {
            lock.unlock();
        }
        if (first && refusal != null) {
            LOG.warn("The journal in {} cannot be forced; its files do not come back until it can", owner, refusal);
        }
        return refusal == null;
    }

    private void recycleNow(List<JournalFile> files) {
        List<JournalFile> tooMany = List.of();
        lock.lock();
        try {
            for (int i = 0; i < files.size(); i++) {
                JournalFile file = files.get(i);
                file.end = 0;
                file.used = 0;
                file.inLog = false;
                if (closed || stock(file.kind).size() >= mostIdle(file.kind)) {
                    allocated -= bytes(file.kind);
                    tooMany = tooMany.isEmpty() ? new ArrayList<>() : tooMany;
                    tooMany.add(file);
                } else {
                    stock(file.kind).addFirst(file);
                }
            }
        } finally {
            lock.unlock();
        }
        for (JournalFile file : tooMany) {
            background.execute(() -> delete(file));
        }
    }

    private long mostIdle(Kind kind) {
        return Math.max(LEAST_IDLE, idleBytes / bytes(kind));
    }

    private void delete(JournalFile file) {
        try {
            file.delete();
        } catch (IOException stays) {
            LOG.warn("A journal file in {} that is not needed any more could not be deleted", owner, stays);
        }
    }

    /**
     * Ends the use of the files. If one that is being made, or given back, is not done in time, because the disk does not answer or refuses, the directory is left
     * for the next factory to clear away.
     *
     * @param keep whether there are journals among them that somebody has still to deal with
     * @param patience how long to wait for files that are being made, or given back
     */
    public void close(boolean keep, Duration patience) throws IOException {
        boolean done = awaitSettled(patience.toNanos());
        if (!done) {
            LOG.warn("A file is still being made, or given back, in {}; the next factory clears it away", owner);
        }
        if (keep || !done) {
            owner.leave();
        } else {
            owner.remove();
        }
    }

    /** Makes no more files, and waits for those in the making or on their way back, deaf to interrupts but for keeping the flag. Whether none is any more. */
    private boolean awaitSettled(long patienceNanos) {
        long left = patienceNanos;
        boolean interrupted = false;
        lock.lock();
        try {
            closed = true;
            while ((inTheMaking > 0 || givingBack > refused) && left > 0) {
                try {
                    left = settled.awaitNanos(left);
                } catch (InterruptedException later) {
                    interrupted = true;
                }
            }
            handedOver = true;
            return inTheMaking == 0 && givingBack == 0;
        } finally {
            lock.unlock();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Where the files are. */
    public OwnerDirectory owner() {
        return owner;
    }
}
