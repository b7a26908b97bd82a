package io.conveyor.testkit;

import static io.conveyor.testkit.StorageOperation.ABORT;
import static io.conveyor.testkit.StorageOperation.CLOSE;
import static io.conveyor.testkit.StorageOperation.COMMIT;
import static io.conveyor.testkit.StorageOperation.FLUSH;
import static io.conveyor.testkit.StorageOperation.LSEEK;
import static io.conveyor.testkit.StorageOperation.PREAD;
import static io.conveyor.testkit.StorageOperation.PWRITE;
import static io.conveyor.testkit.StorageOperation.RESOLVE;
import static io.conveyor.testkit.StorageOperation.SYNC;
import static io.conveyor.testkit.StorageOperation.TRUNCATE;

import io.conveyor.ConflictException;
import io.conveyor.ConflictResolution;
import io.conveyor.Extent;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.Whence;
import io.conveyor.spi.ObjectKeys;
import io.conveyor.spi.StorageHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.OpenOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * An open object of a {@link MemoryBackend}. What the handle has not published lies in a draft, and as a list of changes that can be laid onto
 * what others published meanwhile. All state is guarded by the monitor of the store.
 */
final class MemoryHandle implements StorageHandle {

    /** When others see what a handle wrote. */
    enum Publishing {
        AT_ONCE,
        AT_FLUSH,
        AS_VERSION,
        AT_COMMIT
    }

    /** A write, or (without bytes) a truncation to {@code offset}. */
    private static final class Change {

        private final long offset;
        private final byte @Nullable [] bytes;

        private Change(long offset, byte @Nullable [] bytes) {
            this.offset = offset;
            this.bytes = bytes;
        }

        private void applyTo(MemoryContent content) {
            if (bytes != null) {
                content.write(ByteBuffer.wrap(bytes), offset);
            } else if (offset < content.size()) {
                content.truncate(offset);
            }
        }
    }

    private final MemoryBackend backend;
    private final MemoryStore store;
    private final String key;
    private final Publishing publishing;
    private final boolean readable;
    private final boolean writable;
    private final boolean mustBeNew;
    private final CallGuard guard;
    private final AtomicBoolean open = new AtomicBoolean(true);

    private final List<Change> unpublished = new ArrayList<>();
    private MemoryStore.@Nullable StoredObject object;
    private MemoryContent base = new MemoryContent();
    private long baseVersion;
    private @Nullable MemoryContent draft;
    private boolean due;
    private boolean committed;

    MemoryHandle(MemoryBackend backend, String key, Publishing publishing, Set<? extends OpenOption> options) {
        this.backend = backend;
        this.store = backend.store;
        this.key = key;
        this.publishing = publishing;
        this.readable = options.contains(StandardOpenOption.READ);
        this.writable = options.contains(StandardOpenOption.WRITE);
        this.mustBeNew = writable && options.contains(StandardOpenOption.CREATE_NEW);
        this.guard = new CallGuard(key, backend.capabilities(), backend::violated);
        begin(writable && options.contains(StandardOpenOption.TRUNCATE_EXISTING));
    }

    private void begin(boolean truncates) {
        object = store.find(key);
        baseVersion = store.versionOf(key);
        switch (publishing) {
            case AT_ONCE, AT_FLUSH -> beginOnTheObject(truncates);
            case AS_VERSION -> beginOnAVersion(truncates);
            case AT_COMMIT -> due = true;
        }
        if (!writable && backend.capabilities().pinnedReads() && object != null) {
            base = object.content.fork();
            draft = base;
        }
    }

    private void beginOnTheObject(boolean truncates) {
        if (object == null) {
            object = store.place(key, new MemoryContent());
        } else if (truncates) {
            object.content = new MemoryContent();
            store.changed(object);
        }
    }

    private void beginOnAVersion(boolean truncates) {
        due = object == null;
        if (object != null && writable) {
            base = object.content.fork();
        }
        if (truncates && object != null) {
            change(new Change(0, null));
        }
    }

    // ------------------------------------------------------------------ reading

    @Override
    public int pread(ByteBuffer dst, long offset) throws IOException {
        return (int) pread(new ByteBuffer[] {dst}, offset);
    }

    @Override
    public long pread(ByteBuffer[] dsts, long offset) throws IOException {
        CallGuard.Call call = guard.begin(PREAD, offset, remaining(dsts));
        try {
            backend.counts.called(PREAD);
            checkOpen();
            checkOffset(offset);
            if (!readable) {
                throw new NonReadableChannelException();
            }
            synchronized (store) {
                long total = read(content(), dsts, offset);
                backend.counts.moved(PREAD, Math.max(0, total));
                return total;
            }
        } finally {
            call.end();
        }
    }

    private static long read(MemoryContent content, ByteBuffer[] dsts, long offset) {
        long total = 0;
        for (ByteBuffer dst : dsts) {
            int room = dst.remaining();
            int count = room == 0 ? 0 : content.read(dst, offset + total);
            if (count < room) {
                return count < 0 && total == 0 ? -1 : total + Math.max(0, count);
            }
            total += count;
        }
        return total;
    }

