package io.conveyor.spring.transaction;

import io.conveyor.ConflictResolution;
import io.conveyor.Conveyor;
import io.conveyor.ConveyorStats;
import io.conveyor.Whence;
import io.conveyor.WriteBehindException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.OpenOption;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/** A draft whose close only ends its use: publishing it is somebody else's turn. Aborting is not put off. */
final class DeferredConveyor implements Conveyor {

    private final Conveyor draft;
    private volatile boolean closed;

    DeferredConveyor(Conveyor draft) {
        this.draft = draft;
    }

    private Conveyor open() throws ClosedChannelException {
        if (closed) {
            throw new ClosedChannelException();
        }
        return draft;
    }

    @Override
    public boolean isOpen() {
        return !closed && draft.isOpen();
    }

    /** Nothing can be written from now on. The transaction publishes. */
    @Override
    public void close() {
        closed = true;
    }

    @Override
    public void abort() throws IOException {
        closed = true;
        draft.abort();
    }

    @Override
    public Conveyor position(long newPosition) throws IOException {
        open().position(newPosition);
        return this;
    }

    @Override
    public Conveyor truncate(long size) throws IOException {
        open().truncate(size);
        return this;
    }

    @Override
    public String key() {
        return draft.key();
    }

    @Override
    public Set<OpenOption> openOptions() {
        return draft.openOptions();
    }

    @Override
    public int read(ByteBuffer dst) throws IOException {
        return open().read(dst);
    }

    @Override
    public int write(ByteBuffer src) throws IOException {
        return open().write(src);
    }

    @Override
    public long position() throws IOException {
        return open().position();
    }

    @Override
    public long seek(long offset, Whence whence) throws IOException {
        return open().seek(offset, whence);
    }

    @Override
    public int read(ByteBuffer dst, long position) throws IOException {
        return open().read(dst, position);
    }

    @Override
    public int write(ByteBuffer src, long position) throws IOException {
        return open().write(src, position);
    }

    @Override
    public long size() throws IOException {
        return open().size();
    }

    @Override
    public void flush() throws IOException {
        open().flush();
    }

    @Override
    public void sync() throws IOException {
        open().sync();
    }

    @Override
    public Optional<WriteBehindException> failure() {
        return draft.failure();
    }

    @Override
    public boolean clearError() {
        return draft.clearError();
    }

    @Override
    public void resolve(ConflictResolution resolution) throws IOException {
        open().resolve(resolution);
    }

    @Override
    public ConveyorStats stats() {
        return draft.stats();
    }

    @Override
    public Duration pendingAge() {
        return draft.pendingAge();
    }
}
