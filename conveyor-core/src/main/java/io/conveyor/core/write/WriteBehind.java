package io.conveyor.core.write;

import io.conveyor.ConveyorStats.Watermarks;
import io.conveyor.Extent;
import io.conveyor.core.extent.ExtentIndex;
import io.conveyor.core.extent.ExtentSet;
import io.conveyor.core.failure.StickyFailure;
import io.conveyor.core.failure.StickyFailure.Step;
import io.conveyor.core.log.RunQueue;
import io.conveyor.core.log.WriteLog;
import io.conveyor.core.overlay.ActiveRead;
import io.conveyor.core.overlay.ActiveReads;
import io.conveyor.core.overlay.Overlay;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The state of everything that was accepted and is not finished; see the package for the protocol. A plain object, not for several threads at once:
 * a conveyor uses it under its lock.
 */
public final class WriteBehind {

    /** The most bytes that are copied in one step, while others wait for the lock. */
    public static final int LONGEST_COPY = 256 << 10;

    /** The most bytes that go to storage in one call: what fits a buffer's int, with room to spare. */
    private static final long MOST_AT_ONCE = 1L << 30;

    /**
     * So many bytes are worth waking a worker for, which costs the writer some five microseconds, as much as copying 64 KiB. A conveyor with a byte pending
     * holds a whole segment of that size anyway, at the usual budget.
     */
    private static final long WORTH_WAKING = 256 << 10;

    private final WriteTraits traits;
    private final LongUnaryOperator preferredBytes;
    private final WriteLog log;
    private final RunQueue runs = new RunQueue();
    private final OpenRun open = new OpenRun();
    private final ExtentIndex index = new ExtentIndex();
    private final Overlay overlay;
    private final ActiveReads reads = new ActiveReads();
    private final PendingCuts cuts = new PendingCuts();
    private final Barrier flushes = new Barrier();
    private final Barrier syncs = new Barrier();

    /** Null before a writer has found it full for the first time, which most never do. */
    private @Nullable StandingQueue queue;

    /** Writes and cuts that were handed out and are not finished, in log order. */
    private final ArrayList<Claim> inFlight = new ArrayList<>(1);

    /** A call that runs alone, or null. */
    private @Nullable Claim alone;

    /** A flush that is being made beside appends, or null. */
    private @Nullable Claim beside;

    private @Nullable StickyFailure failure;

    /** Ranges written since the last sync that succeeded, where a failed one may lose them. */
    private final ExtentSet unsynced = new ExtentSet();

    /** What the handle alone has, if that may be; null while it has nothing. */
    private @Nullable Unpublished unpublished;

    /** Whether anything but appends went out, or a call failed, since the last flush that succeeded: the next one has to run alone. */
    private boolean flushesAlone;

    private long size;
    private long storedSize;
    private long claimed;
    private long claimRun;
    private long written;
    private long visible;
    private long durable;
    private long drive;

    /** What a failed sync lost is made good by what was accepted before this; a sync that ends earlier would not know of it. */
    private long syncNotBefore = Long.MIN_VALUE;

    private boolean pressed;
    private boolean commitExpected;
    private boolean commitWanted;
    private boolean committed;
    private boolean rewind;

    /** Whether a write that failed, and comes after a cut that is made again, may have lengthened what is stored. */
    private boolean lengthUncertain;

    /** How long the object may be in storage by writes that failed. */
    private long mayBeStored;

    private long entrusted;
    private boolean resolving;
    private int granule;

    /**
     * The state after opening an object of {@code size} bytes.
     *
     * @param unpublished whether the object does not exist, as it is now, before the first flush
     * @param preferredBytes what the handle would like to be given at once from an offset on; 0 leaves it to the traits
     */
    public WriteBehind(
            WriteTraits traits, WriteLog log, long size, boolean unpublished, LongUnaryOperator preferredBytes) {
        this.traits = traits;
        this.preferredBytes = preferredBytes;
        this.granule = traits.granuleBytes();
        this.log = log;
        this.overlay = new Overlay(index, log);
        this.size = size;
        this.storedSize = size;
        // Below any position, so that the first barrier makes its call even if nothing was written: opening may have
        // changed something.
        if (unpublished && traits.atomicCommit()) {
            visible = -1;
            durable = -1;
        }
        if (traits.syncCall()) {
            durable = -1;
        }
    }

    // ---------------------------------------------------------------- accepting

    /**
     * Accepts {@code length} bytes of {@code src} from index {@code from} on for {@code offset}, or none; the buffer's position stays. If the copy throws,
     * nothing was accepted.
     *
     * @param length at most {@link #longestPiece()}
     * @return false if there is no room for all of them now
     */
    public boolean accept(ByteBuffer src, int from, int length, long offset) {
        closeRun();
        if (isFull(length) || !log.makeRoom(length)) {
            return false;
        }
        reserve();
        long position = append(src, from, length, offset);
        runs.addWrite(position, offset, length);
        index.put(offset, offset + length, position);
        size = Math.max(size, offset + length);
        if (failure != null) {
            replaceLost(failure, offset, offset + length);
        }
        return true;
    }

