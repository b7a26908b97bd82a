package io.conveyor.benchmarks.store;

import io.conveyor.ObjectAttributes;
import io.conveyor.Whence;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spi.StorageCapabilities;
import io.conveyor.spi.StorageCapabilities.SyncEffect;
import io.conveyor.spi.StorageHandle;
import java.nio.ByteBuffer;
import java.nio.file.OpenOption;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/**
 * Storage in memory that does nothing but copy: the fastest store that there can be. Objects have a largest size, and their memory is found when they
 * are first opened. Writers of one object at a time, as a conveyor is; for several threads.
 */
public final class ArrayStore implements StorageBackend {

    private final int largest;
    private final boolean keeps;
    private final StorageCapabilities capabilities;
    private final Map<String, Stored> objects = new ConcurrentHashMap<>();
    private final AtomicLong calls = new AtomicLong();

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private static final class Stored {
        final ByteBuffer bytes;
        volatile long size;

        Stored(int largest) {
            bytes = largest == 0 ? NOTHING : ByteBuffer.allocateDirect(largest);
        }
    }

    /**
     * An empty store.
     *
     * @param largest the largest object, bytes
     * @param writesAtATime how many writes one handle takes at a time
     */
    public ArrayStore(int largest, int writesAtATime) {
        this(largest, writesAtATime, true);
    }

    /** A store that takes what it is given and does not look at it: what is measured with it is the way there alone. */
    public static ArrayStore forgetful() {
        return new ArrayStore(0, 1, false);
    }

    private ArrayStore(int largest, int writesAtATime, boolean keeps) {
        this.largest = largest;
        this.keeps = keeps;
        this.capabilities = StorageCapabilities.builder()
                .syncEffect(SyncEffect.NONE)
                .maxConcurrentWrites(writesAtATime)
                .preferredReadBytes(1 << 20)
                .maxConcurrentReads(8)
                .interruptSafeReads(true)
                .build();
    }

    /** How many reads and writes there were. */
    public long calls() {
        return calls.get();
    }

    /** An object of its largest size, full of bytes that depend on their offset. */
    public ArrayStore fill(String key) {
        Stored stored = object(key);
        for (int i = 0; i < largest; i++) {
            stored.bytes.put(i, (byte) (i * 31 + (i >> 12)));
        }
        stored.size = largest;
        return this;
    }

    /** What an object holds; not a copy. */
    public ByteBuffer contents(String key) {
        return object(key).bytes.asReadOnlyBuffer();
    }

    private Stored object(String key) {
        return objects.computeIfAbsent(key, ignored -> new Stored(largest));
    }

    @Override
    public String name() {
        return "array";
    }

    @Override
    public StorageCapabilities capabilities() {
        return capabilities;
    }

    @Override
    public StorageHandle open(String key, Set<? extends OpenOption> options) {
        return new Handle(object(key));
    }

    @Override
    public ObjectAttributes attributes(String key) {
        throw new UnsupportedOperationException("attributes");
    }

    @Override
    public boolean delete(String key) {
        return objects.remove(key) != null;
    }

    @Override
    public Stream<ObjectAttributes> list(String prefix) {
        return Stream.empty();
    }

    @Override
    public void ping() {}

    private final class Handle implements StorageHandle {

        private final Stored stored;

        Handle(Stored stored) {
            this.stored = stored;
        }

        @Override
        public int pread(ByteBuffer dst, long offset) {
            calls.incrementAndGet();
            int count = (int) Math.min(dst.remaining(), stored.size - offset);
            if (count <= 0) {
                return dst.hasRemaining() ? -1 : 0;
            }
            dst.put(dst.position(), stored.bytes, (int) offset, count);
            dst.position(dst.position() + count);
            return count;
        }

        @Override
        public int pwrite(ByteBuffer src, long offset) {
            calls.incrementAndGet();
            return take(src, offset);
        }

        @Override
        public int pwrite(ByteBuffer[] srcs, long offset) {
            calls.incrementAndGet();
            int total = 0;
            for (ByteBuffer src : srcs) {
                total += take(src, offset + total);
            }
            return total;
        }

        private int take(ByteBuffer src, long offset) {
            int count = src.remaining();
            if (keeps) {
                stored.bytes.put((int) offset, src, src.position(), count);
            }
            src.position(src.limit());
            stored.size = Math.max(stored.size, offset + count);
            return count;
        }

        @Override
        public long lseek(long offset, Whence whence) {
            return switch (whence) {
                case END, HOLE -> stored.size;
                default -> offset;
            };
        }

        @Override
        public void truncate(long size) {
            stored.size = size;
        }

        @Override
        public void flush() {}

        @Override
        public void sync() {}

        @Override
        public void abort() {}

        @Override
        public void close() {}
    }
}
