package io.conveyor.backend.s3;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.nio.channels.AsynchronousCloseException;
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
    private volatile @Nullable String begun;

    /** Told when an upload has been begun, before anything is sent to it. */
    private volatile Runnable onBegun = () -> {};

    S3UploadSlot(S3Session session, String key, S3Draft draft, S3Inheritance inheritance) {
        this.key = key;
        this.draft = draft;
        this.requests = session.requests();
        this.inheritance = inheritance;
        this.inUse = session.inUse();
    }

    /** The last upload that was begun, which may have ended, or null. */
    @Nullable
    String begun() {
        return begun;
    }

    /** Has something run when an upload has been begun, before anything is sent to it. */
    void onBegun(Runnable run) {
        onBegun = run;
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
            String putId = UUID.randomUUID().toString();
            String id = requests.createUpload(operation, key, putId, inheritance.settings(operation));
            if (isClosed()) {
                requests.abortUpload(operation, key, id);
                throw new AsynchronousCloseException();
            }
            use(id);
            onBegun.run();
            S3Upload upload = new S3Upload(id, putId);
            draft.upload(upload);
            return upload;
        } finally {
            beginning.unlock();
        }
    }

    @GuardedBy("beginning")
    private void use(@Nullable String id) {
        String before = begun;
        if (before != null) {
            inUse.remove(before);
        }
        begun = id;
        if (id != null) {
            inUse.add(id);
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
            beginning.lock();
            try {
                use(null);
            } finally {
                beginning.unlock();
            }
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