    /**
     * Accepts all that remains in {@code src} for {@code offset}, if it continues the open run; the buffer's position stays. Nothing is to be asked for
     * afterwards.
     *
     * @return false if it does not, if it is more than {@link #LONGEST_COPY}, or if there is no room for it now
     */
    public boolean extend(ByteBuffer src, long offset) {
        int length = src.remaining();
        if (!open.takes(offset, length) || !log.makeRoom(length)) {
            return false;
        }
        append(src, src.position(), length, offset);
        open.extend(length);
        return true;
    }

    /**
     * Opens the newest run, if it can be continued, and if something is pending already, so that nobody has to take note of when that began. Asked for
     * when everything that the present state calls for has been asked for.
     *
     * @param sufficient whether more bytes call for nothing, however many: enough turns are under way
     * @param largest the largest offset that a write may reach
     */
    public void open(boolean sufficient, long largest) {
        closeRun();
        if (runs.size() == 0 || failure != null || pendingBytes() == 0) {
            return;
        }
        long run = runs.tail() - 1;
        if (!runs.isCut(run)) {
            long end = runs.fileOffset(run, runs.logEnd(run));
            long quiet = sufficient ? Long.MAX_VALUE : worthWaking() - 1 - unclaimed();
            long bytes = Math.min(Math.min(limit() - log.heldBytes(), largest - end), quiet);
            if (bytes > 0) {
                open.open(end, bytes);
            }
        }
    }

    /** Tells the tables of what has continued the open run; whoever looks into them does so first. */
    private void settle() {
        long bytes = open.unsettled();
        if (bytes > 0) {
            reserve();
            long start = open.settled();
            long position = log.accepted() - bytes;
            runs.addWrite(position, start, bytes);
            index.put(start, start + bytes, position);
            size = Math.max(size, start + bytes);
            open.settle();
        }
    }

    /** Ends the time of the open run; whoever changes anything does so first. */
    public void closeRun() {
        settle();
        open.close();
    }

    /** Makes room in the tables, so that what is in the log is in them as well, or in neither. */
    private void reserve() {
        runs.reserve();
        index.reserve();
    }

    private long append(ByteBuffer src, int from, int length, long offset) {
        try {
            return log.append(src, from, length, offset);
        } catch (Throwable copyFailed) {
            log.release(log.released());
            throw copyFailed;
        }
    }

    /** The most bytes that should be accepted in one step, so that storage can take some while others come. */
    public long longestPiece() {
        return Math.max(1, traits.maxPendingBytes() / 4);
    }

    /** Accepts a cut to {@code newSize}, which is below the size; false if there is no room now. */
    public boolean acceptCut(long newSize) {
        closeRun();
        if (isFull(1) || !log.makeRoom(1)) {
            return false;
        }
        reserve();
        long position = log.cut(newSize);
        runs.addCut(position, newSize);
        index.remove(newSize, Long.MAX_VALUE);
        cuts.add(position, newSize);
        reads.cut(newSize);
        size = newSize;
        if (failure != null) {
            replaceLost(failure, newSize, Long.MAX_VALUE);
        }
        return true;
    }

    /** Something newer was accepted for bytes that may be lost; before it has arrived, no sync says anything about them. */
    private void replaceLost(StickyFailure stuck, long start, long end) {
        if (!stuck.lost().isEmpty()) {
            stuck.lost().remove(start, end);
            syncNotBefore = log.accepted();
        }
    }

    /** Whether waiting for memory is in vain until something leaves the log, because the conveyor's own bound leaves no room for {@code bytes}. */
    public boolean isFull(int bytes) {
        return exceedsLimit(bytes) || runs.size() >= traits.maxRuns();
    }

    private boolean exceedsLimit(int bytes) {
        return log.heldBytes() + bytes > limit();
    }

    /** How much may be pending now. */
    private long limit() {
        return queue == null ? traits.maxPendingBytes() : queue.limit();
    }

    /**
     * At {@code now} a writer has found it {@linkplain #isFull full} for {@code bytes} more; what may be pending can have become more by that. A store that lets
     * nothing go before a flush needs the room for what waits for that, so its queue is never said to stand.
     */
    public void foundFull(int bytes, long now) {
        closeRun();
        if (!traits.releaseAtVisible() && exceedsLimit(bytes)) {
            if (queue == null) {
                queue = new StandingQueue(traits.maxPendingBytes());
            }
            queue.full(now);
        }
    }

    /** For how long a writer that finds it full should wait before it says that it {@linkplain #hasWaited has}, ns; 0 for as long as it takes. */
    public long patienceNanos() {
        return queue != null && queue.isLetDown() ? StandingQueue.PATIENCE_NANOS : 0;
    }

    /** A writer has waited for as long as it should for a queue that was {@linkplain StandingQueue let down}; it may have what the options allow. */
    public void hasWaited() {
        closeRun();
        raiseQueue();
    }

    private void raiseQueue() {
        if (queue != null) {
            queue.raise();
        }
    }

    /** Bytes below {@code end} are kept by storage alone, in a form that cannot be changed: nothing may be written or cut off there before a flush. */
    public void entrust(long end) {
        entrusted = end;
    }

    /** Below it nothing may be written or cut off before a flush. */
    public long entrusted() {
        return entrusted;
    }

    /** How many bytes are accepted and not yet written. */
    public long pendingBytes() {
        return log.accepted() - written;
    }

    /** Whether writes are let through in spite of a failure, so that lost bytes can be written anew. */
    public boolean isRepairing() {
        return failure != null && failure.repairing();
    }

