package io.conveyor.spi;

import io.conveyor.ConflictResolution;
import io.conveyor.Whence;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An open object: blocking, positional, without a cursor.
 *
 * <p><b>Threads.</b> {@link #pread} may overlap everything. Up to {@link StorageCapabilities#maxConcurrentWrites} calls of {@link #pwrite} run
 * at once, never two on overlapping ranges. {@link #flush}, {@link #sync}, {@link #commit} and {@link #truncate} run alone among the changing
 * calls, but for a flush beside appends where {@link StorageCapabilities#flushesBesideAppends} allows it: one at a time. {@link #abort} may come at any time, {@link #close} comes last. The engine calls changing methods only from threads that nobody
 * interrupts; {@code pread} and {@code lseek} may come from an application's thread if {@link StorageCapabilities#interruptSafeReads} says so. The first {@code
 * lseek}, for the size, comes from the thread that has opened the handle.
 *
 * <p><b>Buffers.</b> The position of a buffer moves by the bytes transferred, also when the call throws after some of them; its limit stays.
 * No buffer is retained after the call has returned, unless it was consumed into what the store's protocol forces the handle to hold
 * back, as a copy. <b>Order.</b> What {@code pwrite} took is seen by a later {@code pread} of the same handle.
 *
 * <p><b>Failures.</b> As for {@link StorageBackend}. A failed call leaves each byte of its range old or new, and all others untouched.
 */
public interface StorageHandle extends Closeable {

    /**
     * Reads into {@code dst} from {@code offset}; may be short.
     *
     * @return bytes read, at least 1 if {@code dst} has room, or -1 at or past the end
     * @throws java.nio.channels.NonReadableChannelException if the handle was opened without {@code READ}
     */
    int pread(ByteBuffer dst, long offset) throws IOException;

    /**
     * Reads into several buffers, one after the other; may be short. A store that pays per request overrides this.
     *
     * @return bytes read, or -1 at or past the end
     */
    default long pread(ByteBuffer[] dsts, long offset) throws IOException {
        long total = 0;
        for (ByteBuffer dst : dsts) {
            int room = dst.remaining();
            if (room == 0) {
                continue;
            }
            int count = pread(dst, offset + total);
            if (count < 0) {
                return total == 0 ? -1 : total;
            }
            total += count;
            if (count < room) {
                return total;
            }
        }
        return total;
    }

    /**
     * Nobody has read for some seconds, and perhaps nobody will: lets go what is kept open to read on, such as a connection. The next read opens it anew. May
     * overlap every other call but {@link #close}, and may come after {@link #abort}; from a thread that nobody interrupts, and only where {@link
     * StorageCapabilities#continuesReads} says that there is such a thing.
     */
    default void restReads() {}

    /**
     * Writes from {@code src} at {@code offset}; may be short. Beyond the end it leaves a hole that reads as zeros.
     *
     * @return bytes written, at least 1 if {@code src} has any
     * @throws java.nio.channels.NonWritableChannelException if the handle was opened without {@code WRITE}
     */
    int pwrite(ByteBuffer src, long offset) throws IOException;

    /**
     * Writes several buffers, one after the other, at {@code offset}; may be short, within a buffer too. A store that pays per request
     * overrides this. The buffers hold at most {@link Integer#MAX_VALUE} bytes together.
     *
     * @return bytes written, at least 1 if there are any
     */
    default int pwrite(ByteBuffer[] srcs, long offset) throws IOException {
        int total = 0;
        for (ByteBuffer src : srcs) {
            int length = src.remaining();
            if (length == 0) {
                continue;
            }
            int count = pwrite(src, offset + total);
            total += count;
            if (count < length) {
                return total;
            }
        }
        return total;
    }

    /**
     * As {@link #pwrite(ByteBuffer[], long)}; and nothing behind these bytes is going to be written before the next flush, sync or commit, so that what the
     * handle holds back because more might come may go now, beside what is still on its way. Only a hint: more may come all the same, and other writes may
     * be under way.
     *
     * @return bytes written, at least 1 if there are any; if not all, the hint holds for the end of what was given
     */
    default int pwriteLast(ByteBuffer[] srcs, long offset) throws IOException {
        return pwrite(srcs, offset);
    }

    /**
     * How many bytes the store would like to be given at once from {@code offset} on. 0, the default, leaves it to {@link
     * StorageCapabilities#preferredWriteBytes}.
     */
    default long preferredWriteBytes(long offset) {
        return 0;
    }

    /**
     * Answers questions about the layout; moves nothing. Only {@link Whence#END} (the size plus {@code offset}), {@link Whence#DATA} and {@link
     * Whence#HOLE} are asked. A store that knows no holes answers {@code offset} for DATA and the size for HOLE.
     *
     * @return the answer, or -1 if there is no data (hole) at or after {@code offset}
     */
    long lseek(long offset, Whence whence) throws IOException;

    /**
     * Cuts the object to {@code size}, which is below the current one.
     *
     * @throws java.nio.channels.NonWritableChannelException if the handle was opened without {@code WRITE}
     */
    void truncate(long size) throws IOException;

    /** Makes what was written visible to others; what that means is {@link StorageCapabilities#flushEffect}. */
    void flush() throws IOException;

    /** Makes what was written durable; what that means is {@link StorageCapabilities#syncEffect}. */
    void sync() throws IOException;

    /**
     * Publishes a draft opened with {@link io.conveyor.ConveyorOpenOption#ATOMIC_REPLACE}, durably and in one step. By default {@link #sync()}.
     *
     * @throws io.conveyor.ConflictException if somebody else changed the object in a way that the open options forbid
     */
    default void commit() throws IOException {
        sync();
    }

    /**
     * Ends a conflict that one of the other calls reported; see {@link ConflictResolution}.
     *
     * @throws UnsupportedOperationException if the store knows no such resolution
     */
    default void resolve(ConflictResolution resolution) throws IOException {
        throw new UnsupportedOperationException(resolution + " is not supported by this store");
    }

    /**
     * How often the store lost something and made up for it while this handle wrote, so that no call had to fail. Only grows; answers without
     * I/O, on any thread, on a closed handle too.
     */
    default long recoveries() {
        return 0;
    }

    /**
     * What names the stored content that this handle builds on: what was opened, or what this handle has published since. Two handles that say the same
     * build on the same. Null if nothing is stored yet, or if the store has no such thing. Free of I/O.
     */
    default @Nullable String version() {
        return null;
    }

    /**
     * What {@link StorageBackend#open} needs to take over, or to clear away, what this handle leaves at the store if its process dies: an unfinished
     * upload, or a lease. Free of I/O, on any thread. A token that outlived what it names does no harm. It does no good beyond {@link
     * ResumeToken#MOST_BYTES}: a journal does not keep it then.
     */
    default Optional<ResumeToken> resumeToken() {
        return Optional.empty();
    }

    /**
     * Has {@code changed} run whenever {@link #resumeToken} has a new answer, inside the call that changes it and before that call depends on it. It does no
     * I/O. Called at most once, before anything is written.
     */
    default void onResumeToken(Runnable changed) {}

    /**
     * Has {@link #resumeToken} stand for bytes that were written and are not published: what the store has acknowledged of those before {@code before}, in a
     * form that outlives this process. They need no journal then. Whoever is given the token goes on behind them. Called only as long as everything since the
     * last publication was appended, in order; afterwards nothing is written below the result, or cut off, before the next publication. Free of I/O.
     *
     * @param before all bytes below it have been taken by {@link #pwrite}
     * @return the end of what the token stands for, as {@link #onResumeToken} has been told; 0 for nothing
     */
    default long entrust(long before) {
        return 0;
    }

    /** What became of bytes that a {@link ResumeToken} stood for. */
    enum Resumed {
        /** The token stood for none, or they are gone. */
        NOTHING,
        /** They are in this handle, up to its size as it was opened; the object is without them. */
        UNFINISHED,
        /** They were published, with everything else that was then to be: the object has them. */
        PUBLISHED
    }

    /** What became of the bytes that the token stood for that this was opened with; see {@link #entrust}. Free of I/O. */
    default Resumed resumed() {
        return Resumed.NOTHING;
    }

    /**
     * Undoes what has not been published, and releases the handle: all of it where whole versions are published ({@link
     * StorageCapabilities#atomicCommit}, {@link io.conveyor.ConveyorOpenOption#ATOMIC_REPLACE}), elsewhere what the store can; of what was written and not
     * flushed any part may stay there, and be visible. Idempotent.
     */
    void abort() throws IOException;

    /**
     * Releases the handle, and leaves at the store what {@link #resumeToken} stands for ({@link #entrust}). Where whole versions are published ({@link
     * StorageCapabilities#atomicCommit}, {@link io.conveyor.ConveyorOpenOption#ATOMIC_REPLACE}) it publishes nothing; elsewhere what was written and not
     * flushed may be visible afterwards, in part or as a whole: a file has it already, and one of HDFS is shown up to its end when it is closed. Idempotent.
     */
    @Override
    void close() throws IOException;
}
