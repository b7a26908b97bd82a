package io.conveyor.core;

import io.conveyor.ConflictResolution;
import io.conveyor.Conveyor;
import io.conveyor.ConveyorStats;
import io.conveyor.StorageException;
import io.conveyor.Whence;
import io.conveyor.WriteBehindException;
import io.conveyor.core.OpenObject.Life;
import io.conveyor.core.WritePath.Level;
import io.conveyor.core.failure.StickyFailure;
import io.conveyor.spi.ResumeToken;
import io.conveyor.spi.StorageHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.file.OpenOption;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The face of an open object: checks what it is given, keeps the cursor, and waits for barriers. What it promises is said by {@link Conveyor}; how writing
 * and reading work is in {@link WritePath} and {@link ReadPath}, how a conflict is resolved in {@link ConflictResolver}, and how it ends in {@link Closing}.
 *
 * <p>A cursor operation that has to give up the lock keeps the cursor's turn meanwhile, and others wait for it; one that does not never takes it.
 */
final class BufferedConveyor implements Conveyor {

    private static final Logger LOG = LoggerFactory.getLogger(BufferedConveyor.class);

    private final OpenObject object;
    private final WritePath writePath;
    /** Made by the first read: many conveyors only write, and most are idle. */
    private @Nullable ReadPath readPath;

    private final StoredSize storedSize;
    private final Neighbours neighbours;
    private long cursor;
    private boolean cursorTaken;
    private int cursorWaiters;

    /**
     * A conveyor that is open.
     *
     * @param neighbours what the factory does for it
     */
    BufferedConveyor(OpenObject object, Neighbours neighbours) {
        this.object = object;
        this.neighbours = neighbours;
        int mostTurns =
                Math.min(object.writes.mostCalls(), object.engine.workers().fairShare());
        this.writePath = new WritePath(object, this, mostTurns, neighbours);
        this.storedSize = new StoredSize(object, writePath);
        this.cursor = object.mode.isAppending() ? object.writes.size() : 0;
    }

    /** What a factory does for its conveyors; never called with a conveyor's lock held. */
    interface Neighbours {

        /** Memory is short: everybody is to give back what they can. False if somebody was busy, and is to be asked again. */
        boolean relieve();

        /** Something new may be seen in storage. */
        void published(Conveyor by);

        /** No storage call of the conveyor is under way any more, and the handle is closed. */
        void released(BufferedConveyor conveyor);
    }

    @Override
    public String key() {
        return object.key;
    }

    @Override
    public Set<OpenOption> openOptions() {
        return object.mode.options();
    }

    // ---------------------------------------------------------------- reading

    @Override
    public int read(ByteBuffer dst) throws IOException {
        checkReadable(dst);
        object.lock.lock();
        try {
            object.checkOpen();
            takeCursor();
            try {
                int count = readPath().read(dst, cursor);
                cursor += Math.max(0, count);
                return count;
            } finally {
                giveCursor();
            }
        } finally {
            unlockAfterRead();
        }
    }

    @Override
    public int read(ByteBuffer dst, long position) throws IOException {
        checkReadable(dst);
        checkPosition("position", position);
        object.lock.lock();
        try {
            object.checkOpen();
            return readPath().read(dst, position);
        } finally {
            unlockAfterRead();
        }
    }

    private ReadPath readPath() {
        ReadPath path = readPath;
        if (path == null) {
            path = new ReadPath(object, writePath, storedSize);
            readPath = path;
        }
        return path;
    }

    private void unlockAfterRead() {
        ReadPath path = readPath;
        if (path == null) {
            writePath.unlock();
        } else {
            path.unlock();
        }
    }

    private void checkReadable(ByteBuffer dst) {
        if (!object.mode.isReadable()) {
            throw new NonReadableChannelException();
        }
        if (dst.isReadOnly()) {
            throw new IllegalArgumentException("the destination buffer is read-only", new ReadOnlyBufferException());
        }
    }

    // ---------------------------------------------------------------- writing

    @Override
    public int write(ByteBuffer src) throws IOException {
        checkWritable();
        int start = src.position();
        boolean extended = false;
        long target;
        object.lock.lock();
        try {
            extended = !cursorTaken && writePath.extend(src, cursor);
            if (extended) {
                cursor += src.position() - start;
            } else {
                writeInTurn(src);
            }
            target = object.writes.accepted();
        } finally {
            unlockAfterWrite(extended);
        }
        return written(src.position() - start, target);
    }