    /** How many calls may be under way at a time. */
    public int mostCalls() {
        return traits.mostCalls();
    }

    /** How many runs are kept; their bookkeeping is charged to the budget. */
    public int runs() {
        return runs.size();
    }

    // ---------------------------------------------------------------- reading

    /** The logical size. */
    public long size() {
        settle();
        return size;
    }

    /** Storage was found to hold {@code newSize} bytes, changed by somebody else; ignored while something is pending. */
    public void storageHas(long newSize) {
        closeRun();
        if (isClean()) {
            size = newSize;
            storedSize = newSize;
            mayBeStored = 0;
        }
    }

    /** Whether storage alone knows what the object is: nothing is pending, retained or failed. */
    public boolean isClean() {
        return log.heldBytes() == 0 && inFlight.isEmpty() && alone == null && beside == null && failure == null;
    }

    /** Bytes at or above this offset are not in storage, or no longer the object's. */
    public long storageEnd() {
        return Math.min(storedSize, cuts.lowest());
    }

    /** The first offset of {@code [start, end)} that is not pending; {@code end} if all is. */
    public long firstGap(long start, long end) {
        settle();
        return index.isEmpty() ? start : index.firstGap(start, end);
    }

    /** The end of the last stretch of {@code [start, end)} that is not pending. */
    public long lastGap(long start, long end) {
        settle();
        return index.isEmpty() ? end : index.lastGap(start, end);
    }

    /** As {@link #firstGap}, for a read that begins now: bytes that are written already may be gone from the log when it ends. */
    public long firstGapForStorage(long start, long end) {
        settle();
        return index.isEmpty() ? start : index.firstGap(start, end, settled());
    }

    /** As {@link #lastGap}, for a read that begins now: bytes that are written already may be gone from the log when it ends. */
    public long lastGapForStorage(long start, long end) {
        settle();
        return index.isEmpty() ? end : index.lastGap(start, end, settled());
    }

    /** Lays pending bytes over {@code dst}; see {@link Overlay#lay}. */
    public long overlay(long start, int length, ByteBuffer dst, int at) {
        settle();
        return overlay.lay(start, length, dst, at);
    }

    /** Registers a read that is going to ask storage for part of {@code [start, end)}. */
    public void beginRead(ActiveRead read, long start, long end) {
        reads.begin(read, start, end, settled(), cuts.lowest());
    }

    /** Everything before it is in storage for good, as far as this handle is concerned. */
    private long settled() {
        return traits.releaseAtVisible() ? visible : written;
    }

    /** Ends such a read, and lets go what only it held. */
    public void endRead(ActiveRead read) {
        closeRun();
        reads.end(read);
        release();
    }

    // ---------------------------------------------------------------- what is to be done

    /** Everything before {@code position} is to go now, granule or not. */
    public void drive(long position) {
        drive = Math.max(drive, position);
    }

    /** Memory is short: everything is to go, and what may be trusted only after a flush gets one. */
    public void press() {
        drive(log.accepted());
        pressed = traits.releaseAtVisible() && log.heldBytes() > 0;
    }

    /** Asks that {@code position} become visible. */
    public void wantVisible(long position) {
        drive(position);
        flushes.want(position);
    }

    /** Asks that {@code position} become durable. */
    public void wantDurable(long position) {
        long enough = Math.max(position, syncNotBefore);
        wantVisible(enough);
        syncs.want(enough);
    }

    /** Tells that a commit of the draft is going to be asked for as soon as all that was accepted is written, and that nothing more is accepted before. */
    public void expectCommit() {
        commitExpected = true;
    }

    /** Asks for a commit of the draft once everything is written. */
    public void wantCommit() {
        drive(log.accepted());
        expectCommit();
        commitWanted = true;
    }

    /** Whether bytes lie idle because they are less than a granule. */
    public boolean isDelayed() {
        return mayStart() && alone == null && inFlight.isEmpty() && claimed < log.accepted() && drive < log.accepted();
    }

    /**
     * Whether {@link #next} has something to hand out that a turn is to be asked for.
     *
     * @param awake whether the turn would go to a worker that is awake, so that a granule is enough
     */
    public boolean hasWork(boolean awake) {
        settle();
        if (alone != null) {
            return isDue(alone);
        }
        for (Claim claim : inFlight) {
            if (isDue(claim)) {
                return true;
            }
        }
        return nextBarrierKind() != null || (mayStart() && nextLength(awake ? granule : worthWaking()) > 0);
    }

    private long worthWaking() {
        return Math.max(granule, Math.min(WORTH_WAKING, traits.maxPendingBytes() / 4));
    }

    private long unclaimed() {
        return log.accepted() - claimed;
    }

    private boolean mayStart() {
        return !resolving && !rewind && (failure == null || failure.repairing());
    }

    private boolean isDue(Claim claim) {
        return switch (claim.state) {
            case DUE -> !resolving && !isStopped(claim) && !isHeldUp(claim) && !isBehindOlder(claim);
            case FAILED -> mayStart() && !isHeldUp(claim) && !isBehindOlder(claim);
            default -> false;
        };
    }

    /** An older claim that it overlaps may be made again, too, and comes first. */
    private boolean isBehindOlder(Claim claim) {
        return claim != alone && overlapsUnfinished(claim.offset(), claim.length(), claim);
    }

