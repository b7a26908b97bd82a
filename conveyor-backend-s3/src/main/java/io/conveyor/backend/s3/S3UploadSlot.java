package io.conveyor.backend.s3;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.nio.channels.AsynchronousCloseException;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Begins and ends the unfinished upload of a draft, of which there is at most one. An upload that is begun while the handle is being aborted
 * is aborted, too. Any thread.
 *
 * <p>An upload that bytes were <em>entrusted</em> to ({@link #entrust}) is the only place where a successor of this process finds them. It stays what would
 * be {@linkplain #toBeLeft left}, and is not aborted, until something is published that has them, even if the draft is sent anew in another upload.
 */
final class S3UploadSlot {

    private final String key;
    private final S3Draft draft;
    private final S3Requests requests;
    private final S3ChecksumProbe probe;
    private final S3Inheritance inheritance;
    private final S3InUse inUse;
    private final S3KeptUpload kept;
    private final S3Options options;

    /** Held while an upload is begun: whoever waits for it needs that very upload. Nothing else takes it, but for closing. */
    private final ReentrantLock beginning = new ReentrantLock();

    @GuardedBy("this")
    private boolean closed;

    /** Whether the upload was left at the store when this was closed. */
    @GuardedBy("this")
    private boolean leftThere;

    /** What a successor has to know: the upload with what was entrusted, or else the last one that was begun; it may have ended. */
    private volatile @Nullable S3LeftUpload begun;

    /** Of a process that has died; to be gone on with when the first part is sent. */
    @GuardedBy("beginning")
    private @Nullable S3LeftUpload left;

    /** The upload that was begun while what was entrusted is in {@link #begun}; null for none. */
    @GuardedBy("beginning")
    private @Nullable String another;

    /** Whether a request that completes the upload may have been sent: nothing more is entrusted to it. */
    @GuardedBy("beginning")
    private boolean completing;

    /** What was entrusted to the upload; null for nothing. */
    @GuardedBy("beginning")
    private @Nullable S3EntrustedParts entrusted;

    /** Whether it was entrusted to it by a process that has died. */
    private volatile boolean takenOver;

    /** Told when an upload has been begun, before anything is sent to it, when it is about to be completed, and when more is entrusted to it. */
    private volatile Runnable onChange = () -> {};

    /** Whether something may be entrusted to an upload. */
    private volatile boolean mayEntrust;

    S3UploadSlot(S3Session session, String key, S3Draft draft, S3Inheritance inheritance) {
        this.key = key;
        this.draft = draft;
        this.requests = session.requests();
        this.probe = session.probe();
        this.inheritance = inheritance;
        this.inUse = session.inUse();
        this.kept = new S3KeptUpload(session.requests(), session.options());
        this.options = session.options();
    }

    /** What would be left if the process died now: an upload, which may have ended, or null. */
    @Nullable
    S3LeftUpload toBeLeft() {
        return begun;
    }

    /**
     * Has something run when {@link #toBeLeft} has a new answer, before anything depends on it.
     *
     * @param entrusts whether something may be {@linkplain #entrust entrusted} to an upload then
     */
    void onChange(Runnable run, boolean entrusts) {
        onChange = run;
        mayEntrust = entrusts;
    }

    /** Has the first part be sent into an upload of a process that has died, if the store still has it then. */
    void goOnWith(S3LeftUpload upload) {
        beginning.lock();
        try {
            left = upload;
            use(upload);
            kept.assumeMarked(upload.id());
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
            kept.mark("open", upload.id());
        } finally {
            beginning.unlock();
        }
    }

    /** What a process that has died has entrusted to an upload was published. */
    void isPublished(S3LeftUpload upload) throws IOException {
        requests.abortUpload("open", key, upload.id());
        kept.remove("open", upload.id());
    }

    /**
     * Has what would be left stand for the parts below {@code before} that the store has, without a gap. Not if an upload is just being begun or completed, or
     * if it is not marked as one to be kept. Free of I/O.
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
            return kept.isMarked(upload.id()) ? entrust(current, upload, before) : 0;
        } finally {
            beginning.unlock();
        }
    }

    @GuardedBy("beginning")
    private long entrust(S3LeftUpload current, S3Upload upload, long before) {
        S3EntrustedParts parts = entrusted == null ? new S3EntrustedParts(draft.grid()) : entrusted;
        draft.collect(parts, upload, before);
        S3LeftUpload more = current.entrusting(parts);
        if (parts.isEmpty() || !more.fits()) {
            return 0;
        }
        entrusted = parts;
        if (!more.equals(current)) {
            begun = more;
            onChange.run();
        }
        return parts.end();
    }

    /** Whether bytes were entrusted to the draft's upload. */
    boolean holdsEntrusted() {
        S3LeftUpload current = begun;
        S3Upload upload = draft.upload();
        return hasEntrusted()
                && upload != null
                && current != null
                && current.id().equals(upload.id());
    }

    /** Whether a version may be what a process that has died has made of the upload that this goes on with, with less or other bytes than this has now. */
    boolean wasPublishedByAnother(S3Version found) {
        S3LeftUpload current = begun;
        return takenOver && current != null && current.isPublishedAs(found);
    }

    /** Whether bytes were entrusted to an upload of this draft, and are not published. */
    boolean hasEntrusted() {
        S3LeftUpload current = begun;
        return current != null && current.entrusted() > 0;
    }

    /** A request that completes {@code upload} is about to be sent: whoever comes after this process must not add to it. */
    void completing(S3Upload upload) {
        beginning.lock();
        try {
            completing = true;
            S3LeftUpload current = begun;
            if (current != null && current.putId() != null) {
                boolean another = current.entrusted() > 0 && !current.id().equals(upload.id());
                S3LeftUpload now = another ? current.orPublishedAs(upload.putId()) : current.completing();
                if (!now.equals(current)) {
                    begun = now;
                    onChange.run();
                }
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
                kept.renew(operation, current.id());
                return current;
            }
            requireOpen();
            S3Upload continued = continued(operation);
            if (continued != null) {
                draft.upload(continued);
                return continued;
            }
            String putId = UUID.randomUUID().toString();
            boolean besideCopies = draft.isPartlyStored();
            S3PartChecksum begunWith = besideCopies ? options.checksumBesideCopies() : options.checksumOfParts();
            S3PartChecksum sent = probe.ofParts(operation, key, begunWith, !besideCopies);
            String id = requests.createUpload(operation, key, putId, inheritance.settings(operation), begunWith);
            if (isClosed()) {
                requests.abortUpload(operation, key, id);
                throw new AsynchronousCloseException();
            }
            begin(operation, new S3LeftUpload(id, putId));
            S3Upload upload = new S3Upload(id, putId, sent);
            draft.upload(upload);
            if (isClosed()) {
                // whoever has closed has seen no upload, perhaps
                giveUp(operation);
                throw new AsynchronousCloseException();
            }
            return upload;
        } finally {
            beginning.unlock();
        }
    }

    /** An upload that is begun while another one has what was entrusted is not told of: the successor needs that other one. */
    @GuardedBy("beginning")
    private void begin(String operation, S3LeftUpload upload) {
        if (hasEntrusted()) {
            inUse.add(upload.id());
            another = upload.id();
            return;
        }
        S3LeftUpload before = begun;
        if (before != null) {
            kept.release(operation, before.id());
        }
        use(upload);
        onChange.run();
        if (mayEntrust) {
            kept.mark(operation, upload.id());
        }
    }

    /** The upload of a process that has died, with what the store has of it; null if there is none, or the store has forgotten it. */
    @GuardedBy("beginning")
    private @Nullable S3Upload continued(String operation) throws IOException {
        S3LeftUpload before = left;
        if (before == null) {
            return null;
        }
        S3LeftParts parts = requests.parts(operation, key, before.id()).orElse(null);
        left = null;
        if (parts == null) {
            kept.release(operation, before.id());
        }
        return parts == null ? null : new S3Upload(before.id(), Objects.requireNonNull(before.putId()), parts);
    }

    @GuardedBy("beginning")
    private void use(@Nullable S3LeftUpload upload) {
        S3LeftUpload before = begun;
        if (before != null) {
            inUse.remove(before.id());
        }
        if (another != null) {
            inUse.remove(another);
        }
        another = null;
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
            abort(operation, current.id());
        }
    }

    /**
     * Has what is at hand be sent anew, in another upload. What was entrusted to this one stays at the store until the other one is published. A request to
     * complete this one that is still on its way does no harm then: its condition, or the other one's, does not hold.
     */
    void startAnew(String operation) throws IOException {
        if (holdsEntrusted()) {
            draft.upload(null);
        } else {
            giveUp(operation);
        }
    }

    private void abort(String operation, String id) throws IOException {
        requests.abortUpload(operation, key, id);
        kept.release(operation, id);
        inUse.remove(id);
    }

    /** The draft has been published, or given up for what somebody else has published: nothing that was sent before is needed. */
    void settled(String operation) throws IOException {
        String unneeded = null;
        beginning.lock();
        try {
            S3LeftUpload before = begun;
            if (before != null && hasEntrusted()) {
                unneeded = before.id();
                // stays what would be left: by its put-id the successor sees that it was published, until the journal
                // knows
                begun = new S3LeftUpload(before.id(), before.putId());
                entrusted = null;
                takenOver = false;
            } else if (before != null) {
                kept.release(operation, before.id());
            }
        } finally {
            beginning.unlock();
        }
        if (unneeded != null) {
            abort(operation, unneeded);
        }
    }

    /** Forgets an upload that the store does not have any more, unless another one has taken its place already. */
    void forget(@Nullable S3Upload gone) {
        draft.forget(gone);
    }

    /** A part that was on its way when the upload was aborted may have come back to life: aborts once more. */
    void abortAgainIfClosed(String operation, S3Upload upload) throws IOException {
        if (isClosed() && !isLeft()) {
            abort(operation, upload.id());
        }
    }

    /**
     * Gives up the upload; from now on none is begun. What was entrusted to it by a process that has died stays, and so does what was entrusted to it by this
     * one unless that is to be undone.
     */
    void close(String operation, boolean undo) throws IOException {
        boolean leaves = hasEntrusted() && (takenOver || !undo);
        boolean leavesDraft = leaves && holdsEntrusted();
        synchronized (this) {
            closed = true;
            leftThere = leavesDraft;
        }
        try {
            if (!leavesDraft) {
                giveUp(operation);
            }
            if (!leaves) {
                settled(operation);
            }
        } finally {
            end(operation);
        }
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
            abort(operation, unused.id());
        }
    }

    /** Whether nothing is begun any more. */
    synchronized boolean isClosed() {
        return closed;
    }

    /**
     * Says so if nothing may be begun any more.
     *
     * @throws AsynchronousCloseException if the handle was closed or aborted meanwhile
     */
    void requireOpen() throws AsynchronousCloseException {
        if (isClosed()) {
            throw new AsynchronousCloseException();
        }
    }
}
