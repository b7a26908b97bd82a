package io.conveyor;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.OpenOption;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A draft ({@link ConveyorOpenOption#ATOMIC_REPLACE}) in the hands of somebody who writes it and does not decide about it: {@link #close()} only ends its use,
 * as the writers and archives do that close what they write to, and {@link #publish()} is somebody else's turn, as when a body has returned or a transaction
 * has committed. {@link #abort()} is not put off. For whoever publishes later than {@link ConveyorFactory#write} does.
 *
 * <p><b>Threads.</b> As any conveyor; but closing ends no call that is under way. Publishing does.
 */
public final class DeferredConveyor implements Conveyor {

    private static final String ENDED =
            "its draft was ended meanwhile, as when its factory is closed; close that afterwards";

    /** What has become of the draft; only the first can be used. */
    private enum State {
        OPEN,
        CLOSED,
        ABORTED,
        PUBLISHED
    }

    private final Conveyor draft;
    private final IOConsumer<? super DeferredConveyor> whenClosed;
    private final AtomicReference<State> state = new AtomicReference<>(State.OPEN);

    /** Defers the publication of {@code draft}, which nobody else is to close. */
    public DeferredConveyor(Conveyor draft) {
        this(draft, closed -> {});
    }

    /**
     * As {@link #DeferredConveyor(Conveyor)}, for somebody who wants to know when writing has ended.
     *
     * @param whenClosed is given this conveyor when it is closed for the first time, unless it was aborted before; what it throws is thrown by {@link #close()}
     */
    public DeferredConveyor(Conveyor draft, IOConsumer<? super DeferredConveyor> whenClosed) {
        this.draft = draft;
        this.whenClosed = whenClosed;
    }

    private Conveyor open() throws ClosedChannelException {
        if (state.get() != State.OPEN) {
            throw new ClosedChannelException();
        }
        return draft;
    }

    @Override
    public boolean isOpen() {
        return state.get() == State.OPEN && draft.isOpen();
    }

    /**
     * Nothing can be written from now on, by this object: calls throw {@link ClosedChannelException}. Nothing is published. Idempotent.
     *
     * @throws IOException only what the one throws who wanted to know
     */
    @Override
    public void close() throws IOException {
        if (state.compareAndSet(State.OPEN, State.CLOSED)) {
            whenClosed.accept(this);
        }
    }

    /** Drops the draft, whether it was closed or not, so that it cannot be published any more. Idempotent; no effect after {@link #publish()}. */
    @Override
    public void abort() throws IOException {
        State before = state.getAndUpdate(now -> now == State.PUBLISHED ? now : State.ABORTED);
        if (before != State.PUBLISHED) {
            draft.abort();
        }
    }

    // ---------------------------------------------------------------- for those who decide

    /** Whether it was dropped by {@link #abort()}. */
    public boolean isAborted() {
        return state.get() == State.ABORTED;
    }

    /**
     * Has {@code body} write the draft, and closes it; drops it if that fails.
     *
     * @throws IOException what {@code body} or closing threw, or that it has aborted what it was to write
     */
    public void fill(IOConsumer<? super Conveyor> body) throws IOException {
        try {
            body.accept(this);
            close();
        } catch (Throwable failure) {
            try {
                abort();
            } catch (IOException whileAborting) {
                failure.addSuppressed(whileAborting);
            }
            throw failure;
        }
        checkNotAborted();
    }

    /**
     * Hands what was written to the store's draft, closed or not.
     *
     * @throws IOException if that fails, or if the draft has been ended
     */
    public void handOver() throws IOException {
        checkNotAborted();
        try {
            draft.flush();
        } catch (ClosedChannelException dropped) {
            throw unpublishable(ENDED, dropped);
        }
    }

    /**
     * Ends the draft and makes it the object.
     *
     * @throws IOException if that fails, or if the draft has been ended otherwise: aborted, or dropped by its factory as that was closed
     */
    public void publish() throws IOException {
        state.getAndUpdate(now -> now == State.ABORTED ? now : State.PUBLISHED);
        checkNotAborted();
        boolean usable = draft.isOpen();
        try {
            draft.close();
        } catch (ClosedChannelException dropped) {
            throw unpublishable(ENDED, dropped);
        }
        if (!usable) {
            // whoever has ended it was not its factory, and closing it again says nothing
            throw unpublishable(ENDED, null);
        }
    }

    private void checkNotAborted() throws IOException {
        if (isAborted()) {
            throw unpublishable("it was aborted", null);
        }
    }

    private IOException unpublishable(String reason, @Nullable Throwable cause) {
        return new IOException("'" + draft.key() + "' cannot be published: " + reason, cause);
    }

    // ---------------------------------------------------------------- while it is open

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