    /** What is made again, and a flush beside appends, wait for each other. */
    private boolean isHeldUp(Claim claim) {
        return claim == alone ? rewind || isWriting() : beside != null;
    }

    private boolean isWriting() {
        for (Claim claim : inFlight) {
            if (claim.state == Claim.State.RUNNING) {
                return true;
            }
        }
        return false;
    }

    /** Nothing that failed, and nothing behind a failure, is started before that has been cleared. */
    private boolean isStopped(Claim claim) {
        boolean behindFailure = failure != null && !failure.repairing() && claim.logStart() > failure.position();
        return claim.state == Claim.State.FAILED || (claim.state == Claim.State.DUE && behindFailure);
    }

    /** Hands out the next call to be made, or null if there is none now. */
    public @Nullable Claim next() {
        closeRun();
        if (alone != null) {
            return isDue(alone) ? start(alone) : null;
        }
        for (Claim claim : inFlight) {
            if (isDue(claim)) {
                return start(claim);
            }
        }
        Claim barrier = nextBarrier();
        if (barrier != null) {
            if (barrier.kind() == Claim.Kind.FLUSH && mayFlushBeside()) {
                beside = barrier;
            } else {
                alone = barrier;
            }
            return barrier;
        }
        return mayStart() ? nextFromLog() : null;
    }

    private int unfinished() {
        int count = 0;
        for (Claim claim : inFlight) {
            if (claim.state != Claim.State.DONE) {
                count++;
            }
        }
        return count;
    }

    /** Makes a claim's call again. */
    private Claim start(Claim claim) {
        flushesAlone = true;
        claim.state = Claim.State.RUNNING;
        claim.abandoned = false;
        claim.last = isLast(claim);
        return claim;
    }

    private @Nullable Claim nextBarrier() {
        Claim.Kind kind = nextBarrierKind();
        if (kind == null) {
            return null;
        }
        return switch (kind) {
            // what was written when it begins is covered, what is written meanwhile is not
            case FLUSH -> new Claim(kind, visible, mayFlushBeside() ? flushable() : flushRound(), 0);
            case SYNC -> new Claim(kind, durable, syncs.round(durable, syncable()), 0);
            default -> new Claim(kind, durable, written, 0);
        };
    }

    private Claim.@Nullable Kind nextBarrierKind() {
        if (resolving || (rewind && (failure == null || failure.repairing()))) {
            return null;
        }
        if (beside != null) {
            return null;
        }
        if (mayFlushBeside()) {
            if (isFlushDueBeside()) {
                return Claim.Kind.FLUSH;
            }
        } else if (traits.flushCall()) {
            if (wantsFlushToRelease(written, claimed)) {
                flushes.want(written);
            }
            long round = flushRound();
            if (round > visible && claimed >= round && isQuiet(round)) {
                return Claim.Kind.FLUSH;
            }
        }
        if (traits.syncCall()) {
            long round = syncs.round(durable, syncable());
            if (round > durable && claimed >= round && visible >= round && isQuiet(round)) {
                return Claim.Kind.SYNC;
            }
        }
        if (commitWanted && !committed && failure == null && claimed == log.accepted() && inFlight.isEmpty()) {
            return Claim.Kind.COMMIT;
        }
        return null;
    }

    /** Whether a flush that begins now may leave the appends to go on. */
    private boolean mayFlushBeside() {
        return traits.flushesBesideAppends() && !flushesAlone;
    }

    private boolean isFlushDueBeside() {
        long end = flushable();
        long round = flushRound();
        return end > visible && ((round > visible && end >= round) || wantsFlushToRelease(end, end));
    }

    /** How far a flush beside appends reaches: to where all was taken when it begins. */
    private long flushable() {
        return Math.min(written(), publishable());
    }

    /** Whether no write is under way, and none before {@code position} is left to be made. */
    private boolean isQuiet(long position) {
        for (Claim claim : inFlight) {
            if (claim.state != Claim.State.DONE && !(isStopped(claim) && claim.logStart() >= position)) {
                return false;
            }
        }
        return true;
    }

    /** How far the next flush is to reach: not beyond a sync that waits, because nothing beyond that one is started. */
    private long flushRound() {
        long round = flushes.round(visible, publishable());
        long sync = traits.syncCall() ? syncs.round(durable, syncable()) : Long.MIN_VALUE;
        return sync > visible ? Math.min(round, sync) : round;
    }

    /**
     * A store that needs a flush before it may be trusted gets one when a quarter of what may be pending waits for it, or when memory is short and all has
     * gone: a flush waits until the store's pipeline is empty, so that one for each write would have it run empty all the time.
     *
     * @param end how far the flush would reach
     * @param gone how far everything has gone that matters to it
     */
    private boolean wantsFlushToRelease(long end, long gone) {
        return traits.releaseAtVisible()
                && failure == null
                && end > visible
                && (end - visible >= Math.max(granule, traits.maxPendingBytes() / 4) || (pressed && gone >= drive));
    }

    /** How far a flush may reach. */
    private long publishable() {
        if (failure == null) {
            return Long.MAX_VALUE;
        }
        return mayShowPart(failure) ? failure.position() : visible;
    }

    /** Whether what was written before the failure is known to be in storage still, and may be shown without the rest. */
    private boolean mayShowPart(StickyFailure stuck) {
        return stuck.step() == Step.WRITE
                && !traits.atomicCommit()
                && !rewind
                && stuck.lost().isEmpty();
    }

