package io.conveyor.testkit;

import static io.conveyor.testkit.StorageOperation.ATTRIBUTES;
import static io.conveyor.testkit.StorageOperation.DELETE;
import static io.conveyor.testkit.StorageOperation.LIST;
import static io.conveyor.testkit.StorageOperation.OPEN;
import static io.conveyor.testkit.StorageOperation.PING;

import io.conveyor.ConveyorOpenOption;
import io.conveyor.ObjectAttributes;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.spi.ObjectKeys;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spi.StorageCapabilities;
import io.conveyor.spi.StorageCapabilities.FlushEffect;
import io.conveyor.spi.StorageHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * A store in memory that is as strict as the strictest: whatever only some stores allow, it refuses. It behaves as its {@link
 * StorageCapabilities} say, so the same class stands for a local file (the default), for a store that shows bytes only when they are
 * flushed, and for one that publishes whole versions conditionally.
 *
 * <ul>
 *   <li>{@code flushEffect NONE}: a write is visible at once.
 *   <li>{@code flushEffect VISIBLE}, or {@code releaseAt FLUSH}: a write is visible after a flush. With {@code releaseAt FLUSH} a flush that
 *       fails ({@link #failFlushes}) makes the handle forget what was not flushed, unless the builder says otherwise.
 *   <li>{@code atomicCommit}, or {@code flushEffect COMMIT}: a handle is a draft over the version it was opened on; a flush publishes it if that
 *       version is still there, and is a {@link io.conveyor.ConflictException} otherwise.
 *   <li>{@code pinnedReads}: a handle that only reads stays on the version it was opened on.
 * </ul>
 *
 * <p><b>Rules of the caller</b> that are broken (overlapping writes at once, a flush beside a write, growth by truncate, a change by an
 * interrupted thread, anything beside close) end in a {@link ContractViolation}, and {@link #violations()} remembers them.
 *
 * <p><b>Threads.</b> Any thread may call anything. Every call on an object is one step: nobody sees half of it. <b>Buffers.</b> The memory used
 * is what the objects hold, in blocks of 4 KiB; holes cost nothing.
 */
public final class MemoryBackend implements StorageBackend {

    /** What {@link #create()} can do: a plain local file that is visible at once, with reads that an interrupt does not harm. */
    public static final StorageCapabilities CAPABILITIES =
            StorageCapabilities.builder().interruptSafeReads(true).build();

    private static final Set<OpenOption> UNDERSTOOD = Set.of(
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.CREATE,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.SPARSE,
            ConveyorOpenOption.ATOMIC_REPLACE);

    final MemoryStore store;
    final CallCounts counts = new CallCounts();
    final boolean forgetsUnflushed;
    final boolean knowsHoles;

    private final StorageCapabilities capabilities;
    private final List<ContractViolation> violations = new CopyOnWriteArrayList<>();
    private final AtomicInteger openHandles = new AtomicInteger();
    private final AtomicInteger openListings = new AtomicInteger();
    private final AtomicInteger flushesToFail = new AtomicInteger();
    private volatile Supplier<? extends IOException> flushFailure = MemoryBackend::unavailable;
    private volatile boolean closed;

    private MemoryBackend(MemoryStore store, Builder from) {
        this.store = store;
        this.capabilities = from.capabilities;
        this.forgetsUnflushed =
                from.forgetsUnflushed && capabilities.releaseAt() == StorageCapabilities.ReleasePoint.FLUSH;
        this.knowsHoles = from.knowsHoles;
    }

    /** An empty store with {@link #CAPABILITIES}. */
    public static MemoryBackend create() {
        return builder().build();
    }

    /** An empty store with these capabilities. */
    public static MemoryBackend withCapabilities(StorageCapabilities capabilities) {
        return builder().capabilities(capabilities).build();
    }

    /** A builder that starts from {@link #CAPABILITIES}. */
    public static Builder builder() {
        return new Builder();
    }

    /** Another backend over the same objects, such as a second process would have; with counts and handles of its own. */
    public MemoryBackend another() {
        return withStore(store);
    }

    /** A backend like this one over other objects. */
    MemoryBackend withStore(MemoryStore objects) {
        Builder alike = new Builder()
                .capabilities(capabilities)
                .forgetsUnflushed(forgetsUnflushed)
                .knowsHoles(knowsHoles);
        return new MemoryBackend(objects, alike);
    }

    @Override
    public String name() {
        return "memory";
    }

    @Override
    public StorageCapabilities capabilities() {
        return capabilities;
    }

    @Override
    public StorageHandle open(String key, Set<? extends OpenOption> options) throws IOException {
        called(OPEN, key);
        checkOptions(options);
        synchronized (store) {
            boolean writes = options.contains(StandardOpenOption.WRITE);
            boolean present = store.find(key) != null;
            if (writes && present && options.contains(StandardOpenOption.CREATE_NEW)) {
                throw new FileAlreadyExistsException(key);
            }
            boolean creates = writes
                    && (options.contains(StandardOpenOption.CREATE) || options.contains(StandardOpenOption.CREATE_NEW));
            if (!present && !creates) {
                throw new NoSuchFileException(key);
            }
            MemoryHandle handle = new MemoryHandle(this, key, publishing(options), options);
            openHandles.incrementAndGet();
            return handle;
        }
    }

    private static void checkOptions(Set<? extends OpenOption> options) {
        for (OpenOption option : options) {
            if (!UNDERSTOOD.contains(option)) {
                throw new UnsupportedOperationException("the open option " + option + " is not known to this backend");
            }
        }
        boolean writes = options.contains(StandardOpenOption.WRITE);
        if (!writes && !options.contains(StandardOpenOption.READ)) {
            throw new IllegalArgumentException("options " + options + " have neither READ nor WRITE");
        }
        if (!writes
                && (options.contains(StandardOpenOption.TRUNCATE_EXISTING)
                        || options.contains(ConveyorOpenOption.ATOMIC_REPLACE))) {
            throw new IllegalArgumentException("options " + options + " change the object without WRITE");
        }
    }

    private MemoryHandle.Publishing publishing(Set<? extends OpenOption> options) {
        if (options.contains(ConveyorOpenOption.ATOMIC_REPLACE)) {
            return MemoryHandle.Publishing.AT_COMMIT;
        }
        if (capabilities.atomicCommit() || capabilities.flushEffect() == FlushEffect.COMMIT) {
            return MemoryHandle.Publishing.AS_VERSION;
        }
        boolean atOnce = capabilities.flushEffect() == FlushEffect.NONE
                && capabilities.releaseAt() == StorageCapabilities.ReleasePoint.WRITE;
        return atOnce ? MemoryHandle.Publishing.AT_ONCE : MemoryHandle.Publishing.AT_FLUSH;
    }

    @Override
    public ObjectAttributes attributes(String key) throws IOException {
        called(ATTRIBUTES, key);
        synchronized (store) {
            return store.require(key).attributes();
        }
    }

    @Override
    public boolean delete(String key) throws IOException {
        called(DELETE, key);
        synchronized (store) {
            return store.remove(key);
        }
    }

    @Override
    public Stream<ObjectAttributes> list(String prefix) throws IOException {
        counts.called(LIST);
        checkOpen();
        List<ObjectAttributes> found;
        synchronized (store) {
            found = store.list(prefix);
        }
        openListings.incrementAndGet();
        AtomicInteger once = new AtomicInteger(1);
        return found.stream().onClose(() -> openListings.addAndGet(-once.getAndSet(0)));
    }

    @Override
    public void ping() throws IOException {
        counts.called(PING);
        checkOpen();
    }

    @Override
    public void close() {
        closed = true;
    }

    private void called(StorageOperation operation, String key) throws IOException {
        counts.called(operation);
        ObjectKeys.requireValid(key);
        checkOpen();
    }

    void checkOpen() throws ClosedChannelException {
        if (closed) {
            throw new ClosedChannelException();
        }
    }

    void released() {
        openHandles.decrementAndGet();
    }

    void violated(ContractViolation violation) {
        violations.add(violation);
    }

    void failFlushIfAsked() throws IOException {
        if (flushesToFail.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            throw flushFailure.get();
        }
    }

    private static StorageException unavailable() {
        return new StorageException(Kind.UNAVAILABLE, Retry.NEVER, "flush", null, null, "as the test asked", null);
    }

    // ------------------------------------------------------------------ what tests look at and turn

    /** A copy of what others see of an object now. Works after {@link #close()} too, as all that follows. */
    public byte[] snapshot(String key) {
        synchronized (store) {
            MemoryStore.StoredObject object = store.find(key);
            if (object == null) {
                throw new NoSuchElementException("there is no object '" + key + "'");
            }
            return object.content.toBytes();
        }
    }

    /** Whether others see an object under this key. */
    public boolean contains(String key) {
        synchronized (store) {
            return store.find(key) != null;
        }
    }

    /** Changes an object as somebody else would: behind the back of all open handles. */
    public void put(String key, byte[] content) {
        ObjectKeys.requireValid(key);
        synchronized (store) {
            MemoryContent fresh = new MemoryContent();
            fresh.write(ByteBuffer.wrap(content), 0);
            MemoryStore.StoredObject object = store.find(key);
            if (object == null) {
                store.place(key, fresh);
            } else {
                object.content = fresh;
                store.changed(object);
            }
        }
    }

    /** Deletes an object as somebody else would; true if it existed. */
    public boolean remove(String key) {
        synchronized (store) {
            return store.remove(key);
        }
    }

    /** Lets the objects have {@code bytes} together; a write beyond that is short, then fails with {@code NO_SPACE}. Drafts do not count. */
    public void limitSpace(long bytes) {
        synchronized (store) {
            store.limitSpace(bytes);
        }
    }

    /** Lets the next {@code count} handle flushes fail. */
    public void failFlushes(int count) {
        failFlushes(count, MemoryBackend::unavailable);
    }

    /** Lets the next {@code count} handle flushes fail with what {@code failure} makes for each. */
    public void failFlushes(int count, Supplier<? extends IOException> failure) {
        flushFailure = Objects.requireNonNull(failure, "failure");
        flushesToFail.set(count);
    }

    /** The calls so far. */
    public CallCounts counts() {
        return counts;
    }

    /** Calls of one operation so far, failed ones included. */
    public long calls(StorageOperation operation) {
        return counts.of(operation);
    }

    /** Handles that are open now. */
    public int openHandles() {
        return openHandles.get();
    }

    /** Listings that nobody has closed yet. */
    public int openListings() {
        return openListings.get();
    }

    /** Whether {@link #close()} was called. */
    public boolean isClosed() {
        return closed;
    }

    /** The rules that callers have broken so far; see {@link ContractViolation}. */
    public List<ContractViolation> violations() {
        return List.copyOf(violations);
    }

    @Override
    public String toString() {
        return "MemoryBackend[" + counts + ", open handles " + openHandles + "]";
    }

    /** Collects what a store in memory can do. Not for several threads at once. */
    public static final class Builder {

        private StorageCapabilities capabilities = CAPABILITIES;
        private InstantSource clock = InstantSource.system();
        private boolean forgetsUnflushed = true;
        private boolean knowsHoles;

        private Builder() {}

        /** What the store can do, by default {@link #CAPABILITIES}. */
        public Builder capabilities(StorageCapabilities can) {
            capabilities = Objects.requireNonNull(can, "capabilities");
            return this;
        }

        /** What an object's time of change comes from, by default the machine's clock. */
        public Builder clock(InstantSource source) {
            clock = Objects.requireNonNull(source, "clock");
            return this;
        }

        /** Whether, with {@code releaseAt FLUSH}, a failed flush forgets what was not flushed; by default it does. */
        public Builder forgetsUnflushed(boolean forgets) {
            forgetsUnflushed = forgets;
            return this;
        }

        /** Whether {@code lseek} tells holes (of whole 4 KiB blocks) from data; by default it does not. */
        public Builder knowsHoles(boolean knows) {
            knowsHoles = knows;
            return this;
        }

        /** An empty store. */
        public MemoryBackend build() {
            return new MemoryBackend(new MemoryStore(clock), this);
        }
    }
}
