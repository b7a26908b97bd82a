package io.conveyor.core;

import io.conveyor.core.read.AccessPattern.Stream;
import io.conveyor.core.read.Block;
import io.conveyor.core.read.FetchLine;
import io.conveyor.core.worker.CallWatch;
import io.conveyor.core.worker.Remarks;
import io.conveyor.core.worker.WorkerGroup.Priority;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Fetches the blocks of one conveyor, by workers or on a reader's own thread, and gives back those that nobody uses. */
final class BlockFetches {

    private static final Logger LOG = LoggerFactory.getLogger(BlockFetches.class);

    /** Blocks that nobody has used for so long are given back; a reader that pauses longer pays one fetch. */
    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** Turns that are kept for later; more than a conveyor has at a time on most stores. */
    private static final int MOST_SPARES = 16;

    private final OpenObject object;
    private final WritePath writePath;
    private final Pread pread;
    private boolean idleCheckArmed;
    private boolean usedSinceCheck;
    private @Nullable Turn spare;
    private int spares;

    /** Made when it is needed, which is on few stores. */
    private @Nullable FetchLine line;

    BlockFetches(OpenObject object, WritePath writePath, Pread pread) {
        this.object = object;
        this.writePath = writePath;
        this.pread = pread;
    }

    /** Fetches ahead, if the stream is worth it; and sees to it that blocks, even those that were asked for, do not outlast their use. */
    void prefetch(@Nullable Stream stream, @Nullable Block waitsFor) {
        usedSinceCheck = true;
        if (!object.store.interruptSafeReads() || !object.ahead.isAtHand()) {
            long storageEnd = object.writes.storageEnd();
            boolean goesOn = stream != null && (stream.isEstablished() || object.ahead.isInLine(stream));
            List<Block> planned = object.ahead.plan(stream, goesOn ? waitsFor : null, storageEnd);
            if (line != null && !object.ahead.hasLine()) {
                endLine(line);
            }
            boolean inLine = object.ahead.isInLine(stream);
            for (int i = 0; i < planned.size(); i++) {
                Block block = planned.get(i);
                if (!inLine || line().add(block)) {
                    submit(block, Priority.PREFETCH);
                }
            }
        }
        if (!idleCheckArmed && (object.store.continuesReads() || !object.ahead.isEmpty())) {
            idleCheckArmed = true;
            checkLater();
        }
    }

    /** A read is not to fail because there is no memory to remember this by: the next one asks for it again. The lock is held. */
    private void checkLater() {
        try {
            object.engine.timer().schedule(this::dropIfIdle, IDLE_NANOS);
        } catch (OutOfMemoryError noMemory) {
            idleCheckArmed = false;
            Remarks.warn(LOG, "What is fetched of '{}' is given back later", object.key, noMemory);
        }
    }

    private void dropIfIdle() {
        object.lock.lock();
        try {
            idleCheckArmed = false;
            if (!usedSinceCheck) {
                object.ahead.invalidateAll();
                spare = null;
                spares = 0;
                restReads();
            } else if (!object.store.pinnedReads()) {
                // others may have changed the object meanwhile
                object.ahead.dropOld();
            }
            boolean mayRest = usedSinceCheck && object.store.continuesReads();
            if ((mayRest || !object.ahead.isEmpty()) && object.life == OpenObject.Life.OPEN) {
                idleCheckArmed = true;
                checkLater();
            }
            usedSinceCheck = false;
        } finally {
            object.lock.unlock();
        }
    }

    /** Lets the handle let go what it keeps open to read on; the lock is held. */
    private void restReads() {
        if (object.store.continuesReads() && object.life == OpenObject.Life.OPEN) {
            object.calls++;
            object.byWorker(() -> {
                try {
                    object.handle.restReads();
                } finally {
                    object.lock.lock();
                    object.callEnded();
                    object.changed.signalAll();
                    writePath.unlock();
                }
            });
        }
    }

    /** Has a worker called to fetch a block, if nobody has done so by then; the lock is held. */
    void submit(Block block, Priority priority) {
        object.afterwards(called(block, priority));
    }

    private Turn called(Block block, Priority priority) {
        object.calls++;
        block.pin();
        return takeTurn(block, priority);
    }

    /** Has a worker called at once for a block that a reader of {@code stream} waits for; the lock is held. */
    void callFor(Block block, @Nullable Stream stream) {
        if (object.ahead.isInLine(stream)) {
            line().add(block);
        }
        submit(block, Priority.URGENT);
    }

    /** One at a time is not enough any more: what waits in line is called for at once. */
    private void endLine(FetchLine ending) {
        for (Block block = ending.leave(); block != null; block = ending.leave()) {
            submit(block, Priority.PREFETCH);
        }
    }

    private FetchLine line() {
        FetchLine known = line;
        if (known == null) {
            known = new FetchLine();
            line = known;
        }
        return known;
    }

