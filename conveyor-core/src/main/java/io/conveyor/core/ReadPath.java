package io.conveyor.core;

import io.conveyor.core.read.AccessPattern.Stream;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * How bytes get to a caller: pending ones from the write log, others from blocks fetched ahead, else from storage; then the overlay.
 *
 * <p>Storage is asked on the caller's own thread where an interrupt does no harm there, else by a worker; a hand-off costs some thirty times a read that
 * finds its bytes in memory.
 */
final class ReadPath {

    private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(64 << 10).asReadOnlyBuffer();

    /** The most bytes copied from memory before others get their turn. */
    private static final int MOST_FROM_MEMORY = 1 << 20;

    /** Reads that are kept for later: more threads than that reading one object at a time are rare, and may allocate. */
    private static final int MOST_RESTING = 16;

    /** The answer of a read that has to be made again. */
    private static final int VOID = -2;

    private final OpenObject object;
    private final WritePath writePath;
    private final Pread pread;
    private final BlockFetches fetches;
    private final StoredSize size;
    private @Nullable StorageRead resting;
    private int restingReads;

    ReadPath(OpenObject object, WritePath writePath, StoredSize size) {
        this.object = object;
        this.writePath = writePath;
        this.pread = new Pread(object.handle, object.key);
        this.fetches = new BlockFetches(object, writePath, pread);
        this.size = size;
    }

    /**
     * Reads at {@code position}; the lock is held, and is given up while storage is asked. A read that throws leaves the buffer's position where it was.
     *
     * @return bytes read, or -1 at or past the end
     */
    int read(ByteBuffer dst, long position) throws IOException {
        if (!dst.hasRemaining()) {
            return 0;
        }
        int start = dst.position();
        try {
            return readPieces(dst, position);
        } catch (Throwable failed) {
            dst.position(start);
            throw failed;
        }
    }

    private int readPieces(ByteBuffer dst, long position) throws IOException {
        size.refreshIfStale();
        int start = dst.position();
        int count = readPiece(dst, position);
        while (count > 0 && dst.hasRemaining() && position + (dst.position() - start) < object.writes.size()) {
            unlock();
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

    /**
     * Gives up the lock after a read, or in the midst of one. Where nothing is pending, and nobody is to be called, a read has changed nothing that the
     * write path would have to look at.
     */
    void unlock() {
        if (object.writes.isClean() && !object.hasAfterwards()) {
            object.lock.unlock();
        } else {
            writePath.unlock();
        }
    }

    private int readPiece(ByteBuffer dst, long position) throws IOException {
        int count = tryPiece(dst, position);
        while (count == VOID) {
            count = tryPiece(dst, position);
        }
        dst.position(dst.position() + Math.max(0, count));
        return count;
    }

    /** Reads a piece, and leaves the buffer's position; {@link #VOID} if what it counted on was dropped meanwhile. */
    private int tryPiece(ByteBuffer dst, long position) throws IOException {
        if (position >= object.writes.size() && !size.grew(position)) {
            return -1;
        }
        int length = (int) Math.min(dst.remaining(), object.writes.size() - position);
        Stream stream = object.ahead.observe(position, position + length);
        int count = fromMemory(dst, position, length);
        if (count < 0) {
            count = fromStorage(dst, position, length, stream);
        } else {
            fetches.prefetch(stream, null);
        }
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
        StorageRead read = takeRead();
        read.begin(dst, position, stream, began);
        object.writes.beginRead(read.active, position, end);
        object.calls++;
        try {
            long stored = Math.min(end, object.writes.storageEnd());
            long from = Math.min(stored, object.writes.firstGapForStorage(position, end));
            long to = Math.max(from, Math.min(stored, object.writes.lastGapForStorage(from, end)));
            long reached = read.run(from, to);
            if (reached < to && reached < object.writes.storageEnd() && object.writes.isClean()) {
                // Somebody else made the object shorter; if it has grown again since, that is for the next read.
                size.refresh();
                length = (int) (reached - position);
            }
            object.checkStillOpen();
            if (read.active.isVoid()) {
                return VOID;
            }
            int now = (int) Math.min(length, object.writes.size() - position);
            if (now <= 0) {
                return -1;
            }
            complete(
                    dst,
                    position,
                    now,
                    Math.min(Math.min(stored, reached >= to ? stored : reached), read.active.lowestCut()));
            return now;
        } finally {
            object.callEnded();
            object.writes.endRead(read.active);
            writePath.unchargeRuns();
            object.counters.reads.stalled((read.clock() == began ? object.now() : read.clock()) - began);
            rest(read);
            object.changed.signalAll();
        }
    }

    private StorageRead takeRead() {
        StorageRead read = resting;
        if (read == null) {
            return new StorageRead(object, this, writePath, pread, fetches);
        }
        resting = read.next;
        read.next = null;
        restingReads--;
        return read;
    }

    private void rest(StorageRead read) {
        read.end();
        if (restingReads < MOST_RESTING) {
            read.next = resting;
            resting = read;
            restingReads++;
        }
    }
}
