package io.conveyor.spring.transaction;

import io.conveyor.ConflictResolution;
import io.conveyor.Conveyor;
import io.conveyor.ConveyorStats;
import io.conveyor.DeferredConveyor;
import io.conveyor.Whence;
import io.conveyor.WriteBehindException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.OpenOption;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/** A draft as the application has it, which tells its transaction when it is closed. Any thread. */
final class DraftInTransaction implements Conveyor {

    private final DeferredConveyor draft;
    private final PublishOnCommit publishing;

    DraftInTransaction(DeferredConveyor draft, PublishOnCommit publishing) {
        this.draft = draft;
        this.publishing = publishing;
    }

    /**
     * Ends writing. Idempotent.
     *
     * @throws IOException only while the transaction is about to commit: that the store did not take what was written; it is dropped
     */
    @Override
    public void close() throws IOException {
        if (draft.isOpen()) {
            draft.close();
            publishing.written(draft);
        }
    }

    @Override
    public void abort() throws IOException {
        draft.abort();
    }

    @Override
    public boolean isOpen() {
        return draft.isOpen();
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
        return draft.read(dst);
    }

    @Override
    public int read(ByteBuffer dst, long position) throws IOException {
        return draft.read(dst, position);
    }

    @Override
    public int write(ByteBuffer src) throws IOException {
        return draft.write(src);
    }

    @Override
    public int write(ByteBuffer src, long position) throws IOException {
        return draft.write(src, position);
    }

    @Override
    public long position() throws IOException {
        return draft.position();
    }

    @Override
    public Conveyor position(long newPosition) throws IOException {
        draft.position(newPosition);
        return this;
    }

    @Override
    public long seek(long offset, Whence whence) throws IOException {
        return draft.seek(offset, whence);
    }

    @Override
    public long size() throws IOException {
        return draft.size();
    }

    @Override
    public Conveyor truncate(long size) throws IOException {
        draft.truncate(size);
        return this;
    }

    @Override
    public void flush() throws IOException {
        draft.flush();
    }

    @Override
    public void sync() throws IOException {
        draft.sync();
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
        draft.resolve(resolution);
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
