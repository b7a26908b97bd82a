package io.conveyor.backend.s3;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * A bounded local store of object bytes by their offset: in memory first, then in a temporary file that only its owner can read. The
 * file has no name any more as soon as it is open, where the system allows that, so that a killed process leaves nothing behind.
 *
 * <p><b>Layout.</b> Blocks of {@value #BLOCK} bytes, aligned in the object, each in a slot of memory or of the file; slots of released blocks
 * are used again. Which bytes of a block mean something is the caller's knowledge.
 *
 * <p><b>Lending.</b> Bytes that are likely to be given up before the call which brings them returns are not copied:
 *
 * <pre>
 *   {@link #lend}      the blocks are where the caller has them
 *   {@link #release}   those of which no byte is needed are nowhere
 *   {@link #keep}      the others are copied; the caller's buffers are his own again
 * </pre>
 *
 * <p><b>Threads.</b> Any number of threads read and write at once, as long as two do not touch the same bytes. Releasing waits until
 * no copy is under way, so that no slot changes its owner under somebody who copies.
 */
final class S3Staging implements Closeable {

    /** Small enough that a scattered page costs little, large enough that a part is not thousands of calls. */
    static final int BLOCK = 64 << 10;

    /** Staging is full: the caller says what to do about it. */
    static final class FullException extends IOException {
        private static final long serialVersionUID = 1L;

        FullException(String message) {
            super(message);
        }
    }

    private final @Nullable Path directory;
    private final long memoryBlocks;
    private final long maxBlocks;

    /** Read side: copies. Write side: releases, which may give a slot to somebody else. */
    private final ReadWriteLock slots = new ReentrantReadWriteLock();

    private final Object mutex = new Object();

    @GuardedBy("mutex")
    private final Map<Long, Slot> table = new HashMap<>();

    @GuardedBy("mutex")
    private final Deque<InFile> freeFileSlots = new ArrayDeque<>();

    @GuardedBy("mutex")
    private long memoryUsed;

    @GuardedBy("mutex")
    private long fileSlots;

    @GuardedBy("mutex")
    private @Nullable FileChannel file;

    @GuardedBy("mutex")
    private boolean closed;

    /**
     * An empty staging. Makes no file yet.
     *
     * @param directory where the file goes, or null for the system's temporary directory
     * @param memoryBytes how much is kept in memory before the file is used
     * @param maxBytes how much there may be in all
     */
    S3Staging(@Nullable Path directory, long memoryBytes, long maxBytes) {
        this.directory = directory;
        this.memoryBlocks = memoryBytes / BLOCK;
        this.maxBlocks = Math.max(1, maxBytes / BLOCK);
    }

    /** Where a block is. */
    private sealed interface Slot {}

    private record InMemory(ByteBuffer bytes) implements Slot {}

    /**
     * In the file.
     *
     * @param index where, in blocks
     */
    private record InFile(long index) implements Slot {}

    /** What one call lends, from {@link #lend} to {@link #keep}. */
    static final class Loan {

        /** Set while nobody reads or writes. From then on its blocks are not here. */
        private boolean over;
    }

    /**
     * In buffers of a caller.
     *
     * @param pieces the block's bytes, one after the other
     */
    private record Lent(Loan loan, List<ByteBuffer> pieces) implements Slot {

        void take(int within, ByteBuffer dst, int count) {
            int skipped = within;
            int missing = count;
            for (ByteBuffer piece : pieces) {
                int from = Math.min(skipped, piece.limit());
                int now = Math.min(missing, piece.limit() - from);
                dst.put(piece.slice(from, now));
                skipped -= from;
                missing -= now;
            }
        }
    }

    /** Bytes occupied, in whole blocks. */
    long usedBytes() {
        synchronized (mutex) {
            return table.size() * (long) BLOCK;
        }
    }

    /**
     * Puts all that remains in {@code src} at {@code offset}.
     *
     * @throws FullException if there is no room; nothing has changed then
     */
    void write(ByteBuffer src, long offset) throws IOException {
        write(new ByteBuffer[] {src}, src.remaining(), offset);
        src.position(src.limit());
    }

    /**
     * Puts all that remains in {@code srcs}, one after the other, at {@code offset}. Their positions stay.
     *
     * @param length how much that is
     * @throws FullException if there is no room; nothing has changed then
     */
    void write(ByteBuffer[] srcs, long length, long offset) throws IOException {
        slots.readLock().lock();
        try {
            List<Slot> target = claim(offset, offset + length);
            long position = offset;
            for (ByteBuffer each : srcs) {
                ByteBuffer src = each.duplicate();
                while (src.hasRemaining()) {
                    int within = (int) (position % BLOCK);
                    int first = (int) (position / BLOCK - offset / BLOCK);
                    int count = Math.min(src.remaining(), adjacent(target, first) * BLOCK - within);
                    put(target.get(first), within, src, count);
                    position += count;
                }
            }
        } finally {
            slots.readLock().unlock();
        }
    }

    /** How many slots from {@code first} on lie one after the other in the file, and so are written at once: at least 1. */
    private static int adjacent(List<Slot> target, int first) {
        int count = 1;
        while (first + count < target.size()
                && target.get(first) instanceof InFile start
                && target.get(first + count) instanceof InFile next
                && next.index == start.index + count) {
            count++;
        }
        return count;
    }

    /**
     * Has all that remains in {@code srcs} at {@code offset}, where it lies: the buffers must stay as they are until {@link #keep} returns. Nobody writes
     * these bytes meanwhile.
     *
     * @param loan a new one
     * @param length how much that is
     * @return false if these are not whole blocks, or some are here already; nothing has changed then
     * @throws FullException if there is no room; nothing has changed then
     */
    boolean lend(Loan loan, ByteBuffer[] srcs, long length, long offset) throws IOException {
        if (offset % BLOCK != 0 || length % BLOCK != 0) {
            return false;
        }
        Map<Long, Slot> lent = blocks(loan, srcs, offset / BLOCK);
        synchronized (mutex) {
            requireOpen();
            for (long block : lent.keySet()) {
                if (find(block) != null) {
                    return false;
                }
            }
            requireRoom(lent.size());
            table.putAll(lent);
        }
        return true;
    }

    private static Map<Long, Slot> blocks(Loan loan, ByteBuffer[] srcs, long first) {
        Map<Long, Slot> blocks = new HashMap<>();
        List<ByteBuffer> pieces = new ArrayList<>();
        int missing = BLOCK;
        for (ByteBuffer src : srcs) {
            for (int at = src.position(); at < src.limit(); ) {
                int now = Math.min(missing, src.limit() - at);
                pieces.add(src.slice(at, now));
                at += now;
                missing -= now;
                if (missing == 0) {
                    blocks.put(first + blocks.size(), new Lent(loan, pieces));
                    pieces = new ArrayList<>();
                    missing = BLOCK;
                }
            }
        }
        return blocks;
    }

    /**
     * Ends a loan: copies what was lent at {@code offset} and is still here. Afterwards nobody reads the lent buffers any more, even if this fails.
     *
     * @throws IOException if the file cannot be written: what was not copied is not here any more
     */
    void keep(Loan loan, long length, long offset) throws IOException {
        try {
            for (long block = offset / BLOCK; block < (offset + length) / BLOCK; block++) {
                keep(loan, block);
            }
        } finally {
            slots.writeLock().lock();
            try {
                synchronized (mutex) {
                    loan.over = true;
                }
            } finally {
                slots.writeLock().unlock();
            }
        }
    }

    private void keep(Loan loan, long block) throws IOException {
        Lent lent;
        Slot place;
        synchronized (mutex) {
            if (!(table.get(block) instanceof Lent found) || found.loan != loan) {
                return;
            }
            lent = found;
            place = allocate();
        }
        boolean copied = false;
        try {
            int within = 0;
            for (ByteBuffer piece : lent.pieces) {
                put(place, within, piece.duplicate(), piece.limit());
                within += piece.limit();
            }
            copied = true;
        } finally {
            synchronized (mutex) {
                if (copied && table.get(block) == lent) {
                    table.put(block, place);
                } else {
                    free(place);
                }
            }
        }
    }

    /**
     * Fills what remains in {@code dst} from {@code offset}.
     *
     * @throws EOFException if a block is not there
     */
    void read(ByteBuffer dst, long offset) throws IOException {
        slots.readLock().lock();
        try {
            long position = offset;
            while (dst.hasRemaining()) {
                int within = (int) (position % BLOCK);
                int count = Math.min(dst.remaining(), BLOCK - within);
                take(slotAt(position / BLOCK), within, dst, count);
                position += count;
            }
        } finally {
            slots.readLock().unlock();
        }
    }

    /** Says whether any byte of a range is still needed. */
    @FunctionalInterface
    interface Needed {
        boolean test(long start, long end);
    }

    /** Gives up the blocks that overlap {@code [start, end)} and of which no byte is needed, as asked while no copy is under way. */
    void release(long start, long end, Needed needed) {
        slots.writeLock().lock();
        try {
            synchronized (mutex) {
                long first = start / BLOCK;
                long last = (end - 1) / BLOCK + 1;
                List<Long> blocks = last - first > table.size()
                        ? table.keySet().stream()
                                .filter(block -> block >= first && block < last)
                                .toList()
                        : range(first, last);
                for (long block : blocks) {
                    if (!needed.test(block * BLOCK, (block + 1) * BLOCK)) {
                        free(table.remove(block));
                    }
                }
            }
        } finally {
            slots.writeLock().unlock();
        }
    }

    private static List<Long> range(long first, long last) {
        List<Long> blocks = new ArrayList<>();
        for (long block = first; block < last; block++) {
            blocks.add(block);
        }
        return blocks;
    }

    @GuardedBy("mutex")
    private void free(@Nullable Slot slot) {
        if (slot instanceof InMemory) {
            memoryUsed--;
        } else if (slot instanceof InFile place) {
            freeFileSlots.push(place);
        }
    }

    private List<Slot> claim(long start, long end) throws IOException {
        synchronized (mutex) {
            requireOpen();
            long first = start / BLOCK;
            long last = (end + BLOCK - 1) / BLOCK;
            long missing = 0;
            for (long block = first; block < last; block++) {
                missing += find(block) == null ? 1 : 0;
            }
            requireRoom(missing);
            List<Slot> found = new ArrayList<>();
            for (long block = first; block < last; block++) {
                Slot slot = find(block);
                if (slot == null) {
                    slot = allocate();
                    table.put(block, slot);
                }
                found.add(slot);
            }
            return found;
        }
    }

    @GuardedBy("mutex")
    private @Nullable Slot find(long block) {
        Slot slot = table.get(block);
        return slot instanceof Lent lent && lent.loan.over ? null : slot;
    }

    @GuardedBy("mutex")
    private void requireRoom(long missing) throws FullException {
        if (table.size() + missing > maxBlocks) {
            throw new FullException("staging holds " + table.size() * (long) BLOCK + " of at most " + maxBlocks * BLOCK
                    + " bytes, and " + missing * BLOCK + " more are needed");
        }
    }

    @GuardedBy("mutex")
    private Slot allocate() throws IOException {
        if (memoryUsed < memoryBlocks) {
            memoryUsed++;
            return new InMemory(ByteBuffer.allocate(BLOCK));
        }
        if (file == null) {
            file = create();
        }
        InFile free = freeFileSlots.poll();
        return free != null ? free : new InFile(fileSlots++);
    }

    private FileChannel create() throws IOException {
        Path parent = directory != null ? directory : Path.of(System.getProperty("java.io.tmpdir"));
        boolean posix = Files.getFileStore(parent).supportsFileAttributeView("posix");
        Path path = posix
                ? Files.createTempFile(
                        parent,
                        "conveyor-s3-",
                        ".staging",
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))
                : Files.createTempFile(parent, "conveyor-s3-", ".staging");
        return FileChannel.open(
                path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE);
    }

    private Slot slotAt(long block) throws IOException {
        synchronized (mutex) {
            requireOpen();
            Slot slot = find(block);
            if (slot == null) {
                throw new EOFException("block " + block + " is not staged");
            }
            return slot;
        }
    }

    private FileChannel file() throws IOException {
        synchronized (mutex) {
            requireOpen();
            if (file == null) {
                throw new IOException("there is no staging file");
            }
            return file;
        }
    }

    @GuardedBy("mutex")
    private void requireOpen() throws IOException {
        if (closed) {
            throw new ClosedChannelException();
        }
    }

    private void put(Slot slot, int within, ByteBuffer src, int count) throws IOException {
        if (slot instanceof InMemory memory) {
            memory.bytes.put(within, src, src.position(), count);
            src.position(src.position() + count);
            return;
        }
        if (!(slot instanceof InFile place)) {
            throw new IllegalStateException("bytes that are lent by one write are written by another one");
        }
        ByteBuffer slice = src.slice(src.position(), count);
        long position = place.index * BLOCK + within;
        while (slice.hasRemaining()) {
            position += file().write(slice, position);
        }
        src.position(src.position() + count);
    }

    private void take(Slot slot, int within, ByteBuffer dst, int count) throws IOException {
        if (slot instanceof InFile place) {
            take(place.index * BLOCK + within, dst, count);
        } else if (slot instanceof InMemory memory) {
            dst.put(memory.bytes.slice(within, count));
        } else if (slot instanceof Lent lent) {
            lent.take(within, dst, count);
        }
    }

    private void take(long start, ByteBuffer dst, int count) throws IOException {
        ByteBuffer slice = dst.slice(dst.position(), count);
        long position = start;
        while (slice.hasRemaining()) {
            int read = file().read(slice, position);
            if (read < 0) {
                throw new EOFException("the staging file ends at " + position);
            }
            position += read;
        }
        dst.position(dst.position() + count);
    }

    /**
     * Gives up everything. Copies that are under way fail.
     *
     * @param aside runs what gives the file's blocks back to the system, which takes it some 60 ms for each GiB
     */
    void close(Executor aside) {
        FileChannel channel;
        synchronized (mutex) {
            closed = true;
            table.clear();
            freeFileSlots.clear();
            channel = file;
            file = null;
        }
        if (channel != null) {
            aside.execute(() -> giveBack(channel));
        }
    }

    /** As {@link #close(Executor)}, before this returns. */
    @Override
    public void close() {
        close(Runnable::run);
    }

    private static void giveBack(FileChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            // nobody needs what was in it, and it has no name any more, or is deleted when the process ends
        }
    }
}