    /** A write that continued the open run has changed nothing that anybody would have to be told. */
    private void unlockAfterWrite(boolean extended) {
        if (extended) {
            object.lock.unlock();
        } else {
            writePath.unlock();
        }
    }

    private void writeInTurn(ByteBuffer src) throws IOException {
        object.checkOpen();
        takeCursor();
        try {
            writeAtCursor(src);
        } finally {
            giveCursor();
        }
    }

    private void writeAtCursor(ByteBuffer src) throws IOException {
        int start = src.position();
        long at = object.mode.isAppending() ? storedSize.size() : cursor;
        checkFits(at, src.remaining());
        try {
            writePath.write(src, at);
        } finally {
            if (src.position() > start) {
                cursor = at + (src.position() - start);
            }
        }
    }

    @Override
    public int write(ByteBuffer src, long position) throws IOException {
        checkWritable();
        checkPosition("position", position);
        if (object.mode.isAppending()) {
            throw new UnsupportedOperationException(
                    "'" + object.key + "' is open with APPEND: every write goes to the end");
        }
        int start = src.position();
        boolean extended = false;
        long target;
        object.lock.lock();
        try {
            extended = writePath.extend(src, position);
            if (!extended) {
                object.checkOpen();
                checkFits(position, src.remaining());
                writePath.write(src, position);
            }
            target = object.writes.accepted();
        } finally {
            unlockAfterWrite(extended);
        }
        return written(src.position() - start, target);
    }

    private int written(int count, long target) throws IOException {
        if (count > 0) {
            settle(target, "write");
        }
        return count;
    }

    /** Waits for what the mode and the journal promise of what has just been accepted. */
    private void settle(long target, String operation) throws IOException {
        if (object.mode.isSynchronous()) {
            barrier(Level.DURABLE, target, operation);
        } else if (object.journal != null && object.journal.forcesEveryWrite()) {
            object.journal.force(object, target);
        }
    }

    private void checkWritable() {
        if (!object.mode.isWritable()) {
            throw new NonWritableChannelException();
        }
    }

    private void checkFits(long at, int length) throws IOException {
        if (at > object.store.maxObjectBytes() - length) {
            throw new StorageException(
                    StorageException.Kind.TOO_LARGE,
                    StorageException.Retry.NEVER,
                    "write",
                    object.key,
                    null,
                    length + " bytes at " + at + " would exceed the store's largest object of "
                            + object.store.maxObjectBytes() + " bytes",
                    null);
        }
    }

    private static void checkPosition(String name, long position) {
        if (position < 0) {
            throw new IllegalArgumentException(name + " " + position + " is negative");
        }
    }

    @Override
    public Conveyor truncate(long size) throws IOException {
        checkWritable();
        checkPosition("size", size);
        long target;
        object.lock.lock();
        try {
            object.checkOpen();
            takeCursor();
            try {
                storedSize.size();
                writePath.truncate(size);
                cursor = Math.min(cursor, size);
            } finally {
                giveCursor();
            }
            target = object.writes.accepted();
        } finally {
            writePath.unlock();
        }
        if (object.journal != null && object.journal.forcesEveryWrite()) {
            object.journal.force(object, target);
        }
        return this;
    }

    // ---------------------------------------------------------------- the cursor

    @Override
    public long position() throws IOException {
        object.lock.lock();
        try {
            object.checkOpen();
            return cursor;
        } finally {
            object.lock.unlock();
        }
    }

    @Override
    public Conveyor position(long newPosition) throws IOException {
        checkPosition("position", newPosition);
        object.lock.lock();
        try {
            object.checkOpen();
            takeCursor();
            cursor = newPosition;
            giveCursor();
        } finally {
            object.lock.unlock();
        }
        return this;
    }

    /** Waits while another thread's operation has the cursor; the lock is held. */
    private void takeCursor() throws IOException {
        if (cursorTaken) {
            long deadline = object.now() + object.options.flushTimeout().toNanos();
            cursorWaiters++;
            try {
                while (cursorTaken) {
                    if (!object.awaitChange(deadline, 0)) {
                        throw object.timeout(
                                "cursor",
                                null,
                                "another thread has used the cursor for " + object.options.flushTimeout());
                    }
                    object.checkStillOpen();
                }
            } finally {
                cursorWaiters--;
            }
        }
        cursorTaken = true;
    }