    private long syncable() {
        if (failure == null) {
            return Long.MAX_VALUE;
        }
        boolean knowsAll = failure.position() >= syncNotBefore;
        return mayShowPart(failure) && knowsAll ? failure.position() : durable;
    }

    private @Nullable Claim nextFromLog() {
        long length = nextLength(granule);
        return length <= 0 ? null : claim(runs.isCut(claimRun) ? Claim.Kind.CUT : Claim.Kind.WRITE, length);
    }

    /** How much of the log may go next, in one call; 0 if nothing may now, or, without a need, less than {@code least}. */
    private long nextLength(long least) {
        long limit = Math.min(log.accepted(), barrierLimit());
        if (claimed >= limit || (claimed >= drive && unclaimed() < least) || unfinished() >= traits.maxInFlight()) {
            return 0;
        }
        while (claimed >= runs.logEnd(claimRun)) {
            claimRun++;
        }
        if (beside != null && (flushesAlone || !appendsNext())) {
            return 0;
        }
        if (mayFlushBeside() && !appendsNext()) {
            // the flush that covers it has to run alone: one that is wanted already comes first
            limit = Math.min(limit, flushes.limit());
            if (claimed >= limit) {
                return 0;
            }
        }
        if (runs.isCut(claimRun)) {
            return inFlight.isEmpty() ? 1 : 0;
        }
        long length = Math.min(Math.min(runs.logEnd(claimRun), limit) - claimed, longest());
        boolean mayGrow = claimRun == runs.tail() - 1;
        if (mayGrow && claimed + length > drive && length < longest()) {
            // leave the part of a granule for later; it will be larger then
            length = Math.max(length - length % granule, drive - claimed);
        }
        return length > 0 && !overlapsUnfinished(runs.fileOffset(claimRun, claimed), length, null) ? length : 0;
    }

    /** Nothing behind it is started before the barriers have been served that are wanted now. */
    private long barrierLimit() {
        return Math.min(mayFlushBeside() ? Long.MAX_VALUE : flushes.limit(), syncs.limit());
    }

    /** Whether what comes next only appends, even if storage is as long as it may be. */
    private boolean appendsNext() {
        return appendsNextTo(Math.max(storedSize, mayBeStored));
    }

    private boolean appendsNextTo(long size) {
        if (runs.isCut(claimRun)) {
            return false;
        }
        long end = size;
        for (Claim claim : inFlight) {
            end = Math.max(end, claim.offset() + claim.length());
        }
        return runs.fileOffset(claimRun, claimed) >= end;
    }

    private long longest() {
        return Math.max(granule, traits.maxClaimBytes());
    }

    /** Whether a claim that is handed out and not done, and older than {@code than} if that is given, changes bytes of the range. */
    private boolean overlapsUnfinished(long offset, long length, @Nullable Claim than) {
        for (Claim claim : inFlight) {
            if (claim == than) {
                return false;
            }
            if (claim.state != Claim.State.DONE && claim.overlaps(offset, length)) {
                return true;
            }
        }
        return false;
    }

    private Claim claim(Claim.Kind kind, long length) {
        long offset = runs.fileOffset(claimRun, claimed);
        // of the handle, which may fail: before anything has changed
        long preferred = kind == Claim.Kind.WRITE ? preferredBytes.applyAsLong(offset + length) : 0;
        Claim claim = new Claim(kind, claimed, claimed + length, offset);
        claim.append = appendsNextTo(storedSize);
        claim.last = isLast(claim);
        flushesAlone |= !appendsNext();
        claim.unknown(kind == Claim.Kind.CUT && lengthUncertain);
        // first what may find no memory; a list that cannot grow is what it was, which is not true of a deque
        inFlight.add(claim);
        claimed += length;
        if (kind == Claim.Kind.WRITE) {
            granule = preferred <= 0
                    ? traits.granuleBytes()
                    : (int) Math.max(1, Math.min(preferred, Math.min(traits.maxPendingBytes() / 2, MOST_AT_ONCE)));
        }
        return claim;
    }

    /** Whether a claim is a write, and the next call behind it publishes it. */
    private boolean isLast(Claim claim) {
        if (claim.kind() != Claim.Kind.WRITE) {
            return false;
        }
        boolean commits = commitExpected && claim.logEnd() == log.accepted();
        boolean flushes = traits.atomicCommit() && claim.logEnd() == barrierLimit();
        return commits || flushes;
    }

    /** The bytes of a claim that storage has not taken yet. They do not change before the claim has ended. */
    public ByteBuffer[] bytes(Claim claim) {
        return log.slices(claim.logStart() + claim.done(), claim.length() - claim.done());
    }

    /** How long the object is in storage, as far as calls have ended. */
    public long storedSize() {
        return storedSize;
    }

    // ---------------------------------------------------------------- how it ended

