package io.conveyor.core;

import io.conveyor.core.read.AccessPattern.Stream;
import io.conveyor.core.read.Block;
import io.conveyor.core.worker.CallWatch;
import io.conveyor.core.worker.WorkerGroup.Priority;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Fetches the blocks of one conveyor, by workers or on a reader's own thread, and gives back those that nobody uses. */
final class BlockFetches {

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
            List<Block> planned = waitsFor == null || stream == null || !stream.isEstablished()
                    ? object.ahead.plan(stream, storageEnd)
                    : object.ahead.plan(stream, waitsFor, storageEnd);
            for (int i = 0; i < planned.size(); i++) {
                submit(planned.get(i), Priority.PREFETCH);
            }
        }
        if (!idleCheckArmed && !object.ahead.isEmpty()) {
            idleCheckArmed = true;
            object.engine.timer().schedule(this::dropIfIdle, IDLE_NANOS);
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
            } else if (!object.store.pinnedReads()) {
                // others may have changed the object meanwhile
                object.ahead.dropOld();
            }
            if (!object.ahead.isEmpty() && object.life == OpenObject.Life.OPEN) {
                idleCheckArmed = true;
                object.engine.timer().schedule(this::dropIfIdle, IDLE_NANOS);
            }
            usedSinceCheck = false;
        } finally {
            object.lock.unlock();
        }
    }

    /** Has a worker called to fetch a block, if nobody has done so by then; the lock is held. */
    void submit(Block block, Priority priority) {
        object.calls++;
        block.pin();
        object.afterwards(takeTurn(block, priority));
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

    private void fetchByWorker(Turn turn, Block block) {
        int life = block.life();
        CallWatch.Call watched =
                object.engine.watch().begin(object.options.callTimeout().toNanos(), () -> abandon(block, life));
        try {
            if (isStillWanted(block)) {
                fetch(block);
            }
        } finally {
            object.engine.watch().end(watched);
            object.lock.lock();
            turnEnded(turn, block);
            object.callEnded();
            object.changed.signalAll();
            writePath.unlock();
        }
    }

    /** Whether it is worth asking storage: not if the conveyor is closing, or the block is stale before it was fetched. */
    private boolean isStillWanted(Block block) {
        object.lock.lock();
        try {
            if (!block.begin()) {
                return false;
            }
            if (object.life == OpenObject.Life.OPEN && !block.isStale()) {
                return true;
            }
            object.ahead.fetched(block, 0, 0);
            return false;
        } finally {
            object.lock.unlock();
        }
    }

    /** The watch may be late: then the block has ended that life, and perhaps begun another one. */
    private void abandon(Block block, int life) {
        object.lock.lock();
        try {
            if (block.life() == life) {
                object.ahead.abandon(block);
                object.changed.signalAll();
            }
        } finally {
            object.lock.unlock();
        }
    }

    /** Fills a block on this thread; the lock is held, and is given up meanwhile. */
    void fetchHere(Block block) {
        writePath.unlock();
        try {
            fetch(block);
        } finally {
            object.lock.lock();
        }
    }

    /** Fills a block, once: if that fails, whoever needs the bytes asks again and gets the reason. */
    private void fetch(Block block) {
        long began = object.now();
        int got = pread.fill(block);
        object.lock.lock();
        try {
            long took = object.now() - began;
            object.counters.preads.add(got, took);
            object.ahead.fetched(block, block.failure() == null ? got : -1, took);
            object.changed.signalAll();
        } finally {
            object.lock.unlock();
        }
    }
}
