package io.conveyor.backend.s3;

import io.conveyor.ConflictException;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.backend.s3.S3Options.CommitPolicy;
import io.conveyor.backend.s3.S3Piece.Remote;
import io.conveyor.backend.s3.S3Requests.Condition;
import io.conveyor.backend.s3.S3Requests.StoredPart;
import java.io.IOException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Publishes a draft as one new version of the object: by one PUT if it is small, else by completing an upload. Not for several threads at once.
 *
 * <p><b>Who won.</b> The publishing request carries a condition (the base is still there, or nothing is there) and, in the metadata of what it
 * publishes, an id of its own. If its answer is lost, or says that the condition does not hold, the object is looked at:
 *
 * <pre>
 *  the object carries               outcome
 *  an id of ours, nothing new since committed
 *  an id of ours, more was written  committed then; that version is the new base, and we publish again
 *  the base, as before              not committed: publish again, or fail so that it can be tried again
 *  something else                   conflict. Whether ours was there in between is known only if no answer was lost, or if the upload
 *                                   still exists
 * </pre>
 *
 * <p>A request whose answer was lost may arrive late. It does no harm: its condition holds only as long as the base is there, and its
 * id stays known until the draft is published. So does the id of a request that was refused: what lies between us and the store may have sent it twice, and said
 * what became of the second one.
 */
final class S3Publisher {

    private final String key;
    private final String name;
    private final S3Draft draft;
    private final S3UploadSlot slot;
    private final S3PartSender sender;
    private final S3PartPlanner planner;
    private final S3Requests requests;
    private final S3Parallel parallel;
    private final S3Backoff backoff;
    private final S3Errors errors;
    private final S3Options options;

    /** The last one that was sent, for the case that it has to be sent again. */
    private @Nullable Completion lastCompletion;

    S3Publisher(S3Session session, S3Handle.Keys keys, S3Draft draft, S3UploadSlot slot, S3PartSender sender) {
        this.key = keys.full();
        this.name = keys.name();
        this.draft = draft;
        this.slot = slot;
        this.sender = sender;
        this.planner = session.planner();
        this.requests = session.requests();
        this.parallel = session.parallel();
        this.backoff = session.backoff();
        this.errors = session.errors();
        this.options = session.options();
    }

    /** A request to complete an upload. */
    private record Completion(S3Upload upload, List<StoredPart> parts) {}

    /** The publishing request failed; what became of it is to be found out. */
    private static final class AttemptFailedException extends Exception {

        private static final long serialVersionUID = 1L;

        private final S3Fault fault;
        private final RuntimeException failure;

        /** The id, if no other request was sent under it of which the outcome is not known. */
        private final @Nullable String onlyAttempt;

        AttemptFailedException(RuntimeException failure, @Nullable String onlyAttempt) {
            super(failure);
            this.failure = failure;
            this.fault = S3Errors.fault(failure);
            this.onlyAttempt = onlyAttempt;
        }
    }

    /**
     * Publishes the draft, unless nothing has changed.
     *
     * @param settings what is stored along with the object
     * @throws AsynchronousCloseException if the handle was closed or aborted meanwhile; nothing that was not sent before is published
     * @throws ConflictException if somebody else has changed the object; nothing of theirs is overwritten
     * @throws StorageException if it did not come about; the draft is as before, and publishing it may be tried again as the
     *     exception says
     */
    void publish(String operation, S3ObjectSettings settings) throws IOException {
        if (draft.hasUnresolved() && isSettled(operation, null)) {
            return;
        }
        for (int attempt = 1; draft.isChanged(); attempt++) {
            AttemptFailedException failed = null;
            try {
                if (isPartlySent()) {
                    completeAgain();
                } else if (draft.size() <= options.singlePutBytes && isAllAtHand()) {
                    put(operation, settings);
                    return;
                } else {
                    complete(operation, settings);
                    return;
                }
            } catch (AttemptFailedException e) {
                failed = e;
            } catch (ConflictException | NoSuchFileException e) {
                // Bytes of the base were needed, and it is not there any more.
                if (isSettled(operation, null)) {
                    return;
                }
                if (attempt >= options.attempts) {
                    throw goneForGood(operation, e);
                }
                continue;
            } catch (IOException e) {
                if (!S3Backoff.isFrom(e, S3Fault.NO_SUCH_UPLOAD) || attempt >= options.attempts) {
                    throw e;
                }
                // Somebody aborted the upload while its parts were sent: send them again.
                slot.forget(draft.upload());
                continue;
            }
            if (failed == null) {
                if (!isSettled(operation, null) && isPartlySent()) {
                    // It took effect, then or now, and somebody has replaced or deleted what it made.
                    throw conflict(operation, look(operation, null), null);
                }
                continue;
            }
            if (failed.fault == S3Fault.BAD_PARTS && attempt == 1 && isAllAtHand()) {
                // A part that was sent twice has arrived in the other order, for one.
                slot.startAnew(operation);
                continue;
            }
            if (isSettled(operation, failed)) {
                return;
            }
            if (attempt >= options.attempts && !backoff.mayTryAgain(failed.fault, attempt)) {
                throw notCommitted(operation, failed);
            }
            backoff.pause(operation, failed.fault, attempt);
        }
    }