    /**
     * A claim's call has done all it should.
     *
     * @param began when it was made, or the last of several, on a clock that only grows, ns
     * @param ended when it had ended
     */
    public void succeeded(Claim claim, long began, long ended) {
        closeRun();
        claim.state = Claim.State.DONE;
        if (queue != null) {
            queue.taken(claim.length(), ended - began);
        }
        switch (claim.kind()) {
            case WRITE -> {
                storedSize = Math.max(storedSize, claim.offset() + claim.length());
                if (traits.lossySync()) {
                    unsynced.add(claim.offset(), claim.offset() + claim.length());
                }
                if (traits.releasesUnpublished()) {
                    addUnpublished(claim);
                }
                popWritten();
            }
            case CUT -> {
                storedSize = Math.min(storedSize, claim.offset());
                mayBeStored = Math.min(mayBeStored, claim.offset());
                cuts.applied(claim.logStart());
                unsynced.remove(claim.offset(), Long.MAX_VALUE);
                if (unpublished != null) {
                    unpublished.cut(claim.offset());
                }
                popWritten();
            }
            case FLUSH -> {
                flushEnded(claim);
                entrusted = 0;
                pressed = false;
                visible = Math.max(visible, claim.logEnd());
                flushesAlone = false;
                if (visible >= flushes.limit()) {
                    flushes.done();
                }
                if (!traits.syncCall() && !traits.draft()) {
                    durable = visible;
                }
                forgetPublished();
            }
            case SYNC -> {
                alone = null;
                syncs.done();
                flushesAlone = false;
                visible = Math.max(visible, claim.logEnd());
                durable = Math.max(durable, claim.logEnd());
                unsynced.clear();
                if (failure != null) {
                    // it had been given up, and was done after all
                    failure.lost().clear();
                }
                forgetPublished();
            }
            case COMMIT -> {
                alone = null;
                committed = true;
                visible = Math.max(visible, claim.logEnd());
                durable = visible;
                forgetPublished();
            }
        }
        rewindIfDue();
        release();
        if (queue != null && log.heldBytes() == 0 && claim.length() > 0) {
            queue.empty(ended);
        }
    }

    private void addUnpublished(Claim claim) {
        if (unpublished == null) {
            unpublished = new Unpublished();
        }
        unpublished.add(claim.offset(), claim.offset() + claim.length(), claim.logStart());
    }

    /** Of a draft, nothing is published before it is committed. */
    private void forgetPublished() {
        if (unpublished != null && (committed || !traits.draft())) {
            unpublished.published(visible);
            if (unpublished.isEmpty()) {
                unpublished = null;
            }
        }
    }

    private void flushEnded(Claim claim) {
        if (claim == beside) {
            beside = null;
        } else {
            alone = null;
            flushes.done();
        }
    }

    private void popWritten() {
        while (!inFlight.isEmpty() && inFlight.get(0).state == Claim.State.DONE) {
            written = Math.max(written, inFlight.remove(0).logEnd());
        }
        if (!traits.flushCall() && !traits.draft()) {
            visible = written;
            if (!traits.syncCall()) {
                durable = written;
            }
        }
    }

    private void noteUncertain(Claim claim) {
        if (claim.kind() == Claim.Kind.WRITE) {
            mayBeStored = Math.max(mayBeStored, claim.offset() + claim.length());
        }
    }

    /** Whether a claim's call may be made again by itself: not if it was given up, and whoever waited was told so. */
    public boolean mayRetry(Claim claim) {
        return !claim.abandoned || failure == null || failure.repairing();
    }

    /** A claim's call failed and is to be made again after a pause, whose end {@link #retryNow} tells. */
    public void retryLater(Claim claim) {
        raiseQueue();
        claim.state = Claim.State.WAITING;
        noteUncertain(claim);
        flushesAlone = true;
        if (claim == beside) {
            beside = null;
            alone = claim;
        }
        rewindIfDue();
    }

    /** The pause before a retry is over; ignored if the claim is no longer waiting. */
    public void retryNow(Claim claim) {
        if (claim.state == Claim.State.WAITING) {
            claim.state = Claim.State.DUE;
        }
    }

    /**
     * A claim's call failed for good.
     *
     * @return whether this is the failure that sticks
     */
    public boolean failed(Claim claim, Throwable cause) {
        closeRun();
        noteUncertain(claim);
        claim.state = Claim.State.FAILED;
        claim.startOver();
        boolean first = stick(claim, cause);
        if (claim == beside) {
            beside = null;
        } else if (claim.kind() != Claim.Kind.WRITE && claim.kind() != Claim.Kind.CUT) {
            alone = null;
        }
        rewindIfDue();
        return first;
    }

    /** A claim's call has taken too long. It may still end, so nothing that overlaps it is started; but the failure sticks already. */
    public boolean abandoned(Claim claim, Throwable cause) {
        closeRun();
        if (claim.state != Claim.State.RUNNING || claim.abandoned) {
            return false;
        }
        claim.abandoned = true;
        return stick(claim, cause);
    }

    private boolean stick(Claim claim, Throwable cause) {
        raiseQueue();
        Step step = stepOf(claim);
        long position = switch (step) {
            case WRITE -> claim.logStart();
            case PUBLISH -> visible;
            case SYNC -> durable;
        };
        if (step != Step.WRITE) {
            flushes.cancel(visible);
            syncs.cancel(durable);
            commitWanted = false;
            commitExpected = false;
        }
        rewind |= traits.releaseAtVisible();
        flushesAlone = true;
        if (failure != null && !failure.repairing()) {
            failure.alsoAt(position);
            if (step == Step.SYNC) {
                lose(failure);
            }
            return false;
        }
        StickyFailure stuck = new StickyFailure(step, cause, claim.extent(), position);
        if (failure != null) {
            stuck.lost().addAll(failure.lost());
        }
        if (step == Step.SYNC) {
            lose(stuck);
        }
        failure = stuck;
        return true;
    }

