package io.conveyor.backend.s3;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.conveyor.spi.ResumeToken;
import java.io.IOException;
import java.nio.channels.AsynchronousCloseException;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Begins and ends the unfinished upload of a draft, of which there is at most one. An upload that is begun while the handle is being aborted
 * is aborted, too. Any thread.
 */
final class S3UploadSlot {

    private final String key;
    private final S3Draft draft;
    private final S3Requests requests;
    private final S3Inheritance inheritance;
    private final S3InUse inUse;

    /** Held while an upload is begun: whoever waits for it needs that very upload. Nothing else takes it, but for closing. */
    private final ReentrantLock beginning = new ReentrantLock();

    @GuardedBy("this")
    private boolean closed;

    /** Whether the upload was left at the store when this was closed. */
    @GuardedBy("this")
    private boolean leftThere;

    /** The last upload that was begun; it may have ended. Written with {@link #beginning} held. */
    private volatile @Nullable S3LeftUpload begun;

    /** Of a process that has died; to be gone on with when the first part is sent. */
    @GuardedBy("beginning")
    private @Nullable S3LeftUpload left;

    /** Whether a request that completes the upload may have been sent: nothing more is entrusted to it. */
    @GuardedBy("beginning")
    private boolean completing;

    /** What was entrusted to the upload that was begun last; null if nothing was ever to be. */
    @GuardedBy("beginning")
    private @Nullable S3EntrustedParts entrusted;

    /** Whether what the upload holds was entrusted to it by a process that has died. */
    private volatile boolean takenOver;

    private final S3KeptUpload kept;

    /** Told when an upload has been begun, before anything is sent to it, when it is about to be completed, and when more is entrusted to it. */
    private volatile Runnable onChange = () -> {};

    S3UploadSlot(S3Session session, String key, S3Draft draft, S3Inheritance inheritance) {
        this.key = key;
        this.draft = draft;
        this.requests = session.requests();
        this.inheritance = inheritance;
        this.inUse = session.inUse();
        this.kept = new S3KeptUpload(session.requests(), session.options());
    }

    /** What would be left if the process died now: the last upload that was begun, which may have ended, or null. */
    @Nullable
    S3LeftUpload toBeLeft() {
        return begun;
    }

    /** Has something run when an upload has been begun, before anything is sent to it, and before it is completed. */
    void onChange(Runnable run) {
        onChange = run;
    }

    /** Has the first part be sent into an upload of a process that has died, if the store still has it then. */
    void goOnWith(S3LeftUpload upload) {
        beginning.lock();
        try {
            left = upload;
            use(upload);
        } finally {
            beginning.unlock();
        }
    }

    /** Goes on behind what a process that has died has entrusted to an upload. */
    void takeOver(S3LeftUpload upload, S3EntrustedParts parts) {
        beginning.lock();
        try {
            use(upload);
            entrusted = parts;
            takenOver = true;
            kept.isMarked(upload.id());
        } finally {
            beginning.unlock();
        }
    }

    /**
     * Has what would be left stand for the parts below {@code before} that the store has, without a gap. Not if an upload is just being begun or completed, or
     * if it is not marked yet as one to be kept, which the next part's sending does.
     *
     * @return the end of what it stands for; 0 for nothing
     */
    long entrust(long before) {
        if (!beginning.tryLock()) {
            return 0;
        }
        try {
            S3LeftUpload current = begun;
            S3Upload upload = draft.upload();
            if (current == null || upload == null || completing || !upload.id().equals(current.id())) {
                return 0;
            }
            if (!kept.want(current.id())) {
                return 0;
            }
            S3EntrustedParts parts = entrusted == null ? new S3EntrustedParts(draft.grid()) : entrusted;
            draft.collect(parts, upload, before);
            S3LeftUpload more = current.entrusting(parts);
            if (parts.isEmpty() || more.token().value().length > ResumeToken.MOST_BYTES) {
                return 0;
            }
            entrusted = parts;
            if (!more.equals(current)) {
                begun = more;
                onChange.run();
            }
            return parts.end();
        } finally {
            beginning.unlock();
        }
    }

