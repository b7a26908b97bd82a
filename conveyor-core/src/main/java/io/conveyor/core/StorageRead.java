package io.conveyor.core;

import io.conveyor.Extent;
import io.conveyor.StorageException;
import io.conveyor.core.failure.RetryPolicy;
import io.conveyor.core.overlay.ActiveRead;
import io.conveyor.core.read.AccessPattern.Stream;
import io.conveyor.core.read.Block;
import io.conveyor.core.worker.WorkerGroup.Priority;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One read's way through blocks and storage, used again for the next one, so that a read allocates nothing. The lock is held, but for the storage calls and
 * the waits.
 */
final class StorageRead {

    /** For what is waited for until it comes; it is looked for meanwhile, once in so long. */
    private static final long LONGEST_WAIT_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final OpenObject object;
    private final ReadPath path;
    private final WritePath writePath;
    private final Pread pread;
    private final BlockFetches fetches;
    private final long timeoutNanos;

    /** What holds back the bytes that storage may not show it. */
    final ActiveRead active = new ActiveRead();

    /** The next one that rests. */
    @Nullable
    StorageRead next;

    private ByteBuffer dst = NOTHING;
    private long position;
    private long to;
    private @Nullable Stream stream;
    private long deadline;

    /** The time when it was last looked at, which a read that is over in a microsecond does as seldom as it can. */
    private long clock;

    private boolean direct;
    private @Nullable Throwable firstFailure;
    private boolean missed;

    /** Blocks that this read has asked for, pinned. */
    private final ArrayList<Block> mine = new ArrayList<>(1);

    StorageRead(OpenObject object, ReadPath path, WritePath writePath, Pread pread, BlockFetches fetches) {
        this.object = object;
        this.path = path;
        this.writePath = writePath;
        this.pread = pread;
        this.fetches = fetches;
        this.timeoutNanos = object.options.readTimeout().toNanos();
    }

    /** Begins a read of the bytes from {@code position} on. */
    void begin(ByteBuffer buffer, long from, @Nullable Stream streamOfReads, long began) {
        dst = buffer;
        position = from;
        stream = streamOfReads;
        clock = began;
        deadline = began + timeoutNanos;
        direct = false;
        missed = false;
    }

    /** Lets go what it held; it may begin another read then. */
    void end() {
        dst = NOTHING;
        stream = null;
        firstFailure = null;
        for (int i = mine.size() - 1; i >= 0; i--) {
            mine.remove(i).unpin();
        }
    }

    /** The time when it was last looked at. */
    long clock() {
        return clock;
    }

    /** Copies from {@code from} on; answers where it got to: {@code end}, or less if storage ended before. */
    long run(long from, long end) throws IOException {
        to = end;
        long at = from;
        while (at < to) {
            Block block = object.ahead.find(at);
            if (block != null && block.isReady()) {
                int length = (int) Math.min(to - at, OpenObject.PIECE_BYTES);
                at += object.ahead.copy(block, at, dst, index(at), length);
            } else if (block != null) {
                block.pin();
                try {
                    await(block);
                } finally {
                    block.unpin();
                }
            } else {
                long reached = ask(at, object.ahead.nextStart(at, to));
                if (reached < 0) {
                    return at + ~reached;
                }
                at += reached;
            }
        }
        return at;
    }

    private void await(Block block) throws IOException {
        block.await();
        object.ahead.countWait(stream);
        if (stream != null && stream.isEstablished()) {
            // what the wait has added to the window is fetched while waiting, not after it
            fetches.prefetch(stream, block);
        }
        if (object.store.interruptSafeReads() && block.begin()) {
            // planned, but nobody has come to it yet: rather than wait for a worker, fetch it here
            fetches.fetchHere(block);
            afterFetch(block);
            return;
        }
        if (!block.isBegun() && block.hurry()) {
            fetches.submit(block, Priority.URGENT);
        }
        while (block.isFetching()) {
            writePath.unlock();
            object.lock.lock();
            if (block.isFetching() && !object.awaitChange(deadline, 0)) {
                throw timeout(block.start(), block.end());
            }
            object.checkStillOpen();
        }
        afterFetch(block);
    }