    /** A sync failed: what was written since the last one may be gone. What is still in the log is written anew, the rest is lost to us. */
    private void lose(StickyFailure stuck) {
        if (!traits.lossySync()) {
            return;
        }
        for (Claim claim : inFlight) {
            claim.resolve(0);
            claim.state = claim.state == Claim.State.DONE ? Claim.State.FAILED : claim.state;
        }
        syncNotBefore = log.accepted();
        stuck.lost().addAll(unsynced);
        stuck.lost().remove(cuts.lowest(), Long.MAX_VALUE);
        // What only a read still holds in the log is not driven again.
        long again = traits.releaseAtVisible() ? visible : written();
        index.visit(0, Long.MAX_VALUE, (start, end, position) -> {
            if (position + (end - start) > again) {
                stuck.lost().remove(Math.max(start, start + (again - position)), end);
            }
        });
    }

    private static Step stepOf(Claim claim) {
        return switch (claim.kind()) {
            case WRITE, CUT -> Step.WRITE;
            case FLUSH, COMMIT -> Step.PUBLISH;
            case SYNC -> Step.SYNC;
        };
    }

    /** The engine is at fault: nothing of the log is started any more. */
    public void poison(Throwable fault) {
        closeRun();
        if (failure == null) {
            failure = new StickyFailure(Step.WRITE, fault, new Extent(0, 0), written);
        }
    }

    // ---------------------------------------------------------------- the failure

    /** The failure that sticks, or null. */
    public @Nullable StickyFailure failure() {
        return failure;
    }

    /**
     * Clears the failure, so that what is retained is driven again.
     *
     * @return false if there is none, or if bytes were lost that have not been written anew
     */
    public boolean clear() {
        closeRun();
        StickyFailure stuck = failure;
        if (stuck == null || resolving) {
            return false;
        }
        // the end of a pause may have been lost with whatever went wrong
        inFlight.forEach(this::retryNow);
        if (alone != null) {
            retryNow(alone);
        }
        if (!stuck.lost().isEmpty()) {
            stuck.repair();
            rewindIfDue();
            return false;
        }
        failure = null;
        flushes.cancel(visible);
        syncs.cancel(durable);
        drive(log.accepted());
        rewindIfDue();
        return true;
    }

    /** Goes back to the oldest byte that is kept, once no call is under way, because storage may have lost what it had been given. */
    private void rewindIfDue() {
        if (!rewind || (failure != null && !failure.repairing()) || isCalling()) {
            return;
        }
        rewind = false;
        lengthUncertain = true;
        inFlight.clear();
        alone = null;
        beside = null;
        claimed = Math.max(visible, log.released());
        claimRun = runs.head();
        cuts.clear();
        for (long run = runs.head(); run < runs.tail(); run++) {
            if (runs.isCut(run) && runs.logStart(run) >= claimed) {
                reads.cut(runs.fileOffset(run, runs.logStart(run)));
                cuts.add(runs.logStart(run), runs.fileOffset(run, runs.logStart(run)));
            }
        }
    }

    /**
     * A conflict is being resolved: nothing is started, and the failure is not cleared, before {@link #resolved}.
     *
     * @return false if one is being resolved already
     */
    public boolean resolving() {
        boolean mine = !resolving;
        resolving = true;
        return mine;
    }

    /** The resolution has ended. */
    public void resolved() {
        resolving = false;
    }

    /** Whether a barrier at {@code position} can no more become written. */
    public boolean cannotWrite(long position) {
        return failure != null && !failure.repairing() && written() < position && position > reachable();
    }

    /** Whether a barrier at {@code position} can no more become visible. */
    public boolean cannotShow(long position) {
        if (!traits.flushCall()) {
            return cannotWrite(position);
        }
        return failure != null && visible < position && position > publishable() && !isBeingShown(position);
    }

    /** Whether a flush beside appends is under way that may still make it visible. */
    private boolean isBeingShown(long position) {
        Claim flush = beside;
        return flush != null && !flush.abandoned && position <= flush.logEnd();
    }

    /** Whether a barrier at {@code position} can no more become durable. */
    public boolean cannotSync(long position) {
        if (failure == null || durable >= position) {
            return false;
        }
        return cannotShow(position) || (traits.syncCall() && position > syncable());
    }

    /** Everything before it can still become written although a failure sticks. */
    private long reachable() {
        StickyFailure stuck = failure;
        long end = stuck != null && stuck.step() == Step.WRITE ? stuck.position() : claimed;
        for (Claim claim : inFlight) {
            boolean waits = claim.state == Claim.State.WAITING && stuck != null && claim.logStart() > stuck.position();
            if (isStopped(claim) || waits) {
                // whatever failed last: it is not made again before the failure is cleared
                return Math.min(end, claim.logStart());
            }
        }
        return end;
    }

    /** What is not known to be in storage: pending, lost, or not published by the handle; at most {@code most} extents are listed. */
    public Shortfall shortfall(int most) {
        ExtentSet all = pending();
        long pending = all.bytes();
        if (failure != null) {
            all.addAll(failure.lost());
        }
        long bytes = all.bytes();
        long lost = bytes - pending;
        if (unpublished != null) {
            bytes = unpublished.addTo(all, cuts.lowest());
        }
        return new Shortfall(all.list(most), bytes, bytes - lost);
    }