    private void giveCursor() {
        cursorTaken = false;
        if (cursorWaiters > 0) {
            object.changed.signalAll();
        }
    }

    @Override
    public long seek(long offset, Whence whence) throws IOException {
        object.lock.lock();
        try {
            object.checkOpen();
            takeCursor();
            try {
                if (object.mode.isWritable()) {
                    object.checkNoFailure();
                    writePath.await(Level.WRITTEN, object.writes.accepted(), "seek");
                }
                long found = target(offset, whence);
                if (found >= 0) {
                    cursor = found;
                }
                return found;
            } finally {
                giveCursor();
            }
        } finally {
            writePath.unlock();
        }
    }

    private long target(long offset, Whence whence) throws IOException {
        return switch (whence) {
            case SET -> checked(offset, 0, whence);
            case CUR -> checked(offset, cursor, whence);
            case END -> checked(offset, storedSize.size(), whence);
            case DATA, HOLE -> {
                checkPosition("offset", offset);
                yield offset >= storedSize.size() ? -1 : storedSize.seek(offset, whence);
            }
        };
    }

    private static long checked(long offset, long base, Whence whence) {
        long target = base + offset;
        if (target < 0) {
            throw new IllegalArgumentException("offset " + offset + " from " + whence + " (" + base
                    + ") is not a position from 0 to " + Long.MAX_VALUE);
        }
        return target;
    }

    @Override
    public long size() throws IOException {
        object.lock.lock();
        try {
            object.checkOpen();
            return storedSize.size();
        } finally {
            object.lock.unlock();
        }
    }

    // ---------------------------------------------------------------- barriers and failures

    @Override
    public void flush() throws IOException {
        barrier(Level.VISIBLE, -1, "flush");
    }

    @Override
    public void sync() throws IOException {
        barrier(Level.DURABLE, -1, "sync");
    }

    private void barrier(Level level, long target, String operation) throws IOException {
        object.lock.lock();
        try {
            object.checkOpen();
            if (object.mode.isWritable()) {
                if (target < 0) {
                    object.checkNoFailure();
                }
                // a draft is not to be seen before its commit: there it is enough that the handle has it
                Level reached = object.mode.isDraft() ? Level.WRITTEN : level;
                writePath.await(reached, target < 0 ? object.writes.accepted() : target, operation);
            }
        } finally {
            writePath.unlock();
        }
    }

    @Override
    public Optional<WriteBehindException> failure() {
        object.lock.lock();
        try {
            return object.hasFailed() ? Optional.of(object.failureNow()) : Optional.empty();
        } finally {
            object.lock.unlock();
        }
    }

    @Override
    public boolean clearError() {
        boolean cleared;
        object.lock.lock();
        try {
            cleared = object.life == Life.OPEN && object.writes.clear();
            object.changed.signalAll();
        } finally {
            writePath.unlock();
        }
        if (cleared) {
            Listeners.tell(() -> object.engine.listener().cleared(this));
        }
        return cleared;
    }

    @Override
    public void resolve(ConflictResolution resolution) throws IOException {
        new ConflictResolver(object, writePath, this, resolution).resolve();
    }

    @Override
    public ConveyorStats stats() {
        object.lock.lock();
        try {
            boolean closed = object.life == Life.CLOSED;
            return object.counters.snapshot(
                    closed ? object.ahead.lastStats() : object.ahead.stats(),
                    object.writes.watermarks(),
                    closed ? 0 : object.writes.pendingBytes(),
                    object.handle.recoveries());
        } finally {
            object.lock.unlock();
        }
    }

    @Override
    public Duration pendingAge() {
        object.lock.lock();
        try {
            return Duration.ofNanos(writePath.pendingNanos());
        } finally {
            object.lock.unlock();
        }
    }

    // ---------------------------------------------------------------- the end

    @Override
    public boolean isOpen() {
        object.lock.lock();
        try {
            return object.life == Life.OPEN;
        } finally {
            object.lock.unlock();
        }
    }

    @Override
    public void close() throws IOException {
        closing(object.options.closeTimeout().toNanos()).close();
    }