    /** A block that failed, or was stale when it came, is gone; then this read asks itself. */
    private void afterFetch(Block block) {
        clock = object.now();
        direct = !block.isReady();
        if (block.isFailed() && isMine(block) && block.start() + block.capacity() <= to) {
            // That was this read's first attempt. A block that goes on beyond it may have failed for bytes nobody
            // asked for.
            firstFailure = block.failure();
        }
    }

    private boolean isMine(Block block) {
        for (int i = 0; i < mine.size(); i++) {
            if (mine.get(i) == block) {
                return true;
            }
        }
        return false;
    }

    private void addMine(Block block) {
        block.pin();
        mine.add(block);
    }

    /** Answers how many bytes it brought, or {@code ~bytes} if storage ended there. */
    private long ask(long at, long gapEnd) throws IOException {
        countMiss();
        long storageEnd = object.writes.storageEnd();
        if (!direct && object.store.interruptSafeReads()) {
            boolean small = gapEnd - at < object.ahead.blockBytes();
            Block block = small && stream != null && stream.isPromising()
                    ? object.ahead.demand(stream, at, storageEnd)
                    : null;
            fetches.prefetch(stream, block);
            if (block != null) {
                addMine(block);
                block.begin();
                fetches.fetchHere(block);
                afterFetch(block);
                return 0;
            }
        } else if (!direct) {
            List<Block> blocks = stream != null && stream.isPromising()
                    ? nonNull(object.ahead.demand(stream, at, storageEnd))
                    : List.of();
            if (blocks.isEmpty()) {
                blocks = object.ahead.demandAll(at, gapEnd);
            }
            blocks.forEach(this::hurry);
            fetches.prefetch(stream, blocks.isEmpty() ? null : blocks.get(blocks.size() - 1));
            if (!blocks.isEmpty()) {
                return 0;
            }
        }
        int got = directly(at, (int) Math.min(gapEnd - at, 1 << 30));
        direct = false;
        return at + got < gapEnd && got < (1 << 30) ? ~got : got;
    }

    private void hurry(Block block) {
        addMine(block);
        block.hurry();
        fetches.callFor(block, stream);
    }

    private void countMiss() {
        if (!missed) {
            missed = true;
            object.ahead.countMiss(stream);
        }
    }

    private List<Block> nonNull(@Nullable Block block) {
        return block == null ? List.of() : List.of(block);
    }

    /** Reads straight into the caller's buffer, with the retries allowed; answers how many bytes there were. Leaves the buffer's bounds as they are. */
    private int directly(long at, int length) throws IOException {
        int position = dst.position();
        int limit = dst.limit();
        int start = index(at);
        try {
            dst.limit(start + length).position(start);
            return directly(at);
        } finally {
            dst.limit(limit).position(position);
        }
    }

    private int directly(long at) throws IOException {
        int start = dst.position();
        int failures = 0;
        long firstFailedAt = 0;
        IOException earlier = earlierFailure();
        while (true) {
            int failedAt = dst.position();
            IOException failure = earlier != null ? earlier : attempt(dst, at + failedAt - start);
            earlier = null;
            if (failure == null) {
                return dst.position() - start;
            }
            if (dst.position() > failedAt) {
                failures = 0;
            }
            if (failures++ == 0) {
                firstFailedAt = object.now();
            }
            object.checkStillOpen();
            if (Thread.currentThread().isInterrupted()) {
                throw interrupted(failure);
            }
            long pause = object.retries.pauseNanos(failure, true, failures, object.now() - firstFailedAt);
            if (pause == RetryPolicy.GIVE_UP) {
                throw failure;
            }
            object.counters.retries++;
            sleep(pause, at, at + dst.limit() - start, failure);
        }
    }

