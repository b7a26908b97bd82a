package io.conveyor.testkit;

import io.conveyor.ConflictResolution;
import io.conveyor.Conveyor;
import io.conveyor.ConveyorStats;
import io.conveyor.Whence;
import io.conveyor.WriteBehindException;
import io.conveyor.spi.StorageHandle;
import io.conveyor.testkit.StraightFactory.Mistake;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.OpenOption;
import java.util.Optional;
import java.util.Set;

/** A conveyor without an engine: every call goes straight to storage, one at a time. */
final class StraightConveyor implements Conveyor {

    private final String key;
    private final StorageHandle handle;
    private final boolean append;
    private final Mistake mistake;
    private long cursor;
    private long calls;
    private boolean open = true;

    StraightConveyor(String key, StorageHandle handle, boolean append, Mistake mistake) {
        this.key = key;
        this.handle = handle;
        this.append = append;
        this.mistake = mistake;
    }

    @Override
    public String key() {
        return key;
    }

    @Override
    public Set<OpenOption> openOptions() {
        return Set.of();
    }

    @Override
    public synchronized int read(ByteBuffer dst) throws IOException {
        int count = read(dst, cursor);
        cursor += Math.max(0, count);
        return count;
    }

    @Override
    public synchronized int read(ByteBuffer dst, long position) throws IOException {
        calls++;
        if (!dst.hasRemaining()) {
            return 0;
        }
        int limit = dst.limit();
        if (mistake == Mistake.READS_SHORT_NOW_AND_THEN && calls % 50 == 0) {
            dst.limit(dst.position() + Math.max(1, dst.remaining() / 2));
        }
        try {
            return handle.pread(dst, position);
        } finally {
            dst.limit(limit);
        }
    }

    @Override
    public synchronized int write(ByteBuffer src) throws IOException {
        long position = append ? size() : cursor;
        int count = write(src, position);
        if (count > 0 && mistake != Mistake.FORGETS_THE_CURSOR_AFTER_A_WRITE) {
            cursor = position + count;
        }
        return count;
    }

    @Override
    public synchronized int write(ByteBuffer src, long position) throws IOException {
        if (mistake == Mistake.SWAPS_TWO_BYTES_OF_A_LONG_WRITE && src.remaining() > 30_000) {
            byte last = src.get(src.limit() - 1);
            src.put(src.limit() - 1, src.get(src.position() + 6)).put(src.position() + 6, last);
        }
        return handle.pwrite(src, position);
    }

    @Override
    public synchronized long position() {
        return cursor;
    }

    @Override
    public synchronized Conveyor position(long newPosition) {
        cursor = newPosition;
        return this;
    }

    @Override
    public synchronized long seek(long offset, Whence whence) throws IOException {
        long base = whence == Whence.SET ? 0 : whence == Whence.CUR ? cursor : size();
        if (base + offset < 0) {
            throw new IllegalArgumentException("the cursor would become " + (base + offset));
        }
        cursor = base + offset;
        return cursor;
    }

    @Override
    public synchronized long size() throws IOException {
        return handle.lseek(0, Whence.END);
    }

    @Override
    public synchronized Conveyor truncate(long size) throws IOException {
        if (size < size()) {
            handle.truncate(size);
        } else if (size > size() && mistake == Mistake.TRUNCATES_UPWARDS_TOO) {
            handle.pwrite(ByteBuffer.allocate(1), size - 1);
        }
        cursor = Math.min(cursor, size);
        return this;
    }

    @Override
    public synchronized void flush() throws IOException {
        handle.flush();
    }

    @Override
    public synchronized void sync() throws IOException {
        handle.flush();
        handle.sync();
    }

    @Override
    public Optional<WriteBehindException> failure() {
        return Optional.empty();
    }

    @Override
    public boolean clearError() {
        return false;
    }

    @Override
    public void resolve(ConflictResolution resolution) {
        throw new UnsupportedOperationException();
    }

    @Override
    public ConveyorStats stats() {
        return ConveyorStats.NONE;
    }

    @Override
    public void abort() throws IOException {
        open = false;
        handle.abort();
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public synchronized void close() throws IOException {
        if (open) {
            open = false;
            handle.flush();
            handle.close();
        }
    }
}