    private void put(String operation, S3ObjectSettings settings) throws IOException, AttemptFailedException {
        String id = draft.putId();
        S3Receipt receipt = sender.<S3Receipt, AttemptFailedException>withBody(
                operation,
                0,
                draft.size(),
                body -> send(id, () -> requests.putOnce(key, id, settings, body, condition())));
        S3Upload unused = draft.upload();
        committed(operation, receipt, id, settings);
        abortUnused(operation, unused);
    }

    /** A conflict, if the object is not what it was; else what was found missing is something else. */
    private IOException goneForGood(String operation, IOException missing) throws IOException {
        S3Version found = look(operation, null);
        return missing instanceof ConflictException || isBase(found) ? missing : conflict(operation, found, null);
    }

    /** Whether the upload may be completed already, with less than there is now: then its id must not stand for both. */
    private boolean mayBeCompletedWithLess() {
        S3Upload upload = draft.upload();
        return upload != null && draft.isUnresolved(upload.putId()) && !draft.isWhole(upload.putId());
    }

    /** Whether the upload may be completed with less, and has bytes that are nowhere else: then nothing but that completion can follow. */
    private boolean isPartlySent() {
        return draft.hasStreamed() && mayBeCompletedWithLess();
    }

    /** Sends the last completion once more, just as it was; what it did, {@link #isSettled} finds out. */
    private void completeAgain() throws IOException, AttemptFailedException {
        slot.requireOpen();
        Completion last = Objects.requireNonNull(lastCompletion, "an unresolved upload has had a completion");
        try {
            requests.completeOnce(key, last.upload(), last.parts(), condition());
        } catch (RuntimeException e) {
            throw new AttemptFailedException(e, null);
        }
    }

    /** Whether everything can be sent once more. */
    private boolean isAllAtHand() {
        return !draft.hasStreamed() && !slot.hasEntrusted();
    }

    /** Gives up an upload of which nothing was needed; what cannot be aborted is found later by its age. */
    private void abortUnused(String operation, @Nullable S3Upload unused) {
        if (unused != null) {
            try {
                requests.abortUpload(operation, key, unused.id());
            } catch (IOException leftForTheOrphanFinder) {
                // The commit stands.
            }
        }
    }

    private void complete(String operation, S3ObjectSettings settings) throws IOException, AttemptFailedException {
        if (mayBeCompletedWithLess()) {
            startAnew(operation);
        }
        S3Upload upload = slot.ensure(operation);
        List<S3Part> parts = layout(operation);
        List<S3Parallel.Task> missing = new ArrayList<>();
        for (S3Part part : parts) {
            if (upload.find(part) == null) {
                missing.add(() -> sender.send(operation, upload, part));
            }
        }
        try {
            parallel.run(missing);
        } finally {
            slot.abortAgainIfClosed(operation, upload);
        }
        List<StoredPart> stored =
                parts.stream().map(upload::find).filter(Objects::nonNull).toList();
        if (stored.size() < parts.size()) {
            throw new StorageException(
                    Kind.PROTOCOL, Retry.SAFE, operation, name, null, "the draft changed while it was published", null);
        }
        slot.completing(upload);
        lastCompletion = new Completion(upload, stored);
        S3Receipt receipt = send(upload.putId(), () -> requests.completeOnce(key, upload, stored, condition()));
        committed(operation, receipt, upload.putId(), settings);
    }

    private void startAnew(String operation) throws IOException {
        if (options.commitPolicy == CommitPolicy.LAST_WRITER_WINS) {
            // no condition keeps it from taking effect after the next one
            slot.giveUp(operation);
        } else {
            slot.startAnew(operation);
        }
    }

