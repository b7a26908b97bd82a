package io.conveyor.backend.s3;

import io.conveyor.ConflictException;
import io.conveyor.ConflictResolution;
import io.conveyor.Extent;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.Whence;
import io.conveyor.backend.s3.S3Piece.Local;
import io.conveyor.backend.s3.S3Piece.Remote;
import io.conveyor.backend.s3.S3Requests.StoredPart;
import io.conveyor.spi.ObjectKeys;
import io.conveyor.spi.ResumeToken;
import io.conveyor.spi.StorageHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An open object of S3: a draft that is read and written in place, and published as one new version by {@link #flush} (or, if it replaces the
 * whole object, by {@link #commit}). Until then nobody else sees any of it.
 *
 * <p>Writes go to {@link S3Staging}; parts of a growing object are uploaded on the way ({@link S3Tail}); {@link S3Publisher} does the rest. Reads are
 * served from wherever the bytes are, and from the one version that was opened: if that is gone, by {@link ConflictException}.
 */
final class S3Handle implements StorageHandle {

    /** What a handle may do. */
    enum Mode {
        READ,
        WRITE,
        /** Publishes by {@link #commit} only. */
        REPLACE
    }

    /** The object's key below the backend's prefix, and in the bucket. */
    record Keys(String name, String full) {

        /**
         * The keys of an object.
         *
         * @throws InvalidPathException if the key is none, or one of Conveyor's own, or too long together with the prefix
         */
        static Keys of(S3Options options, String key) {
            ObjectKeys.requireValid(key);
            if (key.startsWith(S3Options.HIDDEN)) {
                throw new InvalidPathException(key, "keys below '" + S3Options.HIDDEN + "' are Conveyor's own");
            }
            String full = options.prefix + key;
            int length = full.getBytes(StandardCharsets.UTF_8).length;
            if (length > ObjectKeys.MAX_BYTES) {
                throw new InvalidPathException(
                        key, "with the prefix it has " + length + " UTF-8 bytes, S3 takes " + ObjectKeys.MAX_BYTES);
            }
            return new Keys(key, full);
        }
    }

    private static final long SAVED_AT_ONCE = 1 << 20;

    private final S3Session session;
    private final Keys keys;
    private final boolean readable;
    private final Mode mode;
    private final S3Inheritance inheritance;
    private final S3Draft draft;
    private final S3UploadSlot slot;
    private final S3Tail tail;
    private final S3Publisher publisher;
    private final S3WritesUnderWay writes = new S3WritesUnderWay();

    /** Written before anybody else knows of this. */
    private Resumed resumed = Resumed.NOTHING;

    private volatile boolean conflicted;
    private volatile boolean closed;

    S3Handle(
            S3Session session,
            Keys keys,
            boolean readable,
            Mode mode,
            @Nullable S3Version base,
            boolean empty,
            S3ObjectSettings settings) {
        S3Options options = session.options();
        this.session = session;
        this.keys = keys;
        this.readable = readable;
        this.mode = mode;
        S3Staging staging = new S3Staging(options.stagingDirectory, options.stagingMemoryBytes, options.stagingBytes);
        this.draft = new S3Draft(keys.full(), session.limits(), session.sizes(), staging, base, empty);
        this.inheritance =
                new S3Inheritance(keys.full(), settings.or(options.objectSettings), !empty, draft, session.requests());
        this.slot = new S3UploadSlot(session, keys.full(), draft, inheritance);
        S3PartSender sender = new S3PartSender(session, keys, draft);
        this.tail = new S3Tail(session, keys, draft, slot, sender);
        this.publisher = new S3Publisher(session, keys, draft, slot, sender);
    }

    @Override
    public int pread(ByteBuffer dst, long offset) throws IOException {
        return (int) read(new S3Target(dst), offset);
    }

    @Override
    public long pread(ByteBuffer[] dsts, long offset) throws IOException {
        return read(new S3Target(dsts), offset);
    }

    private long read(S3Target target, long offset) throws IOException {
        requireOpen();
        if (!readable) {
            throw new NonReadableChannelException();
        }
        requireOffset(offset);
        if (target.length() == 0) {
            return 0;
        }
        return readDraft(target, offset);
    }

    private long readDraft(S3Target target, long offset) throws IOException {
        while (true) {
            S3Draft.View view = draft.view(offset, saturatedSum(offset, target.length()));
            if (view.pieces().isEmpty()) {
                return -1;
            }
            if (isRead(view, target)) {
                return target.done();
            }
            target.rewind(0);
        }
    }

    /** Reads what was looked up; false if it moved meanwhile and is to be looked up again. */
    private boolean isRead(S3Draft.View view, S3Target target) throws IOException {
        boolean staged = false;
        try {
            for (S3Piece piece : view.pieces()) {
                staged |= piece.content() == Local.STAGED;
                read(piece, target);
            }
        } catch (ConflictException e) {
            // Our own commit may be noted while we ask for it: the generation is looked at last.
            if (publisher.isReplacedByUs(view.generation()) || draft.generation() != view.generation()) {
                return false;
            }
            throw e;
        } catch (IOException e) {
            requireOpen();
            if (draft.generation() != view.generation()) {
                return false;
            }
            throw e;
        }
        // What was staged may have been given up, and its place used for something else.
        return !staged || draft.generation() == view.generation();
    }

    private void read(S3Piece piece, S3Target target) throws IOException {
        if (piece.content() instanceof Remote remote) {
            session.reader().read(remote, piece.length(), target);
        } else if (piece.content() == Local.STAGED) {
            target.fill(draft.staging(), piece.offset(), piece.length());
        } else if (piece.content() == Local.ZEROS) {
            target.zeros(piece.length());
        } else {
            throw unsupported("pread", piece.offset(), piece.length());
        }
    }

    @Override
    public int pwrite(ByteBuffer src, long offset) throws IOException {
        return pwrite(new ByteBuffer[] {src}, offset);
    }

    @Override
    public int pwrite(ByteBuffer[] srcs, long offset) throws IOException {
        requireWritable();
        requireOffset(offset);
        long remaining = remaining(srcs);
        if (remaining == 0) {
            return 0;
        }
        session.limits().requireFits("pwrite", keys.name(), saturatedSum(offset, remaining));
        long room = tail.room("pwrite", offset);
        int count = (int) Math.min(remaining, room);
        ByteBuffer[] taken = first(count, srcs);
        // What ends a part is likely to be given up as soon as that has arrived.
        boolean lend = !session.options().keepUploadedParts && count == room;
        if (lend) {
            lend(taken, count, offset);
        } else {
            write(taken, count, offset, null);
        }
        consume(count, srcs);
        return count;
    }

    private void write(ByteBuffer[] srcs, int count, long offset, S3Staging.@Nullable Loan loan) throws IOException {
        stage(srcs, count, offset, loan);
        try {
            tail.advance("pwrite", offset, new S3BufferBody(srcs));
        } finally {
            writes.end();
        }
    }

    /** Has what was not given up copied when the write ends, however it does: the engine uses its buffers for something else then. */
    private void lend(ByteBuffer[] srcs, int count, long offset) throws IOException {
        S3Staging.Loan loan = new S3Staging.Loan();
        Throwable failure = null;
        try {
            write(srcs, count, offset, loan);
        } catch (Throwable e) {
            failure = e;
            throw e;
        } finally {
            keep(loan, count, offset, failure);
        }
    }

    private void keep(S3Staging.Loan loan, int count, long offset, @Nullable Throwable failure) throws IOException {
        // What ends a request by an interrupt may come late. It would close the staging file.
        boolean interrupted = Thread.interrupted();
        try {
            draft.keep(loan, count, offset);
        } catch (IOException e) {
            StorageException notStaged = notStaged(count, offset, e);
            if (failure != null) {
                notStaged.addSuppressed(failure);
            }
            throw notStaged;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** The end of the object is known then: its last part is sent although it is no whole one. */
    @Override
    public int pwriteLast(ByteBuffer[] srcs, long offset) throws IOException {
        tail.endsAt(saturatedSum(offset, remaining(srcs)));
        return pwrite(srcs, offset);
    }

    private static long remaining(ByteBuffer[] srcs) {
        long remaining = 0;
        for (ByteBuffer src : srcs) {
            remaining += src.remaining();
        }
        return remaining;
    }

    /** The first {@code count} bytes of what remains in {@code srcs}, whose positions stay. */
    private static ByteBuffer[] first(int count, ByteBuffer[] srcs) {
        List<ByteBuffer> found = new ArrayList<>(srcs.length);
        int left = count;
        for (ByteBuffer src : srcs) {
            int here = Math.min(left, src.remaining());
            if (here > 0) {
                found.add(src.slice(src.position(), here));
            }
            left -= here;
        }
        return found.toArray(new ByteBuffer[0]);
    }

    private static void consume(int count, ByteBuffer[] srcs) {
        int left = count;
        for (ByteBuffer src : srcs) {
            int here = Math.min(left, src.remaining());
            src.position(src.position() + here);
            left -= here;
        }
    }

    /** Begins a write, which is under way when this returns. Where there is no room it waits for others, whose parts may be leaving staging just now. */
    private void stage(ByteBuffer[] srcs, int count, long offset, S3Staging.@Nullable Loan loan) throws IOException {
        S3Staging.FullException full;
        long before;
        do {
            before = writes.begin();
            full = stageIfRoom(srcs, count, offset, loan);
            if (full == null) {
                return;
            }
        } while (writes.awaitAnother(before));
        throw new StorageException(
                Kind.NO_SPACE,
                Retry.NEVER,
                "pwrite",
                keys.name(),
                new Extent(offset, count),
                full.getMessage() + "; flush more often, or raise stagingBytes",
                full);
    }

    /** The refusal if there is no room, or null. A write that was not staged is withdrawn. */
    private S3Staging.@Nullable FullException stageIfRoom(
            ByteBuffer[] srcs, int count, long offset, S3Staging.@Nullable Loan loan) throws IOException {
        boolean staged = false;
        try {
            staged = draft.stage(srcs, count, offset, loan);
        } catch (S3Staging.FullException e) {
            return e;
        } catch (IOException e) {
            throw notStaged(count, offset, e);
        } finally {
            if (!staged) {
                writes.withdraw();
            }
        }
        if (!staged) {
            throw unsupported("pwrite", offset, count);
        }
        return null;
    }

    private StorageException notStaged(int count, long offset, IOException e) throws ClosedChannelException {
        requireOpen();
        return new StorageException(
                Kind.IO,
                Retry.SAFE,
                "pwrite",
                keys.name(),
                new Extent(offset, count),
                "the staging file could not be written",
                e);
    }

    @Override
    public long preferredWriteBytes(long offset) {
        try {
            return Math.min(session.options().partBytes, tail.room("pwrite", offset));
        } catch (IOException beyondTheLastPart) {
            // The write itself will say so.
            return session.options().partBytes;
        }
    }

    @Override
    public long lseek(long offset, Whence whence) throws IOException {
        requireOpen();
        long size = draft.size();
        return switch (whence) {
            case END -> size + offset;
            case DATA -> offset < size ? offset : -1;
            case HOLE -> offset < size ? size : -1;
            case SET, CUR -> throw new IllegalArgumentException(whence + " is answered without the store");
        };
    }

    @Override
    public void truncate(long size) throws IOException {
        requireWritable();
        requireOffset(size);
        S3PartGrid grid = draft.grid();
        if (draft.isFrozen() && size <= grid.tailStart()) {
            // Nothing is left of what was uploaded.
            slot.giveUp("truncate");
        }
        if (size > 0 && size < draft.size() && draft.hasStreamed(size - 1, size) && draft.hasStreamed(size, size + 1)) {
            throw unsupported("truncate", size, draft.size() - size);
        }
        draft.truncate(size);
    }

    @Override
    public void flush() throws IOException {
        requireOpen();
        if (mode == Mode.WRITE) {
            publish("flush");
        }
    }

    @Override
    public void sync() throws IOException {
        flush();
    }

    @Override
    public void commit() throws IOException {
        requireOpen();
        if (mode != Mode.READ) {
            publish("commit");
        }
    }

    private void publish(String operation) throws IOException {
        try {
            publisher.publish(operation, inheritance.settings(operation));
            conflicted = false;
        } catch (ConflictException e) {
            conflicted = true;
            throw e;
        }
    }

    @Override
    public void resolve(ConflictResolution resolution) throws IOException {
        requireWritable();
        if (!conflicted) {
            throw new IllegalStateException("there is no conflict on '" + keys.name() + "' to resolve");
        }
        if (resolution == ConflictResolution.DISCARD) {
            takeTheirs();
        } else if (resolution == ConflictResolution.REBASE) {
            requireKept();
            slot.startAnew("resolve");
            draft.rebase(current());
        } else if (resolution == ConflictResolution.OVERWRITE) {
            requireKept();
            requireNoBase();
            slot.startAnew("resolve");
            draft.overwrite(current());
        } else if (resolution instanceof ConflictResolution.SaveAs saveAs) {
            requireKept();
            requireNoBase();
            saveAs(Keys.of(session.options(), saveAs.key()));
            takeTheirs();
        }
        conflicted = false;
    }

    private void takeTheirs() throws IOException {
        slot.giveUp("resolve");
        draft.discard(current());
        slot.settled("resolve");
        publisher.deleteHidden("resolve");
    }

    /** Publishes what the draft shows under another key, provided that nothing is there. */
    private void saveAs(Keys elsewhere) throws IOException {
        S3Handle copy =
                new S3Handle(session, elsewhere, false, Mode.REPLACE, null, false, inheritance.settings("resolve"));
        boolean done = false;
        try {
            ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(SAVED_AT_ONCE, Math.max(1, draft.size())));
            for (long offset = 0; offset < draft.size(); offset += buffer.limit()) {
                readDraft(new S3Target(buffer.clear()), offset);
                buffer.flip();
                while (buffer.hasRemaining()) {
                    copy.pwrite(buffer, offset + buffer.position());
                }
            }
            copy.commit();
            done = true;
        } catch (ConflictException e) {
            throw (IOException) new FileAlreadyExistsException(elsewhere.name()).initCause(e);
        } finally {
            if (done) {
                copy.close();
            } else {
                copy.abort();
            }
        }
    }

    private @Nullable S3Version current() throws IOException {
        return session.requests().head("resolve", keys.full());
    }

    private void requireKept() throws StorageException {
        if (draft.hasStreamed()) {
            throw unsupported("resolve", 0, draft.size());
        }
    }

    private void requireNoBase() throws NoSuchFileException {
        if (draft.showsBase()) {
            throw new NoSuchFileException(
                    keys.name(), null, "the version whose ranges would be needed is gone; REBASE or DISCARD");
        }
    }

    @Override
    public @Nullable String version() {
        S3Version base = draft.base();
        return base == null ? null : base.etag();
    }

    /** The unfinished upload, so that whoever comes after this process goes on with it, or aborts it. */
    @Override
    public Optional<ResumeToken> resumeToken() {
        S3LeftUpload upload = slot.toBeLeft();
        return upload == null ? Optional.empty() : Optional.of(upload.token());
    }

    @Override
    public void onResumeToken(Runnable changed) {
        slot.onChange(changed, mode == Mode.WRITE);
    }

    @Override
    public long entrust(long before) {
        return mode == Mode.WRITE ? slot.entrust(before) : 0;
    }

    @Override
    public Resumed resumed() {
        return resumed;
    }

    /**
     * Goes on behind what a process that has died has entrusted to an upload, unless the object is what that upload was to become.
     *
     * @param found what the object is
     */
    void takeOver(S3LeftUpload left, @Nullable S3Version found) throws IOException {
        if (found != null && left.isPublishedAs(found)) {
            slot.isPublished(left);
            resumed = Resumed.PUBLISHED;
            return;
        }
        S3LeftParts parts =
                session.requests().parts("open", keys.full(), left.id()).orElse(null);
        S3EntrustedParts entrusted = new S3EntrustedParts(draft.grid());
        List<StoredPart> stored = parts == null ? null : entrusted.addAll(left, parts.byNumber());
        if (parts == null || stored == null) {
            requireNotJustPublished(left);
            resumed = Resumed.NOTHING;
            return;
        }
        slot.takeOver(left, entrusted);
        draft.takeOver(new S3Upload(left.id(), Objects.requireNonNull(left.putId()), parts), stored);
        resumed = Resumed.UNFINISHED;
    }

    /** A request of the dead process to complete the upload may have taken effect after the object was looked at. */
    private void requireNotJustPublished(S3LeftUpload left) throws IOException {
        S3Version now = current();
        if (now != null && left.isPublishedAs(now)) {
            throw new StorageException(
                    Kind.UNAVAILABLE,
                    Retry.SAFE,
                    "open",
                    keys.name(),
                    null,
                    "the object was published while it was opened; open it again",
                    null);
        }
    }

    /** Has this use the parts that are in an upload of a process that has died, as far as they are what it would send; before anything is written. */
    void goOnWith(S3LeftUpload left) {
        slot.goOnWith(left);
    }

    @Override
    public void abort() throws IOException {
        release("abort", true);
    }

    @Override
    public void close() throws IOException {
        release("close", false);
    }

    private void release(String operation, boolean undo) throws IOException {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        try {
            slot.close(operation, undo);
        } finally {
            try {
                draft.staging().close(session.parallel()::apart);
            } finally {
                publisher.deleteHidden(operation);
            }
        }
    }

    private void requireOpen() throws ClosedChannelException {
        if (closed) {
            throw new ClosedChannelException();
        }
    }

    private void requireWritable() throws ClosedChannelException {
        requireOpen();
        if (mode == Mode.READ) {
            throw new NonWritableChannelException();
        }
    }

    private static void requireOffset(long offset) {
        if (offset < 0) {
            throw new IllegalArgumentException("offset " + offset + " is negative");
        }
    }

    private static long saturatedSum(long offset, long length) {
        return offset > Long.MAX_VALUE - length ? Long.MAX_VALUE : offset + length;
    }

    private StorageException unsupported(String operation, long offset, long length) {
        return new StorageException(
                Kind.UNSUPPORTED,
                Retry.NEVER,
                operation,
                keys.name(),
                new Extent(offset, length),
                "bytes that were streamed are not at hand before the commit; set keepUploadedParts",
                null);
    }

    /** The key and the mode. */
    @Override
    public String toString() {
        return "S3Handle[" + keys.name() + ", " + mode + "]";
    }
}
