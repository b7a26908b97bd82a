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
    private volatile boolean aborted;

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
        aborted = true;
        closed = true;
        draft.abort();
    }

    // ---------------------------------------------------------------- for the transaction

    /**
     * Hands what was written to the store's draft, closed or not.
     *
     * @throws IOException if that fails, or if somebody else has ended the draft; not if it was aborted here
     */
    void handOver() throws IOException {
        if (!aborted) {
            draftInUse().flush();
        }
    }

    /**
     * Ends the draft and makes it the object.
     *
     * @throws IOException as {@link #handOver()}
     */
    void publish() throws IOException {
        if (!aborted) {
            draftInUse().close();
        }
    }

    /** Closing an ended draft again does nothing and says nothing, and the transaction would commit without its object. */
    private Conveyor draftInUse() throws IOException {
        if (!draft.isOpen()) {
            throw new IOException(
                    "'" + draft.key() + "' cannot be published with its transaction: its draft was dropped"
                            + " meanwhile, as when the store is closed; close the store after the transaction");
        }
        return draft;
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