    private <T> T send(String id, S3Backoff.Call<T> request) throws IOException, AttemptFailedException {
        slot.requireOpen();
        boolean unresolved = draft.isUnresolved(id);
        draft.attempt(id);
        boolean open = false;
        try {
            T answer = request.run();
            open = true;
            return answer;
        } catch (RuntimeException e) {
            open = isOpen(S3Errors.fault(e));
            throw new AttemptFailedException(e, unresolved ? null : id);
        } finally {
            if (!open && !unresolved) {
                draft.withoutEffect(id);
            }
        }
    }

    private Condition condition() {
        S3Version base = draft.base();
        if (options.commitPolicy == CommitPolicy.LAST_WRITER_WINS) {
            return new Condition(null, null);
        }
        return base == null ? new Condition(null, "*") : new Condition(base.etag(), null);
    }

    /** The parts of the draft: by the grid if some were sent by it already, else the best there are. */
    private List<S3Part> layout(String operation) throws IOException {
        if (!draft.isFrozen()) {
            return planner.plan(draft.pieces());
        }
        S3PartGrid grid = draft.grid();
        List<S3Part> parts = new ArrayList<>();
        for (long offset = 0; offset < draft.size(); ) {
            int number = grid.numberAt(operation, name, offset);
            long end = Math.min(draft.size(), grid.end(number));
            List<S3Piece> pieces = draft.view(offset, end).pieces();
            // The store has parts of the tail from streaming; its other parts are copies where nothing was laid over
            // them.
            Remote source = pieces.size() == 1 && pieces.get(0).isCopyable()
                    ? (Remote) pieces.get(0).content()
                    : null;
            parts.add(new S3Part(number, offset, end - offset, source));
            offset = end;
        }
        return parts;
    }

    private void committed(String operation, S3Receipt receipt, String id, S3ObjectSettings settings)
            throws IOException {
        long size = draft.size();
        String etag = receipt.etag();
        S3Version version = new S3Version(etag == null ? "" : etag, size, id, settings, false);
        if (etag == null || (options.verifyStoredSize && !receipt.isProof())) {
            version = verified(operation, version);
        }
        draft.committed(version);
        settled(operation);
    }

    private void settled(String operation) {
        try {
            slot.settled(operation);
        } catch (IOException leftForTheOrphanFinder) {
            // The commit stands.
        }
        deleteHidden(operation);
    }

    private S3Version verified(String operation, S3Version expected) throws IOException {
        S3Version found = requests.head(operation, key);
        if (found == null || !Objects.equals(found.putId(), expected.putId())) {
            // Somebody else was quick; the next commit will see that.
            return expected;
        }
        if (found.size() != expected.size()) {
            throw damaged(operation, found, expected.size());
        }
        return found;
    }

    private StorageException damaged(String operation, S3Version found, long sent) {
        return new StorageException(
                Kind.CORRUPT,
                Retry.NEVER,
                operation,
                name,
                null,
                "the store has " + found.size() + " bytes of the " + sent + " it was sent",
                null);
    }

    /** Deletes what waited in hidden objects; what cannot be deleted is found later by its age. */
    void deleteHidden(String operation) {
        lastCompletion = null;
        sender.deleteHidden(operation, draft.takeHidden());
    }

    /** Looks what is there: true if the draft is published, false if it is to be published (again). */
    private boolean isSettled(String operation, @Nullable AttemptFailedException failed) throws IOException {
        if (failed != null && !isOpen(failed.fault)) {
            if (!failed.fault.isTransient()) {
                throw errors.translate(failed.failure, operation, key, null, true);
            }
            return false;
        }
        S3Version found = look(operation, failed);
        if (failed != null && failed.onlyAttempt != null && failed.fault.isWithoutEffect()) {
            draft.withoutEffect(failed.onlyAttempt);
        }
        if (found != null && slot.wasPublishedByAnother(found)) {
            throw new StorageException(
                    Kind.UNAVAILABLE,
                    Retry.SAFE,
                    operation,
                    name,
                    null,
                    "a request of the process whose upload this goes on with has taken effect; open the object again",
                    failed == null ? null : failed.failure);
        }
        String id = found == null ? null : found.putId();
        if (found != null && id != null && draft.isSent(id)) {
            return isOurs(operation, found, id, failed);
        }
        if (isBase(found) || options.commitPolicy == CommitPolicy.LAST_WRITER_WINS) {
            return forgetLostUpload(operation, draft.base(), failed);
        }
        throw conflict(operation, found, failed);
    }

    private boolean isBase(@Nullable S3Version found) {
        S3Version base = draft.base();
        return base == null ? found == null : found != null && found.etag().equals(base.etag());
    }