    private @Nullable IOException earlierFailure() {
        Throwable first = firstFailure;
        firstFailure = null;
        if (first == null) {
            return null;
        }
        return first instanceof IOException storage ? storage : pread.fault(first);
    }

    private IOException interrupted(IOException failure) {
        IOException interrupted = object.interrupted(0);
        interrupted.initCause(failure);
        return interrupted;
    }

    private void sleep(long pause, long at, long end, IOException failure) throws IOException {
        long due = object.now() + pause;
        while (object.now() - due < 0) {
            if (object.now() - deadline >= 0) {
                StorageException late = timeout(at, end);
                late.addSuppressed(failure);
                throw late;
            }
            object.awaitChange(Math.min(due, deadline), 0);
            object.checkStillOpen();
        }
        clock = object.now();
    }

    /** Tries once to fill {@code target} from {@code offset}, short reads continued; null if it is full or storage has ended. */
    private @Nullable IOException attempt(ByteBuffer target, long offset) throws IOException {
        int start = target.position();
        if (object.store.interruptSafeReads()) {
            long began = clock;
            path.unlock();
            try {
                return pread.fill(target, offset);
            } finally {
                object.lock.lock();
                clock = object.now();
                object.counters.preads.add(target.position() - start, clock - began);
            }
        }
        HandedOver job = new HandedOver(target, offset);
        long end = offset + target.remaining();
        object.calls++;
        writePath.unlock();
        object.byWorker(job);
        object.lock.lock();
        await(job, offset, end);
        return job.failure;
    }

    /** Once a worker has begun it writes into the caller's buffer, and must have ended before this call does; until then the job can be taken back. */
    private void await(HandedOver job, long from, long end) throws IOException {
        boolean interrupted = false;
        while (!job.done) {
            if (!job.begun && (interrupted || object.life != OpenObject.Life.OPEN || object.now() - deadline >= 0)) {
                job.takeBack();
                object.callEnded();
                throw interrupted ? object.interrupted(0) : ended(from, end);
            }
            long soon = object.now() + LONGEST_WAIT_NANOS;
            try {
                object.engine.time().await(object.changed, job.begun || soon - deadline < 0 ? soon : deadline);
            } catch (InterruptedException now) {
                interrupted = true;
            }
        }
        if (interrupted) {
            throw object.interrupted(0);
        }
    }

    private IOException ended(long from, long end) {
        return object.life == OpenObject.Life.OPEN ? timeout(from, end) : new AsynchronousCloseException();
    }

    private int index(long offset) {
        return dst.position() + (int) (offset - position);
    }

    private StorageException timeout(long from, long to) {
        return object.timeout(
                "pread", Extent.between(from, Math.max(from, to)), "no answer within " + object.options.readTimeout());
    }

    /** A read into a caller's buffer by a worker. */
    private final class HandedOver implements Runnable {

        /** Null when it has been taken back: the job may wait in a queue for long, and the caller's buffer with it. */
        private @Nullable ByteBuffer target;

        private final long offset;
        private boolean begun;
        private boolean done;
        private @Nullable IOException failure;

        HandedOver(ByteBuffer target, long offset) {
            this.target = target;
            this.offset = offset;
        }

        @Override
        public void run() {
            ByteBuffer into = begin();
            if (into == null) {
                return;
            }
            IOException thrown = null;
            int start = into.position();
            long began = object.now();
            try {
                thrown = pread.fill(into, offset);
            } catch (Throwable fault) {
                thrown = pread.fault(fault);
            }
            object.lock.lock();
            object.counters.preads.add(into.position() - start, object.now() - began);
            failure = thrown;
            done = true;
            object.callEnded();
            object.changed.signalAll();
            writePath.unlock();
        }

        /** It is not to begin any more; the lock is held. */
        void takeBack() {
            target = null;
        }

        /** What to read into, and from now on it cannot be taken back; null if it has been. */
        private @Nullable ByteBuffer begin() {
            object.lock.lock();
            try {
                begun = target != null;
                return target;
            } finally {
                object.lock.unlock();
            }
        }
    }
}
