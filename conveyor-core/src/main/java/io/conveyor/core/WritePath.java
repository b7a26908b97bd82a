package io.conveyor.core;

import io.conveyor.Conveyor;
import io.conveyor.WriteBehindException;
import io.conveyor.core.log.RunQueue;
import io.conveyor.core.memory.SegmentSource;
import io.conveyor.core.worker.Looks;
import io.conveyor.core.worker.Remarks;
import io.conveyor.core.worker.WorkerGroup;
import io.conveyor.core.worker.WorkerGroup.Priority;
import io.conveyor.core.write.Claim;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How bytes get from a caller into the write log, and from there, by turns of the workers, to storage.
 *
 * <p>Whoever changes the state under the lock leaves it by {@link #unlock()}, which asks for the turns that the change made necessary.
 */
final class WritePath {

    private static final Logger LOG = LoggerFactory.getLogger(WritePath.class);

    /** Runs are charged to the budget in steps of so many; the first step is free, so that a conveyor with a few writes costs nothing. */
    private static final int RUN_STEP = 64;

    /** Who waits for a call that takes no longer looks for its end before it goes to sleep. */
    private static final int QUICK_CALL_NANOS = 20_000;

    /** For a worker that was reserved for a turn which turned out to have nothing to do. */
    @SuppressWarnings("UnnecessaryLambda")
    private static final Runnable NOTHING = () -> {};

    private static final AtomicIntegerFieldUpdater<WritePath> TURNS_ENDED =
            AtomicIntegerFieldUpdater.newUpdater(WritePath.class, "turnsEnded");

    private final OpenObject object;
    private final Conveyor conveyor;
    private final BufferedConveyor.Neighbours neighbours;
    private final int mostTurns;
    private final PendingAge age = new PendingAge();
    private int turns;
    private boolean delayArmed;
    private int chargedSteps;
    private boolean disposed;

    /** Who waited for a turn last at a barrier, by the number of the thread. */
    private int lastWaiter;

    private int urgentWaiters;

    /** Written under the lock, read without it. */
    private volatile int turnsEnded;

    /** Whether the last call that succeeded was a quick one. */
    private boolean quick;

    /** Whether it was one of a quick store. */
    private boolean brisk;

    private @Nullable StallLine line;

    private long untoldStallNanos;
    private List<ByteBuffer> quarantined = List.of();

    /**
     * The write path of one conveyor.
     *
     * @param neighbours who is told when memory is short, and when others may see something new in storage
     */
    WritePath(OpenObject object, Conveyor conveyor, int mostTurns, BufferedConveyor.Neighbours neighbours) {
        this.object = object;
        this.conveyor = conveyor;
        this.mostTurns = mostTurns;
        this.neighbours = neighbours;
    }

    // ---------------------------------------------------------------- leaving the lock

    /** Releases the lock, and asks for turns if there is work for them. */
    void unlock() {
        unlock(false);
    }

    /**
     * As {@link #unlock()}. Where a worker looks for a turn it is handed one whose claim is made: who asks for it has all of that at hand, and the worker need not
     * come for the lock, which would cost both of them half a microsecond. Where no worker looks a turn may wait, and its claim is to grow meanwhile.
     *
     * @param last whether this is the last that a turn does, so that its worker can take the next one
     */
    void unlock(boolean last) {
        Runnable claimed = null;
        boolean ask = false;
        boolean arm = false;
        Priority priority = Priority.ORDINARY;
        OpenObject.Later afterwards = null;
        long stalled = untoldStallNanos;
        try {
            untoldStallNanos = 0;
            observeAge();
            if (!disposed) {
                ask = askForTurn(last);
                claimed = ask && !last ? claimForWhoLooks() : null;
                ask = claimed == null ? ask : askForTurn(false);
                arm = !ask && armDelay();
                priority = urgentWaiters > 0 ? Priority.URGENT : Priority.ORDINARY;
            }
            callThoseInLine();
            afterwards = object.takeAfterwards();
            openRun(ask);
        } finally {
            object.lock.unlock();
            if (claimed != null) {
                hand(claimed);
            }
        }
        if (ask) {
            submit(priority, last);
        }
        if (arm) {
            scheduleDelay();
        }
        if (afterwards != null) {
            OpenObject.act(afterwards);
        }
        if (stalled > 0) {
            Listeners.tell(() -> object.engine.listener().stalled(conveyor, stalled));
        }
        if (object.engine.timer().lacksThread()) {
            helpTimer();
        }
    }

    /** What was asked for just now may not be done before the timer has got a thread again. Every write is to come by here until then. */
    private void helpTimer() {
        object.lock.lock();
        try {
            object.writes.closeRun();
        } finally {
            object.lock.unlock();
        }
        object.engine.timer().tryAgain();
    }

    /** Nobody is to sleep in line for a call that nobody makes. */
    private void callThoseInLine() {
        if (line != null && (turns == 0 || !hasLine() || object.life != OpenObject.Life.OPEN)) {
            line.callAll();
        }
    }

    private void observeAge() {
        long accepted = object.writes.accepted();
        long written = accepted - object.writes.pendingBytes();
        if (age.isDue(accepted, written)) {
            age.observe(accepted, written, object.now());
        }
    }

    /** For how long at most the oldest byte has waited that storage has not taken; the lock is held. */
    long pendingNanos() {
        return disposed ? 0 : age.nanos(object.now());
    }

    /**
     * Whether from here on a write that continues the newest run changes nothing that would have to be asked for; see {@link #extend}.
     *
     * @param asked whether a turn has just been asked for, so that one more might be wanted
     */
    private void openRun(boolean asked) {
        boolean sufficient = turns >= mostTurns;
        boolean quiet = !asked && (turns > 0 || delayArmed);
        boolean sound = object.journal == null || object.journal.isSound();
        if (object.life == OpenObject.Life.OPEN && sound && (sufficient || quiet)) {
            object.writes.open(sufficient, object.store.maxObjectBytes());
        } else {
            object.writes.closeRun();
        }
    }

    /** Accepts all that remains in {@code src}, if that needs nothing but the copy, and no {@link #unlock} afterwards; the lock is held. */
    boolean extend(ByteBuffer src, long offset) {
        if (!object.writes.extend(src, offset)) {
            return false;
        }
        object.counters.writes.add(src.remaining());
        src.position(src.limit());
        return true;
    }

    /**
     * Leaves the lock and takes it again, so that turns are asked for; the lock is held.
     *
     * @param looks whether the caller is to look for the end of a turn meanwhile, if that is likely to come sooner than the caller would be asleep and woken
     */
    void giveWayToTurn(boolean looks) {
        boolean soon = looks && quick;
        int seen = turnsEnded;
        unlock();
        try {
            if (soon) {
                Looks.until(() -> turnsEnded != seen);
            }
        } finally {
            object.lock.lock();
        }
    }

    /** Whether the caller was the last one, too, that waited for a turn. Several that wait in turn would look on the time of the worker and of each other. */
    private boolean waitsAgain() {
        int waiter = (int) Thread.currentThread().getId();
        boolean again = waiter == lastWaiter;
        lastWaiter = waiter;
        return again;
    }

    private boolean askForTurn(boolean awake) {
        if (object.options.writeDelay().isZero() && turns == 0) {
            object.writes.drive(object.writes.accepted());
        }
        boolean ask = turns < mostTurns && object.writes.hasWork(awake);
        if (ask) {
            turns++;
            object.calls++;
        }
        return ask;
    }

    /** Reserves the worker that looks for a turn, and claims the one that was just asked for; what that worker is to be handed, or null if none looks. The lock is held. */
    private @Nullable Runnable claimForWhoLooks() {
        WorkerGroup workers = object.engine.workers();
        if (!workers.isAwaited()) {
            return null;
        }
        WriteTurn turn;
        try {
            turn = new WriteTurn(this, object);
        } catch (OutOfMemoryError noTurn) {
            // it is asked for as if nobody looked
            return null;
        }
        if (!workers.reserve()) {
            return null;
        }
        try {
            return turn.claim() ? turn : NOTHING;
        } catch (Throwable fault) {
            workers.hand(NOTHING);
            throw fault;
        }
    }

    /** Hands the worker that was reserved what it waits for; the lock is not held. */
    private void hand(Runnable turn) {
        Runnable work = turn;
        try {
            work = Listeners.inContext(object.engine.listener(), turn);
        } catch (OutOfMemoryError noContext) {
            Remarks.warn(LOG, "No memory for the context in which '{}' is written", object.key, noContext);
        } finally {
            object.engine.workers().hand(work);
        }
    }

    private boolean armDelay() {
        boolean arm = !delayArmed && turns == 0 && object.writes.isDelayed();
        delayArmed |= arm;
        return arm;
    }

    private void submit(Priority priority, boolean last) {
        try {
            Runnable turn = Listeners.inContext(object.engine.listener(), new WriteTurn(this, object));
            if (last) {
                object.engine.workers().submitNext(turn, priority);
            } else {
                object.engine.workers().submit(turn, priority);
            }
        } catch (OutOfMemoryError noTurn) {
            notAsked(noTurn);
        }
    }

    /** A turn could not be asked for after all: whoever leaves the lock next, or waits, asks anew. */
    private void notAsked(OutOfMemoryError noTurn) {
        object.lock.lock();
        try {
            object.writes.closeRun();
            endTurn();
            object.changed.signalAll();
        } finally {
            object.lock.unlock();
        }
        Remarks.warn(LOG, "No memory to have '{}' written; that is tried again", object.key, noTurn);
    }

    private void scheduleDelay() {
        try {
            object.engine
                    .timer()
                    .schedule(this::delayOver, object.options.writeDelay().toNanos());
        } catch (OutOfMemoryError noMemory) {
            delayForgotten(noMemory);
        }
    }

    /** Whoever leaves the lock next has the end of the delay noticed, if that is still of use. */
    private void delayForgotten(OutOfMemoryError noMemory) {
        object.lock.lock();
        try {
            object.writes.closeRun();
            delayArmed = false;
        } finally {
            object.lock.unlock();
        }
        Remarks.warn(
                LOG, "No memory to have '{}' written after a delay; the next write tries again", object.key, noMemory);
    }

    private void delayOver() {
        object.lock.lock();
        try {
            delayArmed = false;
            object.writes.drive(object.writes.accepted());
        } finally {
            unlock();
        }
    }

    /** The pause before a call that failed is made again is over; the lock is not held. */
    void retryDue(Claim claim) {
        object.lock.lock();
        try {
            object.writes.retryNow(claim);
        } finally {
            unlock();
        }
    }

    // ---------------------------------------------------------------- accepting

    /**
     * Accepts all that remains in {@code src} for {@code offset} on; the lock is held, and is given up while waiting and between pieces. The buffer's
     * position tells what was accepted when the call throws. A piece is seen whole or not at all.
     */
    void write(ByteBuffer src, long offset) throws IOException {
        int start = src.position();
        int length = src.remaining();
        checkMayWrite(false);
        Stall stall = null;
        try {
            for (int total = 0; total < length; total = src.position() - start) {
                int piece = piece(length - total);
                JournalUse.requireKept(object, "write", offset + total);
                long mark = stall == null ? 0 : object.engine.pool().mark();
                if (accept(src, offset + total, piece)) {
                    if (stall != null) {
                        stall.wentOn();
                    }
                    if (total + piece < length) {
                        unlock();
                        object.lock.lock();
                        checkMayWrite(true);
                    }
                } else if (stall == null) {
                    // the second try, with a mark taken before it, is the one to wait for
                    stall = new Stall(this, object);
                } else {
                    stall.await(mark, piece, total);
                    checkMayWrite(true);
                }
            }
        } finally {
            if (stall != null) {
                stall.over();
            }
        }
        if (length > 0) {
            object.counters.writes.add(length);
        }
    }

    /** At most a segment, so that no more than one has to be found, and at most a part of what may be pending, so that storage keeps up. */
    private int piece(int left) {
        int most = Math.min(OpenObject.PIECE_BYTES, object.engine.pool().segmentBytes());
        return (int) Math.min(Math.min(left, most), object.writes.longestPiece());
    }

    private boolean accept(ByteBuffer src, long offset, int length) {
        if (!chargeRuns() || !object.writes.accept(src, src.position(), length, offset)) {
            return false;
        }
        src.position(src.position() + length);
        return true;
    }

    private void checkMayWrite(boolean waited) throws IOException {
        if (object.life != OpenObject.Life.OPEN) {
            if (waited) {
                object.checkStillOpen();
            }
            throw new ClosedChannelException();
        }
        if (object.writes.failure() != null && !object.writes.isRepairing()) {
            throw object.failureNow();
        }
        if (object.journal != null) {
            object.journal.requireSound(object);
        }
    }

    private boolean chargeRuns() {
        int needed = (object.writes.runs() + 1) / RUN_STEP;
        while (chargedSteps < needed) {
            if (!object.engine.pool().tryCharge((long) RUN_STEP * RunQueue.RUN_COST)) {
                return false;
            }
            chargedSteps++;
        }
        return true;
    }

    /** Gives back what the budget is charged for runs that are gone; the lock is held. */
    void unchargeRuns() {
        if (chargedSteps == 0) {
            return;
        }
        int needed = object.writes.runs() / RUN_STEP;
        int spare = chargedSteps - (needed == 0 ? 0 : needed + 1);
        if (spare > 0) {
            chargedSteps -= spare;
            object.engine.pool().uncharge((long) spare * RUN_STEP * RunQueue.RUN_COST);
        }
    }

    /** Accepts a cut; the lock is held, and is given up while waiting. */
    void truncate(long size) throws IOException {
        Stall stall = null;
        try {
            while (true) {
                checkMayWrite(stall != null);
                if (size >= object.writes.size()) {
                    break;
                }
                JournalUse.requireKept(object, "truncate", size);
                long mark = stall == null ? 0 : object.engine.pool().mark();
                if (chargeRuns() && object.writes.acceptCut(size)) {
                    break;
                }
                if (stall == null) {
                    stall = new Stall(this, object);
                } else {
                    stall.await(mark, 1, 0);
                }
            }
        } finally {
            if (stall != null) {
                stall.over();
            }
        }
    }

    /** A caller has waited for room for {@code nanos}; the lock is held. */
    void stalled(long nanos) {
        object.counters.writes.stalled(nanos);
        untoldStallNanos += nanos;
    }

    /** Memory is short: others may give some back; false if not all could be asked. The lock is not held. */
    boolean press() {
        return neighbours.relieve();
    }

    /** Whether who finds the log full is to wait in {@link #line()}: storage is quick, and nothing has gone wrong. The lock is held. */
    boolean hasLine() {
        return brisk && object.writes.failure() == null;
    }

    /** Where writers wait while storage is quick; the lock is held. */
    StallLine line() {
        StallLine writers = line;
        if (writers == null) {
            writers = new StallLine(object.engine.time(), object.lock.newCondition());
            line = writers;
        }
        return writers;
    }

    /** Whether a turn has been asked for that has not ended; the lock is held. */
    boolean isUnderWay() {
        return turns > 0;
    }

    // ---------------------------------------------------------------- barriers

    /** What a barrier waits for. */
    enum Level {
        WRITTEN,
        VISIBLE,
        DURABLE
    }

    /** Waits until everything before {@code target} has reached a level; the lock is held, and is given up while waiting. */
    void await(Level level, long target, String operation) throws IOException {
        urgentWaiters++;
        try {
            awaitBefore(object.now() + object.options.flushTimeout().toNanos(), level, target, operation);
        } finally {
            urgentWaiters--;
        }
    }

    private void awaitBefore(long deadline, Level level, long target, String operation) throws IOException {
        while (!isReached(level, target)) {
            if (isHopeless(level, target)) {
                throw object.failureOfBarrier();
            }
            want(level, target);
            object.checkStillOpen();
            giveWayToTurn(waitsAgain());
            if (!isReached(level, target)
                    && !isHopeless(level, target)
                    && object.life == OpenObject.Life.OPEN
                    && !object.awaitChange(deadline, 0)) {
                throw object.timeout(
                        operation, null, "not done within " + object.options.flushTimeout() + "; the work goes on");
            }
        }
    }

    /** As {@link #await}, but only until {@code deadline}, without failing, and without regard to interrupts; for close. */
    boolean awaitForClose(Level level, long target, long deadline) {
        urgentWaiters++;
        awaitQuietly(deadline, () -> {
            want(level, target);
            return isReached(level, target) || isHopeless(level, target);
        });
        urgentWaiters--;
        return isReached(level, target);
    }

    /** Commits the draft and waits for it; for close. */
    boolean commitForClose(long deadline) {
        object.writes.wantCommit();
        urgentWaiters++;
        awaitQuietly(deadline, () -> object.writes.isCommitted() || object.writes.failure() != null);
        urgentWaiters--;
        return object.writes.isCommitted();
    }

    /** Waits until something has come true, deaf to interrupts but for keeping the flag; the lock is held. False if the deadline came first. */
    boolean awaitQuietly(long deadline, BooleanSupplier come) {
        boolean interrupted = false;
        try {
            while (!come.getAsBoolean()) {
                if (object.now() - deadline >= 0) {
                    return false;
                }
                unlock();
                object.lock.lock();
                // looked at again, because it may have come between the two locks
                if (!come.getAsBoolean()) {
                    try {
                        object.engine.time().await(object.changed, deadline);
                    } catch (InterruptedException later) {
                        interrupted = true;
                    }
                }
            }
            return true;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void want(Level level, long target) {
        switch (level) {
            case WRITTEN -> object.writes.drive(target);
            case VISIBLE -> object.writes.wantVisible(target);
            case DURABLE -> object.writes.wantDurable(target);
        }
    }

    private boolean isReached(Level level, long target) {
        return switch (level) {
            case WRITTEN -> object.writes.written() >= target;
            case VISIBLE -> object.writes.visible() >= target;
            case DURABLE -> object.writes.durable() >= target;
        };
    }

    private boolean isHopeless(Level level, long target) {
        return switch (level) {
            case WRITTEN -> object.writes.cannotWrite(target);
            case VISIBLE -> object.writes.cannotShow(target);
            case DURABLE -> object.writes.cannotSync(target);
        };
    }

    // ---------------------------------------------------------------- turns

    /** A turn has ended, or found nothing to do; the lock is held. */
    void endTurn() {
        turns--;
        TURNS_ENDED.incrementAndGet(this);
        if (line != null) {
            line.callEnded(object.writes.accepted());
        }
        // before anybody is told that no call is left
        releaseQuarantined();
        object.callEnded();
    }

    /** Whether nothing is to be done any more, whatever calls come back; the lock is held. */
    boolean isDisposed() {
        return disposed;
    }

    /** How long the last call took that succeeded, ns; the lock is held. */
    void took(long nanos) {
        quick = nanos <= QUICK_CALL_NANOS;
        brisk = nanos <= StallLine.QUICK_NANOS;
    }

    /** Others may see something new in storage from now on; the lock is not held. */
    void published() {
        neighbours.published(conveyor);
    }

    /** The engine itself is at fault, or memory is out: nothing is started any more before the failure is cleared, and whoever waits is told. */
    void poison(Throwable fault) {
        poison(null, fault);
    }

    /**
     * As {@link #poison(Throwable)}.
     *
     * @param claim what was about to be done; it is done when the failure has been cleared
     */
    void poison(@Nullable Claim claim, Throwable fault) {
        if (claim == null) {
            object.writes.poison(fault);
        } else {
            object.writes.failed(claim, fault);
        }
        object.engine.pool().wakeWaiters();
        Remarks.error(LOG, "The write path of '{}' is at fault", object.key, fault);
    }

    /** Tells of a failure that sticks from now on; the lock is not held. */
    void tellStuck(WriteBehindException stuck) {
        LOG.warn(
                "Writing to '{}' failed; {} bytes are retained until the error is cleared",
                object.key,
                stuck.retainedBytes(),
                stuck);
        Listeners.tell(() -> object.engine.listener().failed(conveyor, stuck));
    }

    // ---------------------------------------------------------------- the end

    /** Drops all that is pending, and takes no more turns; the lock is held. */
    void dispose() {
        disposed = true;
        quarantined = object.writes.drop();
        unchargeRuns();
        releaseQuarantined();
    }

    private SegmentSource segments() {
        return object.journal == null ? object.engine.pool() : object.journal.journal();
    }

    /** Segments that a call may still read come back when no call is left. */
    private void releaseQuarantined() {
        if (turns == 0 && !quarantined.isEmpty()) {
            quarantined.forEach(segments()::release);
            quarantined = List.of();
        }
    }
}
