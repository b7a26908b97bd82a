package io.conveyor;

import java.io.Flushable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.OpenOption;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

// Keep this interface on one screen: whoever wraps a conveyor implements all of it.

/**
 * A stored object as a seekable, readable, writable channel whose latency is hidden.
 *
 * <p><b>What is promised.</b> Writes return when their bytes are copied; they reach storage in the background, overlapping ones in the
 * order of acceptance. A read that begins after a write returned sees that write. The first background failure sticks: until it
 * is cleared {@link #write(ByteBuffer) write}, {@link #truncate truncate}, {@link #seek seek}, {@link #flush flush}, {@link #sync sync}
 * and {@link #close close} throw {@link WriteBehindException}, reads go on, and the bytes stay. A failed prefetch is never sticky.
 *
 * <p><b>Threads.</b> Every method may be called from any thread. Operations at the cursor are atomic: two threads never interleave or
 * overlap there. Operations at a given position run side by side. A wait is bounded by the timeouts of {@link ConveyorOptions}. An
 * interrupt ends a wait with {@link java.io.InterruptedIOException}, keeps the thread's interrupt flag, leaves the conveyor open and
 * loses nothing; {@link #close} and {@link #abort} do not react to it. A call that is blocked while another thread closes ends with
 * {@link java.nio.channels.AsynchronousCloseException}; a call after that throws {@link java.nio.channels.ClosedChannelException}.
 *
 * <p><b>Buffers.</b> Heap, direct, sliced and (as a source) read-only buffers are all fine; none is retained after the call has returned.
 * Positions and sizes are bytes.
 */
public interface Conveyor extends SeekableByteChannel, Flushable {

    /** The key the conveyor was opened with. */
    String key();

    /** The options the conveyor was opened with, defaults included; immutable. */
    Set<OpenOption> openOptions();

    /**
     * Reads at the cursor and moves it. Fills {@code dst} unless the end of the object comes first; the position of {@code dst} moves by
     * the bytes read, its limit stays. If the call throws, neither the cursor nor the position has moved, and what the buffer holds
     * beyond its position is undefined.
     *
     * @return the number of bytes read, or -1 at or past the end, or 0 only if nothing remains in {@code dst}
     * @throws java.nio.channels.NonReadableChannelException if not opened for reading
     * @throws IOException if storage fails to deliver a byte that is not pending, after the retries allowed
     */
    @Override
    int read(ByteBuffer dst) throws IOException;

    /**
     * Writes at the cursor (with {@code APPEND} at the logical end) and moves the cursor behind what was written. Takes all that remains
     * in {@code src}, or throws; {@code src.position()} then tells how many bytes were accepted, and those stay accepted. The buffer may
     * be reused at once. Waits up to the write timeout for room.
     *
     * @return the number of bytes that remained in {@code src}
     * @throws java.nio.channels.NonWritableChannelException if not opened for writing
     * @throws BackPressureTimeoutException if storage did not make room in time
     * @throws WriteBehindException if an earlier background failure has not been cleared; with {@code SYNC} or {@code DSYNC} also if these
     *     bytes were accepted but could not be made durable
     */
    @Override
    int write(ByteBuffer src) throws IOException;

    /**
     * The cursor. O(1), without I/O.
     *
     * @throws java.nio.channels.ClosedChannelException if closed
     */
    @Override
    long position() throws IOException;

    /**
     * Moves the cursor. O(1), without I/O, no barrier; past the end is legal, and changes the size only when something is written there.
     *
     * @throws IllegalArgumentException if {@code newPosition} is negative
     * @throws java.nio.channels.ClosedChannelException if closed
     */
    @Override
    Conveyor position(long newPosition) throws IOException;

    /**
     * Moves the cursor as {@code lseek(2)} does. This is a barrier: everything accepted before is handed to storage first, so that a failed
     * write shows here; it does not publish what is not yet visible. To move without waiting, use {@link #position(long)}.
     *
     * @param offset in bytes, relative to {@code whence}
     * @return the new cursor, or -1, the cursor unmoved, if {@link Whence#DATA} or {@link Whence#HOLE} finds nothing at or after the offset
     * @throws IllegalArgumentException if the cursor would become negative
     * @throws WriteBehindException if an earlier write failed
     * @throws StorageException of kind TIMEOUT if the flush timeout ends first; not sticky, the work goes on
     */
    long seek(long offset, Whence whence) throws IOException;

    /**
     * Reads at {@code position} and leaves the cursor alone; otherwise as {@link #read(ByteBuffer)}.
     *
     * @throws IllegalArgumentException if {@code position} is negative
     * @throws java.nio.channels.NonReadableChannelException if not opened for reading
     */
    int read(ByteBuffer dst, long position) throws IOException;

    /**
     * Writes at {@code position} and leaves the cursor alone; otherwise as {@link #write(ByteBuffer)}. Beyond the end it leaves a hole that
     * reads as zeros.
     *
     * @throws IllegalArgumentException if {@code position} is negative
     * @throws UnsupportedOperationException if opened with {@code APPEND}
     * @throws java.nio.channels.NonWritableChannelException if not opened for writing
     */
    int write(ByteBuffer src, long position) throws IOException;

