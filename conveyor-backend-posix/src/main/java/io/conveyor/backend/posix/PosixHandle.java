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
 * One open file. Reads and writes have a descriptor each, so that an interrupted reader does not close the file under a writer; the one for
 * reading is opened when it is first needed.
 *
 * <p><b>Threads.</b> As {@link StorageHandle} says. Reads may run on threads that are interrupted; the other calls may too, and put the
 * interrupt off. <b>Failures</b> are those of {@link PosixErrors}; {@link io.conveyor.ConflictException} if the file has to be opened again and
 * its name means another one.
 */
final class PosixHandle implements StorageHandle {

    private final KeyPath at;
    private final @Nullable ReopeningChannel reader;
    private final @Nullable ReopeningChannel writer;
    private final @Nullable Draft draft;
    private final WriterLock lock;
    private final PosixErrors errors;
    private final @Nullable DirectoryTree tree;
    private final Durability durability;
    private final AtomicBoolean closed = new AtomicBoolean();

    private volatile boolean pathIsDurable;

    private PosixHandle(
            KeyPath at,
            @Nullable ReopeningChannel reader,
            @Nullable ReopeningChannel writer,
            @Nullable Draft draft,
            WriterLock lock,
            PosixErrors errors,
            @Nullable DirectoryTree tree,
            Durability durability) {
        this.at = at;
        this.reader = reader;
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
        return new PosixHandle(at, reader, null, null, WriterLock.none(), errors, null, Durability.FSYNC);
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
        ReopeningChannel reader = mode.read() ? ReopeningChannel.lazy(() -> file.reopen(READ)) : null;
        return new PosixHandle(at, reader, writer, draft, lock, errors, tree, durability);
    }

    @Override
    public int pread(ByteBuffer dst, long offset) throws IOException {
        requireOpen();
        if (reader == null) {
            throw new NonReadableChannelException();
        }
        int start = dst.position();
        try {
            return read(reader, dst, offset);
        } catch (IOException e) {
            throw errors.onChannel("pread", at, rest(dst, start, offset), e);
        }
    }

    private int read(ReopeningChannel own, ByteBuffer dst, long offset) throws IOException {
        int start = dst.position();
        try {
            return own.read(dst, offset);
        } catch (FileSystemException | ConflictException cannotBeOpened) {
            // No descriptor is left, or the name means another file by now. The writer's is still there.
            if (writer == null) {
                throw cannotBeOpened;
            }
            int before = dst.position() - start;
            int count = writer.readUninterruptibly(dst, offset + before);
            return count < 0 && before > 0 ? before : before + count;
        }
    }

    @Override
    public int pwrite(ByteBuffer src, long offset) throws IOException {
        ReopeningChannel channel = requireWritable();
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
        ReopeningChannel channel = writer == null ? reader : writer;
        if (channel == null) {
            throw new IllegalStateException("a handle reads or writes");
        }
        try {
            return channel.size();
        } catch (IOException e) {
            throw errors.onChannel("lseek", at, null, e);
        }
    }

    @Override
    public void truncate(long size) throws IOException {
        ReopeningChannel channel = requireWritable();
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
        try {
            writer.force(durability, !pathIsDurable, at.path());
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
        ReopeningChannel channel = requireWritable();
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
        closer.close(reader);
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

    private ReopeningChannel requireWritable() throws IOException {
        requireOpen();
        if (writer == null) {
            throw new NonWritableChannelException();
        }
        return writer;
    }

    @Override
    public String toString() {
        return "PosixHandle[" + at.key() + "]";
    }
}