    /** A request that completes the upload is about to be sent: whoever comes after this process must not add to it. */
    void completing() {
        beginning.lock();
        try {
            completing = true;
            S3LeftUpload current = begun;
            if (current != null && current.putId() != null) {
                begun = current.completing();
                onChange.run();
            }
        } finally {
            beginning.unlock();
        }
    }

    /** The unfinished upload; begins one if there is none. */
    S3Upload ensure(String operation) throws IOException {
        beginning.lock();
        try {
            S3Upload current = draft.upload();
            if (current != null) {
                kept.markIfWanted(operation, current.id());
                return current;
            }
            requireOpen();
            S3Upload continued = continued(operation);
            if (continued != null) {
                draft.upload(continued);
                return continued;
            }
            String putId = UUID.randomUUID().toString();
            String id = requests.createUpload(operation, key, putId, inheritance.settings(operation));
            if (isClosed()) {
                requests.abortUpload(operation, key, id);
                throw new AsynchronousCloseException();
            }
            use(new S3LeftUpload(id, putId));
            onChange.run();
            S3Upload upload = new S3Upload(id, putId);
            draft.upload(upload);
            return upload;
        } finally {
            beginning.unlock();
        }
    }

    /** The upload of a process that has died, with what the store has of it; null if there is none, or the store has forgotten it. */
    @GuardedBy("beginning")
    private @Nullable S3Upload continued(String operation) throws IOException {
        S3LeftUpload before = left;
        if (before == null) {
            return null;
        }
        Map<Integer, S3LeftPart> parts =
                requests.parts(operation, key, before.id()).orElse(null);
        left = null;
        return parts == null ? null : new S3Upload(before.id(), Objects.requireNonNull(before.putId()), parts);
    }

    @GuardedBy("beginning")
    private void use(@Nullable S3LeftUpload upload) {
        S3LeftUpload before = begun;
        if (before != null) {
            inUse.remove(before.id());
        }
        begun = upload;
        entrusted = null;
        takenOver = false;
        completing = false;
        if (upload != null) {
            inUse.add(upload.id());
        }
    }

    /** Gives up the upload, here and on the store, if there is one. */
    void giveUp(String operation) throws IOException {
        S3Upload current = draft.upload();
        if (current != null) {
            draft.upload(null);
            requests.abortUpload(operation, key, current.id());
            kept.release(operation, current.id());
        }
    }

    /** An upload has been published. */
    void published(String operation, S3Upload upload) {
        kept.release(operation, upload.id());
    }

    /** Forgets an upload that the store does not have any more. */
    void forget() {
        draft.upload(null);
    }

    /** A part that was on its way when the upload was aborted may have come back to life: aborts once more. */
    void abortAgainIfClosed(String operation, S3Upload upload) throws IOException {
        if (isClosed() && !isLeft()) {
            requests.abortUpload(operation, key, upload.id());
        }
    }

    /**
     * Gives up the upload; from now on none is begun. What was entrusted to it by a process that has died stays, and so does what was entrusted to it by this
     * one unless that is to be undone.
     */
    void close(String operation, boolean undo) throws IOException {
        boolean leaves = holdsEntrusted() && (takenOver || !undo);
        synchronized (this) {
            closed = true;
            leftThere = leaves;
        }
        try {
            if (!leaves) {
                giveUp(operation);
            }
        } finally {
            end(operation);
        }
    }

    private boolean holdsEntrusted() {
        S3LeftUpload current = begun;
        S3Upload upload = draft.upload();
        return current != null
                && upload != null
                && current.entrusted() > 0
                && current.id().equals(upload.id());
    }

    private synchronized boolean isLeft() {
        return leftThere;
    }

    private void end(String operation) throws IOException {
        S3LeftUpload unused;
        beginning.lock();
        try {
            unused = left;
            left = null;
            use(null);
        } finally {
            beginning.unlock();
        }
        if (unused != null) {
            // nothing was sent after all: what a dead process had sent is not wanted, either
            requests.abortUpload(operation, key, unused.id());
        }
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    private void requireOpen() throws IOException {
        if (isClosed()) {
            throw new AsynchronousCloseException();
        }
    }
}