    /**
     * A fetch, or a turn, has ended: the turn for the block that comes next in line, if that is to be called for now. Who waited for this one will wait for the
     * next one, too. What nobody wants any more is not called for. The lock is held.
     */
    private @Nullable Turn nextInLine(Block ended) {
        if (line == null) {
            return null;
        }
        Block next = line.next(ended);
        while (next != null && !isWanted(next) && next.begin()) {
            object.ahead.fetched(next, 0, 0);
            next = line.next(next);
        }
        if (next == null) {
            return null;
        }
        return called(next, ended.isAwaited() && next.hurry() ? Priority.URGENT : Priority.PREFETCH);
    }

    /** A block that a worker is called for. Used again for another one, so that a reader that goes on and on allocates nothing. */
    private final class Turn extends OpenObject.Later implements Runnable {

        private @Nullable Block block;
        private Priority priority = Priority.PREFETCH;
        private @Nullable Turn next;

        @Override
        void act() {
            object.engine.workers().submit(Listeners.inContext(object.engine.listener(), this), priority);
        }

        /** As the last thing that another turn does: by the same worker, who need not be woken. */
        void actNext() {
            object.engine.workers().submitNext(Listeners.inContext(object.engine.listener(), this), priority);
        }

        @Override
        public void run() {
            fetchByWorker(this, Objects.requireNonNull(block));
        }
    }

    private Turn takeTurn(Block block, Priority priority) {
        Turn turn = spare;
        if (turn == null) {
            turn = new Turn();
        } else {
            spare = turn.next;
            spares--;
        }
        turn.block = block;
        turn.priority = priority;
        return turn;
    }

    private void turnEnded(Turn turn, Block block) {
        block.unpin();
        turn.block = null;
        if (spares < MOST_SPARES) {
            turn.next = spare;
            spare = turn;
            spares++;
        }
    }

    /** One section under the lock says all that has ended, so that a reader is woken once, and meets the next block in line as called for. */
    private void fetchByWorker(Turn turn, Block block) {
        int life = block.life();
        boolean fetched = false;
        int got = 0;
        long began = 0;
        CallWatch.Call watched = null;
        Turn next = null;
        try {
            watched = watch(block, life);
            if (isStillWanted(block)) {
                began = object.now();
                got = pread.fill(block);
                fetched = true;
            }
        } finally {
            if (watched != null) {
                object.engine.watch().end(watched);
            }
            object.lock.lock();
            try {
                if (fetched) {
                    ended(block, got, began);
                }
                next = nextInLine(block);
                turnEnded(turn, block);
                object.callEnded();
                object.changed.signalAll();
            } finally {
                writePath.unlock();
            }
            if (next != null) {
                next.actNext();
            }
        }
    }

    /** Somebody may wait for the block, which is fetched even if there is no memory to watch that. */
    private CallWatch.@Nullable Call watch(Block block, int life) {
        try {
            return object.engine.watch().begin(object.options.callTimeout().toNanos(), () -> abandon(block, life));
        } catch (OutOfMemoryError unwatched) {
            return null;
        }
    }

    /** Whether it is worth asking storage: not if the conveyor is closing, or the block is stale before it was fetched. */
    private boolean isStillWanted(Block block) {
        object.lock.lock();
        try {
            if (!block.begin()) {
                return false;
            }
            if (isWanted(block)) {
                return true;
            }
            object.ahead.fetched(block, 0, 0);
            return false;
        } finally {
            object.lock.unlock();
        }
    }

    private boolean isWanted(Block block) {
        return object.life == OpenObject.Life.OPEN && !block.isStale();
    }

    /** The watch may be late: then the block has ended that life, and perhaps begun another one. */
    private void abandon(Block block, int life) {
        object.lock.lock();
        try {
            if (block.life() == life) {
                object.ahead.abandon(block);
                Turn next = nextInLine(block);
                if (next != null) {
                    object.afterwards(next);
                }
                object.changed.signalAll();
            }
        } finally {
            writePath.unlock();
        }
    }

    /** Fills a block on this thread; the lock is held, and is given up meanwhile. */
    void fetchHere(Block block) {
        writePath.unlock();
        long began = object.now();
        int got = -1;
        try {
            got = pread.fill(block);
        } finally {
            object.lock.lock();
            ended(block, got, began);
            object.changed.signalAll();
        }
    }

    /** A fetch has ended, the only one: if it failed, whoever needs the bytes asks again and gets the reason. The lock is held. */
    private void ended(Block block, int got, long began) {
        long took = object.now() - began;
        object.counters.preads.add(Math.max(0, got), took);
        if (line != null && line.isFirst(block)) {
            object.ahead.wentOn(Math.max(0, got), took);
        }
        if (object.life != OpenObject.Life.OPEN) {
            // closing has dropped the blocks that were there; nobody would give back one that came later
            object.ahead.invalidateAll();
        }
        object.ahead.fetched(block, block.failure() == null ? got : -1, took);
    }
}
