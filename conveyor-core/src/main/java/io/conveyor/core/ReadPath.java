package io.conveyor.core;

import io.conveyor.Extent;
import io.conveyor.StorageException;
import io.conveyor.Whence;
import io.conveyor.core.failure.RetryPolicy;
import io.conveyor.core.overlay.ActiveRead;
import io.conveyor.core.read.AccessPattern.Stream;
import io.conveyor.core.read.Block;
import io.conveyor.core.worker.CallWatch;
import io.conveyor.core.worker.WorkerGroup.Priority;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How bytes get to a caller: pending ones from the write log, others from blocks fetched ahead, else from storage; then the overlay.
 *
 * <p>Storage is asked on the caller's own thread where an interrupt does no harm there, else by a worker; a hand-off costs some thirty times a read that
 * finds its bytes in memory.
 */
final class ReadPath {

    private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(64 << 10).asReadOnlyBuffer();

    /** Blocks that nobody has used for so long are given back; a reader that pauses longer pays one fetch. */
    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** The most bytes copied from memory before others get their turn. */
    private static final int MOST_FROM_MEMORY = 1 << 20;

    private final OpenObject object;
    private final WritePath writePath;
    private boolean sizeIsStale;
    private boolean idleCheckArmed;
    private boolean usedSinceCheck;

    ReadPath(OpenObject object, WritePath writePath) {
        this.object = object;
        this.writePath = writePath;
    }

    /**
     * Reads at {@code position}; the lock is held, and is given up while storage is asked.
     *
     * @return bytes read, or -1 at or past the end
     */
    int read(ByteBuffer dst, long position) throws IOException {
        if (!dst.hasRemaining()) {
            return 0;
        }
        if (sizeIsStale && !object.store.pinnedReads()) {
            refreshSize();
        }
        int start = dst.position();
        int count = readPiece(dst, position);
        while (count > 0 && dst.hasRemaining() && position + (dst.position() - start) < object.writes.size()) {
            writePath.unlock();
            object.lock.lock();
            object.checkStillOpen();
            count = readPiece(dst, position + (dst.position() - start));
        }
        int total = dst.position() - start;
        if (total > 0) {
            object.counters.reads.add(total);
            return total;
        }
        return count;
    }

    private int readPiece(ByteBuffer dst, long position) throws IOException {
        if (position >= object.writes.size() && !grew(position)) {
            return -1;
        }
        int length = (int) Math.min(dst.remaining(), object.writes.size() - position);
        Stream stream = object.ahead.observe(position, position + length);
        int count = fromMemory(dst, position, length);
        if (count < 0) {
            count = fromStorage(dst, position, length, stream);
        } else {
            prefetch(stream, null);
        }
        dst.position(dst.position() + Math.max(0, count));
        return count;
    }

    // ---------------------------------------------------------------- without storage

    /** Answers how many bytes, not all at once if they are many, or -1 if storage has to be asked. */
    private int fromMemory(ByteBuffer dst, long position, int wanted) {
        int length = Math.min(wanted, MOST_FROM_MEMORY);
        long end = position + length;
        long stored = Math.min(end, object.writes.storageEnd());
        long from = object.writes.firstGap(position, end);
        if (from < stored) {
            long to = Math.min(stored, object.writes.lastGap(from, end));
            if (from < to && !object.ahead.serve(from, (int) (to - from), dst, index(dst, position, from))) {
                return -1;
            }
        }
        complete(dst, position, length, stored);
        return length;
    }

    private static int index(ByteBuffer dst, long position, long offset) {
        return dst.position() + (int) (offset - position);
    }

    /** Zeros from {@code zeroFrom} on, then what is pending. */
    private void complete(ByteBuffer dst, long position, int length, long zeroFrom) {
        long from = Math.max(position, zeroFrom);
        zero(dst, index(dst, position, from), (int) Math.max(0, position + length - from));
        object.writes.overlay(position, length, dst, dst.position());
    }

    private static void zero(ByteBuffer dst, int at, int length) {
        for (int done = 0; done < length; ) {
            int piece = Math.min(length - done, ZEROS.capacity());
            dst.put(at + done, ZEROS, 0, piece);
            done += piece;
        }
    }