    /** Whether only a look can tell what happened. */
    private static boolean isOpen(S3Fault fault) {
        return !fault.isWithoutEffect()
                || fault == S3Fault.PRECONDITION_FAILED
                || fault == S3Fault.NO_SUCH_KEY
                || fault == S3Fault.CONDITIONAL_CONFLICT
                || fault == S3Fault.NO_SUCH_UPLOAD;
    }

    private @Nullable S3Version look(String operation, @Nullable AttemptFailedException failed) throws IOException {
        try {
            return requests.head(operation, key);
        } catch (IOException e) {
            StorageException unknown = new StorageException(
                    e instanceof StorageException refusal ? refusal.kind() : Kind.UNAVAILABLE,
                    draft.hasUnresolved() ? Retry.OUTCOME_UNKNOWN : Retry.SAFE,
                    operation,
                    name,
                    null,
                    "it could not be found out whether the commit took effect; the next one finds out first",
                    e);
            if (failed != null) {
                unknown.addSuppressed(failed.failure);
            }
            throw unknown;
        }
    }

    private boolean isOurs(String operation, S3Version found, String id, @Nullable AttemptFailedException failed)
            throws IOException {
        S3Upload upload = draft.upload();
        long sent = draft.sentBytes(id);
        if (found.size() > sent && options.commitPolicy != CommitPolicy.LAST_WRITER_WINS) {
            // Somebody has added to it, and kept our id.
            throw conflict(operation, found, failed);
        }
        if (found.size() < sent) {
            if (!isAllAtHand() || draft.showsBase()) {
                throw damaged(operation, found, sent);
            }
            // Once more, over what the store has.
            slot.startAnew(operation);
            draft.replace(found);
            return false;
        }
        if (draft.isWhole(id)) {
            draft.committed(found);
            settled(operation);
            if (upload != null && !upload.putId().equals(id)) {
                abortUnused(operation, upload);
            }
            return true;
        }
        if (failed != null
                && failed.fault == S3Fault.NO_SUCH_UPLOAD
                && upload != null
                && !upload.putId().equals(id)) {
            slot.forget(upload);
        }
        draft.adopt(found);
        return false;
    }

    private boolean forgetLostUpload(
            String operation, @Nullable S3Version base, @Nullable AttemptFailedException failed) throws IOException {
        S3Upload upload = draft.upload();
        if (upload == null || failed == null || failed.fault != S3Fault.NO_SUCH_UPLOAD) {
            return false;
        }
        if (base == null && draft.isUnresolved(upload.putId())) {
            // Completed, and then deleted by somebody? Or never completed, and aborted by somebody?
            throw conflict(operation, null, failed);
        }
        slot.forget(upload);
        return false;
    }

    private ConflictException conflict(
            String operation, @Nullable S3Version found, @Nullable AttemptFailedException failed) {
        boolean certain = !draft.hasUnresolved() || isUnfinished(operation);
        String there = found == null
                ? "the object is gone"
                : "somebody else has stored version " + found.etag() + " of " + found.size() + " bytes";
        String base = Optional.ofNullable(draft.base())
                .map(version -> "version " + version.etag() + " was opened")
                .orElse("there was none when it was opened");
        return new ConflictException(name, there + ", " + base, !certain, failed == null ? null : failed.failure);
    }

    /** Whether the upload was certainly not completed. Not if nobody says so: that there is a conflict is known all the same. */
    private boolean isUnfinished(String operation) {
        S3Upload upload = draft.upload();
        try {
            return upload != null
                    && draft.isUnresolved(upload.putId())
                    && requests.uploadExists(operation, key, upload.id());
        } catch (IOException nobodySays) {
            return false;
        }
    }

    private IOException notCommitted(String operation, AttemptFailedException failed) {
        return switch (failed.fault) {
            case PRECONDITION_FAILED, NO_SUCH_KEY, NO_SUCH_UPLOAD, CONDITIONAL_CONFLICT ->
                new StorageException(
                        Kind.UNAVAILABLE,
                        Retry.SAFE,
                        operation,
                        name,
                        null,
                        "the store refused the commit " + options.attempts
                                + " times, although nobody has changed the object",
                        failed.failure);
            default -> errors.translate(failed.failure, operation, key, null, true);
        };
    }

    /** For a reader who misses the base: whether it was our own commit that took its place. */
    boolean isReplacedByUs(long generation) throws IOException {
        if (!draft.hasSent()) {
            return false;
        }
        S3Version found = requests.head("pread", key);
        if (found == null || !draft.isSent(found.putId(), found.size())) {
            return false;
        }
        draft.recognise(found, generation);
        return true;
    }
}
