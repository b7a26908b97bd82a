package io.conveyor.testkit;

import static io.conveyor.ConveyorOpenOption.ATOMIC_REPLACE;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import io.conveyor.ObjectAttributes;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.spi.ForwardingStorageBackend;
import io.conveyor.spi.StorageHandle;
import java.io.IOException;
import java.nio.file.OpenOption;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/**
 * A store whose power can fail. After {@link #crash()} everything that was synced is there; of the rest each block of 4 KiB is old, new, or
 * torn between the two at a multiple of 512 bytes, each size is old or new, and an object that was never synced may be missing: as a
 * generator decides, so a seed repeats it.
 *
 * <p>What makes bytes durable: a sync of a handle (all of the object, through whichever handle it was written); a commit of a draft; where
 * the store publishes whole versions, a flush. A deletion is durable at once. With {@link #failSyncs} a sync fails as {@code fsync} does on
 * Linux: what was dirty counts as clean from then on, is not durable, and no later sync makes it so; only writing it anew does.
 *
 * <p><b>Threads.</b> As for any backend. Calls that come after the crash fail, as from a machine that is gone.
 */
public final class CrashingBackend extends ForwardingStorageBackend {

    private final MemoryBackend memory;
    private final RandomGenerator random;
    private final DurableStore durable;
    private final AtomicInteger syncsToFail = new AtomicInteger();
    private volatile boolean crashed;

    private CrashingBackend(MemoryBackend memory, RandomGenerator random) {
        super(memory);
        this.memory = Objects.requireNonNull(memory, "memory");
        this.random = Objects.requireNonNull(random, "random");
        this.durable = new DurableStore(memory.store);
    }

    /** A store over {@code memory}, whose objects so far are durable. */
    public static CrashingBackend over(MemoryBackend memory, RandomGenerator random) {
        return new CrashingBackend(memory, random);
    }

    /** The store below, to look at. */
    public MemoryBackend memory() {
        return memory;
    }

    /** Lets the next {@code count} handle syncs fail, with what that means for the bytes. */
    public void failSyncs(int count) {
        syncsToFail.set(count);
    }

    /** The power fails. Answers a store with what is left; this one and its handles fail from now on. */
    public CrashingBackend crash() {
        crashed = true;
        return over(memory.withStore(durable.survivors(random)), random);
    }

    @Override
    public StorageHandle open(String key, Set<? extends OpenOption> options) throws IOException {
        checkPower("open", key);
        StorageHandle handle = memory.open(key, options);
        boolean draft = options.contains(ATOMIC_REPLACE);
        if (options.contains(WRITE) && options.contains(TRUNCATE_EXISTING) && !draft) {
            durable.truncated(key, 0);
        }
        return new CrashingHandle(this, durable, key, draft, handle);
    }

    @Override
    public ObjectAttributes attributes(String key) throws IOException {
        checkPower("attributes", key);
        return memory.attributes(key);
    }

    @Override
    public boolean delete(String key) throws IOException {
        checkPower("delete", key);
        boolean existed = memory.delete(key);
        durable.deleted(key);
        return existed;
    }

    @Override
    public Stream<ObjectAttributes> list(String prefix) throws IOException {
        checkPower("list", prefix);
        return memory.list(prefix);
    }

    @Override
    public void ping() throws IOException {
        checkPower("ping", "");
        memory.ping();
    }

    @Override
    public void close() {
        memory.close();
    }

    void checkPower(String operation, String key) throws StorageException {
        if (crashed) {
            throw new StorageException(
                    Kind.UNAVAILABLE, Retry.NEVER, operation, key, null, "the power has failed", null);
        }
    }

    void failSyncIfAsked(String key) throws StorageException {
        if (syncsToFail.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            durable.syncFailed(key);
            throw new StorageException(Kind.IO, Retry.NEVER, "sync", key, null, "as the test asked", null);
        }
    }

    @Override
    public String toString() {
        return "CrashingBackend[" + delegate() + (crashed ? ", crashed" : "") + "]";
    }
}
