package io.conveyor.backend.s3;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.nio.channels.AsynchronousCloseException;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Begins and ends the unfinished upload of a draft, of which there is at most one. An upload that is begun while the handle is being aborted
 * is aborted, too. Any thread.
 */
final class S3UploadSlot {

    private final String key;
    private final S3Draft draft;
    private final S3Requests requests;
    private final Supplier<S3ObjectSettings> settings;

    /** Held while an upload is begun: whoever waits for it needs that very upload. Nothing else takes it, but for closing. */
    private final ReentrantLock beginning = new ReentrantLock();

    @GuardedBy("this")
    private boolean closed;

    S3UploadSlot(String key, S3Draft draft, S3Requests requests, Supplier<S3ObjectSettings> settings) {
        this.key = key;
        this.draft = draft;
        this.requests = requests;
        this.settings = settings;
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
            S3Upload begun = new S3Upload(requests.createUpload(operation, key, putId, settings.get()), putId);
            if (isClosed()) {
                requests.abortUpload(operation, key, begun.id());
                throw new AsynchronousCloseException();
            }
            draft.upload(begun);
            return begun;
        } finally {
            beginning.unlock();
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
        giveUp(operation);
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