    // ---------------------------------------------------------------- with storage

    private int fromStorage(ByteBuffer dst, long position, int length, @Nullable Stream stream) throws IOException {
        long began = object.now();
        long end = position + length;
        long ended = began;
        ActiveRead read = object.writes.beginRead(position, end);
        object.calls++;
        try {
            long stored = Math.min(end, object.writes.storageEnd());
            long from = Math.min(stored, object.writes.firstGapForStorage(position, end));
            long to = Math.max(from, Math.min(stored, object.writes.lastGapForStorage(from, end)));
            Fetch fetch = new Fetch(dst, position, to, stream, began);
            long reached = fetch.run(from);
            ended = fetch.clock;
            if (reached < to && reached < object.writes.storageEnd() && object.writes.isClean()) {
                // Somebody else made the object shorter.
                length = shrunk(position, length);
            }
            object.checkStillOpen();
            int now = (int) Math.min(length, object.writes.size() - position);
            if (now <= 0) {
                return -1;
            }
            complete(
                    dst, position, now, Math.min(Math.min(stored, reached >= to ? stored : reached), read.lowestCut()));
            return now;
        } finally {
            object.callEnded();
            object.writes.endRead(read);
            object.counters.reads.stalled((ended == began ? object.now() : ended) - began);
            object.changed.signalAll();
        }
    }

    private int shrunk(long position, int length) throws IOException {
        refreshSize();
        return (int) Math.min(length, object.writes.size() - position);
    }

    /** One read's way through blocks and storage. The lock is held, but for the storage calls and the waits. */
    private final class Fetch {

        private final ByteBuffer dst;
        private final long position;
        private final long to;
        private final @Nullable Stream stream;
        private final long deadline;

        /** The time when it was last looked at, which a read that is over in a microsecond does as seldom as it can. */
        private long clock;

        private boolean direct;
        private @Nullable Throwable firstFailure;
        private List<Block> mine = List.of();
        private boolean missed;

        Fetch(ByteBuffer dst, long position, long to, @Nullable Stream stream, long began) {
            this.dst = dst;
            this.position = position;
            this.to = to;
            this.stream = stream;
            this.clock = began;
            this.deadline = began + object.options.readTimeout().toNanos();
        }