    /**
     * The logical size in bytes, pending writes included.
     *
     * @throws IOException if storage had to be asked and did not answer
     */
    @Override
    long size() throws IOException;

    /**
     * Cuts the object to {@code size} bytes, pending bytes included. Takes its place among the writes, without waiting for storage; fails as
     * a write does. A size at or above the current one changes nothing. A cursor beyond {@code size} moves to it.
     *
     * @throws IllegalArgumentException if {@code size} is negative
     * @throws java.nio.channels.NonWritableChannelException if not opened for writing
     */
    @Override
    Conveyor truncate(long size) throws IOException;

    /**
     * Returns when everything accepted before this call is visible to others in storage. Where the store publishes whole versions (S3) this
     * is the commit of one; under {@link ConveyorOpenOption#ATOMIC_REPLACE} it drains to the draft and publishes nothing.
     *
     * @throws WriteBehindException if something accepted before this call could not be written; it stays accepted
     * @throws ConflictException if the store refused the commit because somebody else changed the object
     * @throws StorageException of kind TIMEOUT if the flush timeout ends first; not sticky, the work goes on
     */
    @Override
    void flush() throws IOException;

    /**
     * As {@link #flush()}, and then returns when it is durable against a loss of power, as far as the store can promise that.
     *
     * @throws WriteBehindException as for {@link #flush()}
     * @throws StorageException of kind TIMEOUT if the flush timeout ends first; not sticky, the work goes on
     */
    void sync() throws IOException;

    /**
     * The sticky failure, if there is one; after a close that could not store everything, or an abort after a failure, what was missing then. Never blocks. Each call
     * makes a new exception object.
     */
    Optional<WriteBehindException> failure();

    /**
     * Clears the sticky failure and drives the retained bytes to storage again, in order. Returns at once.
     *
     * <p>After a failed sync some of the bytes concerned may already have left memory; then nothing is cleared and the answer is false
     * until the ranges that {@link WriteBehindException#unwritten()} names were written anew, which is allowed from the first such call on.
     *
     * @return true if there was a failure and its bytes will be driven again
     */
    boolean clearError();

    /**
     * Ends a conflict that {@link ConflictException} reported.
     *
     * @throws IOException if the resolution itself fails; the conflict then stays. If it has timed out the store may still resolve it, which counts then
     * @throws IllegalStateException if there is no conflict, or if one is being resolved already
     * @throws UnsupportedOperationException if the store knows no such resolution
     */
    void resolve(ConflictResolution resolution) throws IOException;

    /** A consistent snapshot of the figures so far. Never blocks for I/O. Works after close, too. */
    ConveyorStats stats();

    /**
     * For how long at most the oldest accepted byte has waited that storage has not taken; zero if none waits, or if the conveyor does not know. Never
     * blocks for I/O.
     */
    default Duration pendingAge() {
        return Duration.ZERO;
    }

    /**
     * An input stream that reads at the cursor; one thread at a time. Closing it does not close the conveyor.
     *
     * @throws java.nio.channels.NonReadableChannelException if not opened for reading
     */
    default InputStream newInputStream() {
        return ConveyorInput.over(this, false);
    }

    /**
     * An output stream that writes at the cursor; one thread at a time. Closing it does not close the conveyor; its {@code flush()} does
     * nothing.
     *
     * @throws java.nio.channels.NonWritableChannelException if not opened for writing
     */
    default ConveyorOutputStream newOutputStream() {
        return ConveyorOutput.over(this, false);
    }

    /**
     * Throws away what storage has not received and closes. Where the store publishes whole versions, and under {@link
     * ConveyorOpenOption#ATOMIC_REPLACE}, the object stays as it was at the last flush (before open, respectively); elsewhere what was already
     * written stays written. Idempotent; no effect after {@link #close()}.
     *
     * @throws IOException if the backend could not undo its part; the conveyor is closed and everything is released all the same
     */
    void abort() throws IOException;

    /**
     * Flushes and releases everything, even when the flush fails or the close timeout ends first. Idempotent. Not interruptible: the
     * interrupt flag is kept for later.
     *
     * <p><b>Beware.</b> In try-with-resources this runs on an exception, too, and publishes what was written until then. Where half an object
     * must never be seen use {@link ConveyorFactory#write}, or open with {@link ConveyorOpenOption#ATOMIC_REPLACE} and {@link #abort()} on
     * failure. Without a journal, bytes that could not be written are gone after close; {@link #flush()} first to be able to retry.
     *
     * @throws WriteBehindException names the ranges that are not in storage; what it calls retained is in the journal. {@link #failure()} says the same from then on
     * @throws ConflictException if the store refused the commit because somebody else changed the object
     * @throws java.nio.channels.AsynchronousCloseException if this is a draft that its factory has dropped, as that was closed; once, to whoever closes next
     */
    @Override
    void close() throws IOException;
}
