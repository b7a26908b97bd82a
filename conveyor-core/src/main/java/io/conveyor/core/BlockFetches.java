package io.conveyor.core;

import io.conveyor.core.read.AccessPattern.Stream;
import io.conveyor.core.read.Block;
import io.conveyor.core.worker.CallWatch;
import io.conveyor.core.worker.WorkerGroup.Priority;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Fetches the blocks of one conveyor, by workers or on a reader's own thread, and gives back those that nobody uses. */
final class BlockFetches {

    /** Blocks that nobody has used for so long are given back; a reader that pauses longer pays one fetch. */
    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final OpenObject object;
    private final WritePath writePath;
    private final Pread pread;
    private boolean idleCheckArmed;
    private boolean usedSinceCheck;

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
            if (!planned.isEmpty()) {
                planned.forEach(block -> submit(block, Priority.PREFETCH));
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

    void submit(Block block, Priority priority) {
        object.calls++;
        object.afterwards(() -> object.engine
                .workers()
                .submit(Listeners.inContext(object.engine.listener(), () -> fetchByWorker(block)), priority));
    }

    private void fetchByWorker(Block block) {
        CallWatch.Call watched =
                object.engine.watch().begin(object.options.callTimeout().toNanos(), () -> abandon(block));
        try {
            if (isStillWanted(block)) {
                fetch(block);
            }
        } finally {
            object.engine.watch().end(watched);
            object.lock.lock();
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

    private void abandon(Block block) {
        object.lock.lock();
        try {
            object.ahead.abandon(block);
            object.changed.signalAll();
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
