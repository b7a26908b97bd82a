package io.conveyor.testkit;

import io.conveyor.ConflictException;
import io.conveyor.ConflictResolution;
import io.conveyor.ConveyorOpenOption;
import io.conveyor.Whence;
import io.conveyor.spi.ForwardingStorageHandle;
import io.conveyor.spi.StorageHandle;
import io.conveyor.testkit.WrongBackend.Mistake;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.OpenOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A handle of a {@link WrongBackend}. */
final class WrongHandle extends ForwardingStorageHandle {

    private final MemoryBackend store;
    private final String key;
    private final Mistake mistake;
    private final boolean writes;
    private final boolean truncates;
    private final boolean drafts;
    private final long openedSize;
    private final byte @Nullable [] openedBytes;
    private @Nullable ByteBuffer late;
    private final Semaphore readsBesideAFlush = new Semaphore(0);
    private volatile boolean flushing;
    private boolean flushed;
    private boolean conflicted;

    WrongHandle(
            StorageHandle handle, MemoryBackend store, String key, Set<? extends OpenOption> options, Mistake mistake)
            throws IOException {
        super(handle);
        this.store = store;
        this.key = key;
        this.mistake = mistake;
        this.writes = options.contains(StandardOpenOption.WRITE);
        this.truncates = options.contains(StandardOpenOption.TRUNCATE_EXISTING);
        this.drafts = options.contains(ConveyorOpenOption.ATOMIC_REPLACE);
        this.openedSize = handle.lseek(0, Whence.END);
        boolean keepsBytes = mistake == Mistake.KEEPS_THE_BYTES_OF_THE_OPENING && !writes;
        this.openedBytes = keepsBytes ? store.snapshot(key) : null;
    }

    @Override
    public int pread(ByteBuffer dst, long offset) throws IOException {
        int start = dst.position();
        int count = delegate().pread(dst, offset);
        if (flushing) {
            for (int i = 0; i < count; i++) {
                dst.put(start + i, (byte) 0);
            }
            readsBesideAFlush.release();
        }
        for (int i = 0; openedBytes != null && i < count && offset + i < openedBytes.length; i++) {
            dst.put(start + i, openedBytes[(int) offset + i]);
        }
        return count;
    }

    private void endIfInterrupted(Mistake ending) throws IOException {
        if (mistake == ending && Thread.currentThread().isInterrupted()) {
            delegate().abort();
        }
    }

    @Override
    public long pread(ByteBuffer[] dsts, long offset) throws IOException {
        endIfInterrupted(Mistake.ENDS_BY_AN_INTERRUPTED_SCATTERED_READ);
        long count = delegate().pread(dsts, offset);
        for (ByteBuffer dst : dsts) {
            if (mistake == Mistake.MOVES_LIMITS_OF_SCATTERED_READS) {
                dst.limit(dst.position());
            }
        }
        return count;
    }

    @Override
    public int pwrite(ByteBuffer src, long offset) throws IOException {
        if (mistake == Mistake.SHOWS_WRITES_AFTER_A_FLUSH_ONLY) {
            int count = src.remaining();
            late = ByteBuffer.allocate(count).put(src).flip();
            return count;
        }
        try {
            return delegate().pwrite(src, mistake == Mistake.WRITES_AT_THE_LOW_31_BITS ? offset & 0x7fffffff : offset);
        } catch (IOException e) {
            if (mistake == Mistake.TAKES_WHAT_IT_REFUSES) {
                src.position(src.limit());
            }
            throw e;
        }
    }

    @Override
    public int pwrite(ByteBuffer[] srcs, long offset) throws IOException {
        int total = 0;
        for (ByteBuffer src : srcs) {
            total += src.hasRemaining() ? pwrite(src, offset + total) : 0;
        }
        return total;
    }

    @Override
    public int pwriteLast(ByteBuffer[] srcs, long offset) throws IOException {
        if (mistake != Mistake.DROPS_LAST_WRITES) {
            return delegate().pwriteLast(srcs, offset);
        }
        int count = 0;
        for (ByteBuffer src : srcs) {
            count += src.remaining();
            src.position(src.limit());
        }
        return count;
    }

    @Override
    public long lseek(long offset, Whence whence) throws IOException {
        endIfInterrupted(Mistake.ENDS_BY_AN_INTERRUPTED_QUESTION);
        long answer = delegate().lseek(offset, whence);
        if (whence != Whence.END) {
            return answer;
        }
        return switch (mistake) {
            case CUTS_SIZES_TO_AN_INT -> (int) answer;
            case KEEPS_THE_SIZE_OF_THE_OPENING -> writes ? answer : openedSize + offset;
            default -> answer;
        };
    }

    @Override
    public void flush() throws IOException {
        if (late != null) {
            delegate().pwrite(late, 0);
        }
        if (mistake == Mistake.READS_ZEROS_BESIDE_A_FLUSH) {
            waitForARead();
        }
        try {
            delegate().flush();
            flushed = true;
        } catch (ConflictException e) {
            boolean overwrites = switch (mistake) {
                case OVERWRITES_FROM_THE_SECOND_FLUSH_ON -> flushed;
                case OVERWRITES_AFTER_A_CONFLICT -> conflicted;
                case OVERWRITES_WHERE_IT_TRUNCATES -> truncates;
                default -> false;
            };
            conflicted = true;
            if (!overwrites) {
                throw e;
            }
            delegate().resolve(ConflictResolution.OVERWRITE);
            delegate().flush();
        }
    }

    @Override
    public void truncate(long size) throws IOException {
        delegate().truncate(size);
        if (mistake == Mistake.CUTS_WHAT_A_DRAFT_REPLACES && drafts) {
            byte[] replaced = store.snapshot(key);
            store.put(key, Arrays.copyOf(replaced, (int) Math.min(replaced.length, size)));
        }
    }

    /** A read that comes while this waits, if one does, has zeros. */
    @SuppressWarnings("ResultOfMethodCallIgnored") // where nobody reads beside a flush, none is spoilt
    private void waitForARead() throws IOException {
        flushing = true;
        try {
            readsBesideAFlush.tryAcquire(100, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            throw new IOException(e);
        } finally {
            flushing = false;
        }
    }

    @Override
    public void commit() throws IOException {
        delegate().commit();
        if (mistake == Mistake.LEAVES_A_TEMPORARY) {
            store.put(key + ".tmp", new byte[1]);
        }
    }

    @Override
    public @Nullable String version() {
        return mistake == Mistake.NAMES_ALL_VERSIONS_ALIKE
                ? "version"
                : delegate().version();
    }
}