    private ExtentSet pending() {
        settle();
        ExtentSet set = ExtentSet.unbounded();
        long from = settled();
        index.visit(0, Long.MAX_VALUE, (start, end, logPosition) -> {
            if (logPosition + (end - start) > from) {
                set.add(Math.max(start, start + (from - logPosition)), end);
            }
        });
        return set;
    }

    // ---------------------------------------------------------------- watermarks

    /** The watermarks. */
    public Watermarks watermarks() {
        return new Watermarks(log.accepted(), written, Math.max(0, visible), Math.max(0, durable));
    }

    /** Everything before it was accepted. */
    public long accepted() {
        return log.accepted();
    }

    /** Everything before it was taken by the handle, and not lost by it since. */
    public long written() {
        return Math.min(written, inFlight.isEmpty() ? claimed : inFlight.get(0).logStart());
    }

    /** Everything before it is visible. */
    public long visible() {
        return visible;
    }

    /** Everything before it is durable. */
    public long durable() {
        return durable;
    }

    /**
     * Everything before it needs no journal any more: it is where a killed process cannot lose it.
     *
     * @param againstPowerLoss whether a machine without power must not lose it, either
     */
    public long safe(boolean againstPowerLoss) {
        if (traits.draft()) {
            return committed ? visible : 0;
        }
        if (againstPowerLoss && traits.syncCall()) {
            return Math.max(0, durable);
        }
        return traits.flushCall() ? Math.max(0, visible) : written;
    }

    /** Whether the draft has been committed. */
    public boolean isCommitted() {
        return committed;
    }

    /** Whether a storage call is being made now. */
    public boolean isCalling() {
        return beside != null || (alone != null && alone.state == Claim.State.RUNNING) || isWriting();
    }

    // ---------------------------------------------------------------- release

    private void release() {
        long releasable = traits.releaseAtVisible() ? visible : written;
        while (runs.size() > 0 && log.released() < releasable) {
            long run = runs.head();
            long from = log.released();
            long to = Math.min(releasable, runs.logEnd(run));
            if (!runs.isCut(run)) {
                long offset = runs.fileOffset(run, from);
                if (reads.holds(offset, offset + (to - from), to)) {
                    return;
                }
                index.remove(offset, offset + (to - from), from, to);
            }
            if (to == runs.logEnd(run)) {
                if (claimRun == run) {
                    claimRun++;
                }
                runs.removeHead();
            }
            log.release(to);
        }
    }

    /**
     * The handle builds on another version now, and has {@code newSize} bytes with all of ours that it was given and has kept. What it was not given comes on
     * top of that; nor is it wrong to give it something once more. No call may be under way.
     */
    public void rebased(long newSize) {
        closeRun();
        reads.makeVoid();
        release();
        storedSize = newSize;
        mayBeStored = 0;
        size = newSize;
        long from = claimed;
        if (rewind) {
            from = Math.max(visible, log.released());
        } else {
            inFlight.forEach(this::resize);
        }
        for (long run = runs.head(); run < runs.tail(); run++) {
            if (runs.logEnd(run) > from) {
                resize(runs.isCut(run), runs.fileOffset(run, runs.logEnd(run)));
            }
        }
    }

    /** What the handle was given and had not published is stored under another key; the handle has nothing of it any more. */
    public void savedElsewhere() {
        unpublished = null;
    }

    private void resize(Claim claim) {
        if (claim.state != Claim.State.DONE) {
            resize(claim.kind() == Claim.Kind.CUT, claim.offset() + claim.length());
        }
    }

    private void resize(boolean isCut, long end) {
        size = isCut ? Math.min(size, end) : Math.max(size, end);
    }

    /** Forgets everything pending and the failure: the object is as storage has it, {@code newSize} bytes long. No call may be under way. */
    public void discard(long newSize) {
        closeRun();
        reads.makeVoid();
        index.clear();
        runs.clear();
        cuts.clear();
        inFlight.clear();
        log.release(log.accepted());
        claimed = log.accepted();
        claimRun = runs.tail();
        written = claimed;
        visible = claimed;
        durable = claimed;
        flushes.cancel(visible);
        syncs.cancel(durable);
        commitWanted = false;
        commitExpected = false;
        alone = null;
        beside = null;
        flushesAlone = true;
        unsynced.clear();
        unpublished = null;
        failure = null;
        rewind = false;
        lengthUncertain = false;
        entrusted = 0;
        mayBeStored = 0;
        size = newSize;
        storedSize = newSize;
    }

    /** Drops everything pending; the segments that a running call may still read are kept and returned. */
    public List<ByteBuffer> drop() {
        closeRun();
        long keepFrom = Long.MAX_VALUE;
        long keepTo = Long.MIN_VALUE;
        for (Claim claim : inFlight) {
            if (claim.state == Claim.State.RUNNING) {
                keepFrom = Math.min(keepFrom, claim.logStart());
                keepTo = Math.max(keepTo, claim.logEnd());
            }
        }
        index.clear();
        runs.clear();
        cuts.clear();
        unpublished = null;
        return log.releaseAllBut(keepFrom, keepTo);
    }
}
