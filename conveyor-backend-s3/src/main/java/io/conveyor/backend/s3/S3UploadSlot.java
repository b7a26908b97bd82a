package io.conveyor.backend.s3;

import com.google.errorprone.annotations.concurrent.GuardedBy;
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

    /** The last upload that was begun; it may have ended. Written with {@link #beginning} held. */
    private volatile @Nullable S3LeftUpload begun;

    /** Of a process that has died; to be gone on with when the first part is sent. */
    @GuardedBy("beginning")
    private @Nullable S3LeftUpload left;

    /** Told when an upload has been begun, before anything is sent to it, and when it is about to be completed. */
    private volatile Runnable onChange = () -> {};

    S3UploadSlot(S3Session session, String key, S3Draft draft, S3Inheritance inheritance) {
        this.key = key;
        this.draft = draft;
        this.requests = session.requests();
        this.inheritance = inheritance;
        this.inUse = session.inUse();
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

    /** A request that completes the upload is about to be sent: whoever comes after this process must not add to it. */
    void completing() {
        beginning.lock();
        try {
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
        }
    }

    /** Forgets an upload that the store does not have any more. */
    void forget() {
        draft.upload(null);
    }

    /** A part that was on its way when the upload was aborted may have come back to life: aborts once more. */
    void abortAgainIfClosed(String operation, S3Upload upload) throws IOException {
        if (isClosed()) {
            requests.abortUpload(operation, key, upload.id());
        }
    }

    /** Gives up the upload; from now on none is begun. */
    void close(String operation) throws IOException {
        synchronized (this) {
            closed = true;
        }
        try {
            giveUp(operation);
        } finally {
            end(operation);
        }
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
