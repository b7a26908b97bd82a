package io.conveyor.backend.posix;

import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import io.conveyor.ConflictException;
import io.conveyor.Extent;
import io.conveyor.Whence;
import io.conveyor.backend.posix.ObjectFile.Opened;
import io.conveyor.backend.posix.PosixErrors.Intent;
import io.conveyor.spi.StorageHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.file.FileSystemException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One open file. What changes it has a descriptor of its own, so that no interrupt of a thread that reads, or asks for the size, closes the
 * file under a writer. The other one is opened when it is first needed: by a read, or by a question after the first change. When it cannot be
 * opened, the writer's is asked on a thread that nobody interrupts.
 *
 * <p><b>Threads.</b> As {@link StorageHandle} says. Reads and questions may run on threads that are interrupted; the other calls may too, and
 * put the interrupt off, but a {@link #sync} that is interrupted has an unknown outcome. <b>Failures</b> are those of {@link PosixErrors}; {@link io.conveyor.ConflictException} if the file has to be opened again and
 * its name means another one.
 */
final class PosixHandle implements StorageHandle {

    private final KeyPath at;
    private final ReopeningChannel asking;
    private final boolean readable;
    private final @Nullable ReopeningChannel writer;
    private final @Nullable Draft draft;
    private final WriterLock lock;
    private final PosixErrors errors;
    private final @Nullable DirectoryTree tree;
    private final Durability durability;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final Object firstChange = new Object();

    private volatile boolean pathIsDurable;

    /** Until the writer's channel changes something, it may be asked for the size, too; a handle that is idle costs one descriptor. */
    private volatile boolean changing;

    private PosixHandle(
            KeyPath at,
            ReopeningChannel asking,
            boolean readable,
            @Nullable ReopeningChannel writer,
            @Nullable Draft draft,
            WriterLock lock,
            PosixErrors errors,
            @Nullable DirectoryTree tree,
            Durability durability) {
        this.at = at;
        this.asking = asking;
        this.readable = readable;
        this.writer = writer;
        this.draft = draft;
        this.lock = lock;
        this.errors = errors;
        this.tree = tree;
        this.durability = durability;
    }

    /** A handle that only reads. */
    static PosixHandle reading(KeyPath at, Opened opened, PosixErrors errors) {
        ObjectFile file = opened.file();
        ReopeningChannel reader = ReopeningChannel.of(opened.channel(), () -> file.reopen(READ));
        return new PosixHandle(at, reader, true, null, null, WriterLock.none(), errors, null, Durability.FSYNC);
    }

    /** A handle that writes, and reads if the mode says so. */
    static PosixHandle writing(
            KeyPath at,
            Opened opened,
            OpenMode mode,
            @Nullable Draft draft,
            WriterLock lock,
            PosixErrors errors,
            DirectoryTree tree,
            Durability durability) {
        ObjectFile file = opened.file();
        ReopeningChannel writer = ReopeningChannel.of(
                opened.channel(), () -> mode.read() ? file.reopen(READ, WRITE) : file.reopen(WRITE));
        // who may only write cannot open it for reading either
        ReopeningChannel asking = ReopeningChannel.lazy(() -> file.reopen(mode.read() ? READ : WRITE));
        return new PosixHandle(at, asking, mode.read(), writer, draft, lock, errors, tree, durability);
    }

    @Override
    public int pread(ByteBuffer dst, long offset) throws IOException {
        requireOpen();
        if (!readable) {
            throw new NonReadableChannelException();
        }
        int start = dst.position();
        try {
            return read(dst, offset);
        } catch (IOException e) {
            throw errors.onChannel("pread", at, rest(dst, start, offset), e);
        }
    }

    private int read(ByteBuffer dst, long offset) throws IOException {
        int start = dst.position();
        try {
            return asking.read(dst, offset);
        } catch (FileSystemException | ConflictException cannotBeOpened) {
            // No descriptor is left, or the name means another file by now. The writer's is still there.
            ReopeningChannel own = writer;
            if (own == null) {
                throw cannotBeOpened;
            }
            int before = dst.position() - start;
            int count = OwnThread.call(() -> own.read(dst, offset + before));
            return count < 0 && before > 0 ? before : before + count;
        }
    }

    @Override
    public int pwrite(ByteBuffer src, long offset) throws IOException {
        ReopeningChannel channel = beginChange();
        if (offset > Long.MAX_VALUE - src.remaining()) {
            throw errors.beyondTheLargestFile("pwrite", at, offset, src.remaining());
        }
        int start = src.position();
        try {
            return channel.write(src, offset);
        } catch (IOException e) {
            throw errors.onChannel("pwrite", at, rest(src, start, offset), e);
        }
    }

    /** What the call that failed has not transferred. */
    private static Extent rest(ByteBuffer buffer, int start, long offset) {
        long from = offset + (buffer.position() - start);
        return new Extent(from, Math.min(buffer.remaining(), Long.MAX_VALUE - from));
    }

    /** END by the file's size. Java has no portable way to ask for holes, so none are reported. */
    @Override
    public long lseek(long offset, Whence whence) throws IOException {
        requireOpen();
        long size = size();
        return switch (whence) {
            case END -> Math.addExact(size, offset);
            case DATA -> offset < size ? requireOffset(offset) : -1;
            case HOLE -> requireOffset(offset) < size ? size : -1;
            case SET, CUR -> throw new IllegalArgumentException(whence + " is answered by the engine");
        };
    }

    private static long requireOffset(long offset) {
        if (offset < 0) {
            throw new IllegalArgumentException("offset " + offset + " is negative");
        }
        return offset;
    }

    private long size() throws IOException {
        try {
            ReopeningChannel own = writer;
            return own == null ? asking.size() : size(own);
        } catch (IOException e) {
            throw errors.onChannel("lseek", at, null, e);
        }
    }

    private long size(ReopeningChannel own) throws IOException {
        if (!changing) {
            synchronized (firstChange) {
                if (!changing) {
                    return own.size();
                }
            }
        }
        try {
            return asking.size();
        } catch (FileSystemException | ConflictException cannotBeOpened) {
            return OwnThread.call(own::size);
        }
    }

    @Override
    public void truncate(long size) throws IOException {
        ReopeningChannel channel = beginChange();
        try {
            channel.truncate(size);
        } catch (IOException e) {
            throw errors.onChannel("truncate", at, null, e);
        }
    }

    /** Does nothing: what is written is visible. */
    @Override
    public void flush() throws IOException {
        requireOpen();
    }

    /**
     * Makes the file durable, and the first time the directories from the root down too. A draft has no name yet that could be made
     * durable, so only its bytes are.
     */
    @Override
    public void sync() throws IOException {
        requireOpen();
        if (writer == null) {
            return;
        }
        ReopeningChannel channel = beginChange();
        try {
            channel.force(durability, !pathIsDurable, at.path());
            if (draft == null || draft.isPublished()) {
                syncPath();
            }
        } catch (IOException e) {
            throw errors.onSync("sync", at, e);
        }
    }

    private void syncPath() throws IOException {
        if (!pathIsDurable && tree != null) {
            tree.sync(at.parents(), durability);
            pathIsDurable = true;
        }
    }

    /**
     * Publishes the draft: permissions, bytes, name, directories, in this order. When it fails before the name, the object is as it was;
     * when it fails after, the new one is visible and not yet durable, and the call may be made again.
     */
    @Override
    public void commit() throws IOException {
        if (draft == null || draft.isPublished()) {
            sync();
            return;
        }
        ReopeningChannel channel = beginChange();
        try {
            draft.prepare();
            channel.force(durability, true, at.path());
            draft.publish();
        } catch (IOException e) {
            requireOpen();
            throw errors.onCommit(at, e);
        }
        try {
            syncPath();
        } catch (IOException e) {
            throw errors.onSync("commit", at, e);
        }
    }

    /** Drops a draft that was not published; what was written to an object itself stays. */
    @Override
    public void abort() throws IOException {
        close();
    }

    @Override
    public void close() throws IOException {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        Closer closer = new Closer();
        closer.close(asking);
        closer.close(writer);
        closer.close(draft == null ? null : draft::drop);
        closer.close(lock);
        IOException failure = closer.failure();
        if (failure != null) {
            throw errors.onPath("close", at, failure, Intent.CHANGE);
        }
    }

    private void requireOpen() throws IOException {
        if (closed.get()) {
            throw new ClosedChannelException();
        }
    }

    /** The writer's channel, for a change: nobody is asking it for the size any more. */
    private ReopeningChannel beginChange() throws IOException {
        requireOpen();
        if (writer == null) {
            throw new NonWritableChannelException();
        }
        if (!changing) {
            synchronized (firstChange) {
                changing = true;
            }
        }
        return writer;
    }

    @Override
    public String toString() {
        return "PosixHandle[" + at.key() + "]";
    }
}