    @Override
    public long lseek(long offset, Whence whence) throws IOException {
        CallGuard.Call call = guard.begin(LSEEK);
        try {
            backend.counts.called(LSEEK);
            checkOpen();
            synchronized (store) {
                MemoryContent content = content();
                return switch (whence) {
                    case END -> content.size() + offset;
                    case DATA -> data(content, checkOffset(offset));
                    case HOLE -> hole(content, checkOffset(offset));
                    case SET, CUR ->
                        throw violation("lseek " + whence + " reached the backend; only END, DATA and HOLE do");
                };
            }
        } finally {
            call.end();
        }
    }

    private long data(MemoryContent content, long offset) {
        return backend.knowsHoles ? content.nextData(offset) : offset < content.size() ? offset : -1;
    }

    private long hole(MemoryContent content, long offset) {
        return backend.knowsHoles ? content.nextHole(offset) : offset < content.size() ? content.size() : -1;
    }

    // ------------------------------------------------------------------ writing

    @Override
    public int pwrite(ByteBuffer src, long offset) throws IOException {
        return pwrite(new ByteBuffer[] {src}, offset);
    }

    @Override
    public int pwrite(ByteBuffer[] srcs, long offset) throws IOException {
        long length = remaining(srcs);
        CallGuard.Call call = guard.begin(PWRITE, offset, length, isAppend(offset));
        try {
            backend.counts.called(PWRITE);
            checkChangeable();
            checkOffset(offset);
            checkSize(offset, length);
            synchronized (store) {
                int total = 0;
                for (ByteBuffer src : srcs) {
                    total += write(src, offset + total);
                    if (src.hasRemaining()) {
                        break;
                    }
                }
                backend.counts.moved(PWRITE, total);
                call.succeeded();
                return total;
            }
        } finally {
            call.end();
        }
    }

    private boolean isAppend(long offset) {
        synchronized (store) {
            return offset >= content().size();
        }
    }

    private int write(ByteBuffer src, long offset) throws IOException {
        if (!src.hasRemaining()) {
            return 0;
        }
        int length = store.roomFor(content(), offset, src.remaining(), key);
        byte[] bytes = new byte[length];
        src.get(bytes);
        change(new Change(offset, bytes));
        return length;
    }

    @Override
    public void truncate(long size) throws IOException {
        CallGuard.Call call = guard.begin(TRUNCATE);
        try {
            backend.counts.called(TRUNCATE);
            checkChangeable();
            checkOffset(size);
            synchronized (store) {
                if (size >= content().size()) {
                    throw violation("TRUNCATE to " + size + " of an object of "
                            + content().size() + " bytes; a backend only shrinks");
                }
                change(new Change(size, null));
            }
            call.succeeded();
        } finally {
            call.end();
        }
    }

    private void change(Change change) {
        if (publishing == Publishing.AT_ONCE) {
            MemoryStore.StoredObject target = existing();
            change.applyTo(target.content);
            store.changed(target);
            return;
        }
        MemoryContent target = draft;
        if (target == null) {
            target = content().fork();
            draft = target;
        }
        change.applyTo(target);
        unpublished.add(change);
        due = true;
    }

    // ------------------------------------------------------------------ publishing

    @Override
    public void flush() throws IOException {
        CallGuard.Call call = guard.begin(FLUSH);
        try {
            backend.counts.called(FLUSH);
            checkChangeable();
            synchronized (store) {
                try {
                    backend.failFlushIfAsked();
                } catch (IOException failure) {
                    forgetUnflushed();
                    throw failure;
                }
                publishFlushed();
            }
            call.succeeded();
        } finally {
            call.end();
        }
    }

    private void publishFlushed() throws IOException {
        switch (publishing) {
            case AT_ONCE -> {}
            case AT_FLUSH -> layOnto(existing());
            case AS_VERSION -> publishVersion();
            case AT_COMMIT -> {
                base = content().fork();
                unpublished.clear();
            }
        }
    }

    private void layOnto(MemoryStore.StoredObject target) {
        if (!unpublished.isEmpty()) {
            target.content = target.content.fork();
            unpublished.forEach(change -> change.applyTo(target.content));
            store.changed(target);
        }
        settled();
    }

    private void publishVersion() throws ConflictException {
        if (due) {
            MemoryContent version = content().fork();
            object = store.publish(key, version, baseVersion);
            rebaseOn(object);
        }
    }

    private void rebaseOn(MemoryStore.StoredObject published) {
        base = published.content.fork();
        baseVersion = published.version;
        settled();
    }

    private void settled() {
        draft = null;
        due = false;
        unpublished.clear();
    }

    private void forgetUnflushed() {
        if (backend.forgetsUnflushed) {
            boolean still = due && object == null;
            settled();
            due = still || publishing == Publishing.AT_COMMIT;
        }
    }

    @Override
    public void sync() throws IOException {
        CallGuard.Call call = guard.begin(SYNC);
        try {
            backend.counts.called(SYNC);
            checkChangeable();
            call.succeeded();
        } finally {
            call.end();
        }
    }