    /**
     * Closes, and makes sure that nobody else has done so.
     *
     * @throws AsynchronousCloseException if somebody has
     */
    void complete() throws IOException {
        if (!closing(object.options.closeTimeout().toNanos()).close()) {
            throw new AsynchronousCloseException();
        }
    }

    @Override
    public void abort() throws IOException {
        closing(object.options.closeTimeout().toNanos()).abort();
    }

    private Closing closing(long timeoutNanos) {
        return new Closing(object, writePath, this, () -> neighbours.released(this), timeoutNanos);
    }

    // ---------------------------------------------------------------- for the factory

    /** Gives back what can be given back, and drives what is pending; false, and nothing is done, if somebody holds the lock. */
    boolean relieve() {
        if (!object.lock.tryLock()) {
            return false;
        }
        try {
            object.ahead.invalidateAll();
            object.writes.press();
            if (object.journal != null) {
                object.journal.relieve(object);
            }
        } finally {
            writePath.unlock();
        }
        return true;
    }

    /** Sets everything in motion that close will wait for. */
    void startDraining() {
        object.lock.lock();
        try {
            if (object.life == Life.OPEN && object.mode.isWritable() && object.writes.failure() == null) {
                if (object.mode.isDraft()) {
                    object.writes.drive(object.writes.accepted());
                } else {
                    object.writes.wantVisible(object.writes.accepted());
                }
            }
        } finally {
            writePath.unlock();
        }
    }

    /** Closes as the factory closes: a draft that is still open is aborted, because nobody has said that it is complete. */
    void closeWithFactory(long timeoutNanos) throws IOException {
        if (object.mode.isDraft() || object.replaying) {
            closing(timeoutNanos).abortWithFactory();
        } else {
            closing(timeoutNanos).close();
        }
    }

    /** Another conveyor of the same key has changed the object in storage. */
    void othersPublished() {
        if (!object.store.pinnedReads()) {
            object.lock.lock();
            try {
                storedSize.othersChanged();
            } finally {
                object.lock.unlock();
            }
        }
    }

    boolean isFailed() {
        object.lock.lock();
        try {
            return object.writes.failure() != null && object.life == Life.OPEN;
        } finally {
            object.lock.unlock();
        }
    }

    /** The version of the object that the handle builds on. */
    @Nullable
    String storedVersion() {
        return object.handle.version();
    }

    /** What became of bytes that a dead process had left to storage, and that are not published. */
    StorageHandle.Resumed resumed() {
        return object.handle.resumed();
    }

    /** Has what the handle wants its successor to know told to {@code journal}, now and whenever it changes. */
    void follow(TokenJournal journal) throws IOException {
        object.handle.onResumeToken(() -> {
            try {
                tell(journal);
            } catch (IOException notNoted) {
                LOG.info("What '{}' leaves behind if its process dies could not be noted", object.key, notNoted);
            }
        });
        tell(journal);
    }

    private void tell(TokenJournal journal) throws IOException {
        ResumeToken token = object.handle.resumeToken().orElse(null);
        if (token != null) {
            journal.note(token.value());
        }
    }

    /** Where tokens are noted. */
    interface TokenJournal {

        /** Notes one. */
        void note(byte[] token) throws IOException;
    }

    /** Whether this writes what a journal held, which is not complete before it says so. */
    boolean isReplaying() {
        return object.replaying;
    }

    /** What is left of the journal after close, if anything is; the failure that was the reason, or null. */
    @Nullable
    JournalUse journal() {
        return object.journal;
    }

    /** Why storage does not have everything, if it is known. */
    @Nullable
    Throwable cause() {
        object.lock.lock();
        try {
            StickyFailure failure = object.writes.failure();
            return failure == null ? null : failure.cause();
        } finally {
            object.lock.unlock();
        }
    }

    /** Forces the journal in the background. */
    void forceJournal() {
        JournalUse journal = object.journal;
        if (journal != null) {
            try {
                journal.force(object, Long.MAX_VALUE);
            } catch (Throwable disk) {
                // whatever it is: the journals of others are to be forced all the same
                LOG.error("The journal of '{}' does not survive a loss of power any more", object.key, disk);
            }
        }
    }

    boolean isWriting() {
        return object.mode.isWritable();
    }

    @Override
    public String toString() {
        return "Conveyor['" + object.key + "' " + object.mode.options() + "]";
    }
}