        /** Copies from {@code from} on; answers where it got to: {@link #to}, or less if storage ended before. */
        long run(long from) throws IOException {
            long at = from;
            while (at < to) {
                Block block = object.ahead.find(at);
                if (block != null && block.isReady()) {
                    int length = (int) Math.min(to - at, OpenObject.PIECE_BYTES);
                    at += object.ahead.copy(block, at, dst, index(dst, position, at), length);
                } else if (block != null) {
                    await(block);
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
            object.ahead.countWait(stream);
            if (stream != null && stream.isEstablished()) {
                // what the wait has added to the window is fetched while waiting, not after it
                prefetch(stream, block);
            }
            if (object.store.interruptSafeReads() && block.begin()) {
                // planned, but nobody has come to it yet: rather than wait for a worker, fetch it here
                fetchHere(block);
                afterFetch(block);
                return;
            }
            if (!block.isBegun()) {
                submit(block, Priority.URGENT);
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
            for (Block asked : mine) {
                if (asked == block) {
                    return true;
                }
            }
            return false;
        }

        private void addMine(List<Block> blocks) {
            if (mine.isEmpty()) {
                mine = new ArrayList<>(1);
            }
            mine.addAll(blocks);
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
                prefetch(stream, block);
                if (block != null) {
                    addMine(List.of(block));
                    block.begin();
                    fetchHere(block);
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
                addMine(blocks);
                blocks.forEach(block -> submit(block, Priority.URGENT));
                prefetch(stream, blocks.isEmpty() ? null : blocks.get(blocks.size() - 1));
                if (!blocks.isEmpty()) {
                    return 0;
                }
            }
            int got = directly(at, (int) Math.min(gapEnd - at, 1 << 30));
            direct = false;
            return at + got < gapEnd && got < (1 << 30) ? ~got : got;
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

        private void fetchHere(Block block) {
            writePath.unlock();
            try {
                fetch(block);
            } finally {
                object.lock.lock();
            }
        }

        /** Reads straight into the caller's buffer, with the retries allowed; answers how many bytes there were. Leaves the buffer's bounds as they are. */
        private int directly(long at, int length) throws IOException {
            int position = dst.position();
            int limit = dst.limit();
            int start = index(dst, this.position, at);
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
            return first instanceof IOException storage ? storage : fault(first);
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
                writePath.unlock();
                try {
                    return fill(target, offset);
                } finally {
                    object.lock.lock();
                    clock = object.now();
                    object.counters.preads.add(target.position() - start, clock - began);
                }
            }
            HandedOver job = new HandedOver(target, offset);
            object.calls++;
            writePath.unlock();
            object.engine.workers().submit(() -> watched(job), Priority.URGENT);
            object.lock.lock();
            boolean interrupted = false;
            while (!job.done) {
                try {
                    object.changed.await();
                } catch (InterruptedException later) {
                    // The worker writes into the caller's buffer: it must have ended before this call does.
                    interrupted = true;
                }
            }
            if (interrupted) {
                throw object.interrupted(0);
            }
            return job.failure;
        }
    }

    private StorageException timeout(long from, long to) {
        return object.timeout(
                "pread", Extent.between(from, Math.max(from, to)), "no answer within " + object.options.readTimeout());
    }

    /** A read into a caller's buffer by a worker. */
    private final class HandedOver implements Runnable {

        private final ByteBuffer target;
        private final long offset;
        private boolean done;
        private @Nullable IOException failure;

        HandedOver(ByteBuffer target, long offset) {
            this.target = target;
            this.offset = offset;
        }

        @Override
        public void run() {
            IOException thrown = null;
            int start = target.position();
            long began = object.now();
            try {
                thrown = fill(target, offset);
            } catch (Throwable fault) {
                thrown = fault(fault);
            }
            object.lock.lock();
            object.counters.preads.add(target.position() - start, object.now() - began);
            failure = thrown;
            done = true;
            object.callEnded();
            object.changed.signalAll();
            writePath.unlock();
        }
    }

    private IOException fault(Throwable fault) {
        return new StorageException(
                StorageException.Kind.PROTOCOL,
                StorageException.Retry.NEVER,
                "pread",
                object.key,
                null,
                "the backend failed by " + fault.getClass().getName(),
                fault);
    }

    private @Nullable IOException fill(ByteBuffer target, long offset) {
        int start = target.position();
        IOException failure = null;
        int empty = 0;
        try {
            while (target.hasRemaining() && empty < MOST_EMPTY_READS) {
                int before = target.position();
                int room = target.remaining();
                int count = object.handle.pread(target, offset + before - start);
                if (count == -1) {
                    break;
                }
                checkCount(count, room);
                empty = count == 0 ? empty + 1 : 0;
                target.position(before + count);
            }
            if (empty > 0) {
                failure = new StorageException(
                        StorageException.Kind.PROTOCOL,
                        StorageException.Retry.NEVER,
                        "pread",
                        object.key,
                        null,
                        "the backend delivers nothing, and does not say that the object ends",
                        null);
            }
        } catch (IOException thrown) {
            failure = thrown;
        } catch (RuntimeException thrown) {
            failure = fault(thrown);
        }
        return failure;
    }

    private void checkCount(long count, int room) throws StorageException {
        if (count < 0 || count > room) {
            throw new StorageException(
                    StorageException.Kind.PROTOCOL,
                    StorageException.Retry.NEVER,
                    "pread",
                    object.key,
                    null,
                    "the backend says that it delivered " + count + " bytes into room for " + room,
                    null);
        }
    }

    /** A backend may answer a read with nothing now and then; this often in a row is a fault. */
    private static final int MOST_EMPTY_READS = 10;

    // ---------------------------------------------------------------- fetching blocks

    /** Fetches ahead, if the stream is worth it; and sees to it that blocks, even those that were asked for, do not outlast their use. */
    private void prefetch(@Nullable Stream stream, @Nullable Block waitsFor) {
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

    private void submit(Block block, Priority priority) {
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

    private void watched(Runnable call) {
        CallWatch.Call watched =
                object.engine.watch().begin(object.options.callTimeout().toNanos(), () -> {});
        try {
            call.run();
        } finally {
            object.engine.watch().end(watched);
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

    /** Fills a block, once: if that fails, whoever needs the bytes asks again and gets the reason. */
    private void fetch(Block block) {
        ByteBuffer[] buffers = block.buffers();
        long began = object.now();
        int got = 0;
        boolean failed = false;
        int empty = 0;
        try {
            while (got < block.capacity() && empty < MOST_EMPTY_READS) {
                int index = 0;
                while (!buffers[index].hasRemaining()) {
                    index++;
                }
                long count = index == buffers.length - 1
                        ? object.handle.pread(buffers[index], block.start() + got)
                        : object.handle.pread(Arrays.copyOfRange(buffers, index, buffers.length), block.start() + got);
                if (count == -1) {
                    break;
                }
                checkCount(count, block.capacity() - got);
                empty = count == 0 ? empty + 1 : 0;
                got += (int) count;
            }
        } catch (Throwable storage) {
            failed = true;
            block.failedBy(storage);
        }
        object.lock.lock();
        try {
            long took = object.now() - began;
            object.counters.preads.add(got, took);
            object.ahead.fetched(block, failed ? -1 : got, took);
            object.changed.signalAll();
        } finally {
            object.lock.unlock();
        }
    }

    // ---------------------------------------------------------------- size

    /** Others may have changed the object in storage; the lock is held. */
    void othersChanged() {
        object.ahead.invalidateAll();
        sizeIsStale = true;
    }

    /** The logical size; the lock is held, and is given up if storage has to be asked. */
    long size() throws IOException {
        if (sizeIsStale && !object.store.pinnedReads()) {
            refreshSize();
        }
        return object.writes.size();
    }

    /** Whether the object reaches beyond {@code position} after all; the lock is held, and is given up if storage has to be asked. */
    private boolean grew(long position) throws IOException {
        if (object.store.pinnedReads() || !object.writes.isClean() || object.mode.isDraft()) {
            return false;
        }
        refreshSize();
        return position < object.writes.size();
    }

    private void refreshSize() throws IOException {
        if (!object.writes.isClean()) {
            return;
        }
        sizeIsStale = false;
        long accepted = object.writes.accepted();
        long size = ask(0, Whence.END);
        object.checkStillOpen();
        if (accepted == object.writes.accepted()) {
            object.writes.storageHas(size);
        }
    }

    /** Where data, or a hole, begins at or after {@code offset}; the lock is held, and is given up meanwhile. */
    long seek(long offset, Whence whence) throws IOException {
        long found = ask(offset, whence);
        object.checkStillOpen();
        return found;
    }

    private long ask(long offset, Whence whence) throws IOException {
        object.calls++;
        Question question = new Question(offset, whence);
        writePath.unlock();
        if (object.store.interruptSafeReads()) {
            question.run();
        } else {
            object.engine.workers().submit(() -> watched(question), Priority.URGENT);
        }
        object.lock.lock();
        long deadline = object.now() + object.options.readTimeout().toNanos();
        while (!question.done) {
            if (!object.awaitChange(deadline, 0)) {
                throw object.timeout("lseek", null, "no answer within " + object.options.readTimeout());
            }
        }
        if (question.failure != null) {
            throw question.failure;
        }
        return question.answer;
    }

    /** Asks the handle about its layout. */
    private final class Question implements Runnable {

        private final long offset;
        private final Whence whence;
        private boolean done;
        private long answer;
        private @Nullable IOException failure;

        Question(long offset, Whence whence) {
            this.offset = offset;
            this.whence = whence;
        }

        @Override
        public void run() {
            long found = 0;
            IOException thrown = null;
            try {
                found = object.handle.lseek(offset, whence);
            } catch (IOException storage) {
                thrown = storage;
            } catch (Throwable fault) {
                thrown = fault(fault);
            }
            object.lock.lock();
            try {
                answer = found;
                failure = thrown;
                done = true;
                object.callEnded();
                object.changed.signalAll();
            } finally {
                object.lock.unlock();
            }
        }
    }
}