    @Override
    public void commit() throws IOException {
        CallGuard.Call call = guard.begin(COMMIT);
        try {
            backend.counts.called(COMMIT);
            checkOpen();
            checkWritable();
            synchronized (store) {
                if (publishing != Publishing.AT_COMMIT) {
                    publishFlushed();
                } else if (!committed) {
                    if (mustBeNew && store.find(key) != null) {
                        throw new ConflictException(key, "somebody else created it, and this draft must be new");
                    }
                    object = store.place(key, content().fork());
                    committed = true;
                }
            }
        } finally {
            call.end();
        }
    }

    @Override
    public void resolve(ConflictResolution resolution) throws IOException {
        CallGuard.Call call = guard.begin(RESOLVE);
        try {
            backend.counts.called(RESOLVE);
            checkChangeable();
            if (publishing != Publishing.AS_VERSION) {
                throw new UnsupportedOperationException(
                        resolution + " has no meaning where nothing is published by version");
            }
            synchronized (store) {
                resolveNow(resolution);
            }
        } finally {
            call.end();
        }
    }

    private void resolveNow(ConflictResolution resolution) throws IOException {
        if (resolution instanceof ConflictResolution.SaveAs elsewhere) {
            ObjectKeys.requireValid(elsewhere.key());
            if (store.find(elsewhere.key()) != null) {
                throw new FileAlreadyExistsException(elsewhere.key());
            }
            store.place(elsewhere.key(), content().fork());
            takeTheirs();
        } else if (resolution == ConflictResolution.DISCARD) {
            takeTheirs();
        } else if (resolution == ConflictResolution.REBASE) {
            List<Change> ours = List.copyOf(unpublished);
            takeTheirs();
            ours.forEach(this::change);
        } else {
            baseVersion = store.versionOf(key);
            due = true;
        }
    }

    private void takeTheirs() {
        object = store.find(key);
        baseVersion = store.versionOf(key);
        base = object == null ? new MemoryContent() : object.content.fork();
        settled();
        due = object == null;
    }

    // ------------------------------------------------------------------ the end

    @Override
    public @Nullable String version() {
        boolean versioned = backend.capabilities().atomicCommit() || publishing == Publishing.AS_VERSION;
        return versioned && baseVersion != MemoryStore.ABSENT ? "v" + baseVersion : null;
    }

    @Override
    public void abort() {
        if (open.compareAndSet(true, false)) {
            CallGuard.Call call = guard.begin(ABORT);
            try {
                backend.counts.called(ABORT);
                synchronized (store) {
                    settled();
                }
                backend.released();
            } finally {
                call.end();
            }
        }
    }

    @Override
    public void close() {
        if (!open.get()) {
            return;
        }
        CallGuard.Call call = guard.begin(CLOSE);
        try {
            if (open.compareAndSet(true, false)) {
                backend.counts.called(CLOSE);
                synchronized (store) {
                    settled();
                }
                backend.released();
            }
        } finally {
            call.end();
        }
    }

    // ------------------------------------------------------------------ what the handle itself sees, and checks

    private MemoryContent content() {
        if (draft != null) {
            return draft;
        }
        boolean ofTheObject = publishing == Publishing.AT_ONCE
                || publishing == Publishing.AT_FLUSH
                || (publishing == Publishing.AS_VERSION && !writable);
        return ofTheObject ? existing().content : base;
    }

    private MemoryStore.StoredObject existing() {
        if (object == null) {
            throw new AssertionError("only drafts do without an object");
        }
        return object;
    }

    private void checkOpen() throws ClosedChannelException {
        if (!open.get()) {
            throw new ClosedChannelException();
        }
        backend.checkOpen();
    }

    private void checkWritable() {
        if (!writable) {
            throw new NonWritableChannelException();
        }
    }

    private void checkChangeable() throws ClosedChannelException {
        checkOpen();
        checkWritable();
        synchronized (store) {
            if (committed) {
                throw violation("a change after the draft was committed");
            }
        }
    }

    private static long checkOffset(long offset) {
        if (offset < 0) {
            throw new IllegalArgumentException("offset " + offset + " is negative");
        }
        return offset;
    }

    private void checkSize(long offset, long length) throws StorageException {
        long most = backend.capabilities().maxObjectBytes();
        if (offset > most - length) {
            throw new StorageException(
                    Kind.TOO_LARGE,
                    Retry.NEVER,
                    "pwrite",
                    key,
                    new Extent(offset, Math.min(length, Long.MAX_VALUE - offset)),
                    "an object has at most " + most + " bytes",
                    null);
        }
    }

    private static long remaining(ByteBuffer[] buffers) {
        long total = 0;
        for (ByteBuffer buffer : buffers) {
            total += buffer.remaining();
        }
        return total;
    }

    private ContractViolation violation(String what) {
        ContractViolation violation = new ContractViolation("'" + key + "': " + what);
        backend.violated(violation);
        return violation;
    }

    @Override
    public String toString() {
        return "MemoryHandle[" + key + (open.get() ? "" : ", closed") + "]";
    }
}
