package io.conveyor.backend.s3;

import io.conveyor.Extent;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.backend.s3.S3Piece.Local;
import io.conveyor.backend.s3.S3Piece.Remote;
import io.conveyor.backend.s3.S3Requests.StoredPart;
import io.conveyor.backend.s3.S3Upload.Ticket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Brings ranges of a draft to the store, whatever they are made of. Any thread. */
final class S3PartSender {

    private static final int FETCH = 4 << 20;
    private static final long FETCHED_IN_MEMORY = 1 << 20;

    private final String key;
    private final String name;
    private final S3Draft draft;
    private final S3Requests requests;
    private final S3Reader reader;
    private final S3Options options;
    private final S3InUse inUse;
    private final S3Parallel parallel;

    S3PartSender(S3Session session, S3Handle.Keys keys, S3Draft draft) {
        this.key = keys.full();
        this.name = keys.name();
        this.draft = draft;
        this.requests = session.requests();
        this.reader = session.reader();
        this.options = session.options();
        this.inUse = session.inUse();
        this.parallel = session.parallel();
    }

    /** What is done with the body of a range. */
    @FunctionalInterface
    interface Use<T, X extends Exception> {
        T with(S3Body body) throws IOException, X;
    }

    /** Brings a planned part into an upload; true if the draft did not change under it. */
    boolean send(String operation, S3Upload upload, S3Part part) throws IOException {
        return send(operation, upload, part, null);
    }

    /**
     * As {@link #send(String, S3Upload, S3Part)}.
     *
     * @param atHand the bytes of the part, just staged, where they still are in memory; null if they are to be put together
     */
    boolean send(String operation, S3Upload upload, S3Part part, @Nullable S3Body atHand) throws IOException {
        Ticket ticket = upload.begin(part);
        StoredPart stored = null;
        try {
            Remote source = part.source();
            stored = source != null && options.mayCopyInto(upload.checksum())
                    ? requests.copyPart(operation, key, upload, part, source)
                    : this.<StoredPart, IOException>withBody(
                            operation, part, atHand, body -> upload(operation, upload, part, body));
        } finally {
            if (stored == null) {
                upload.failed(ticket);
            }
        }
        return upload.arrived(ticket, stored);
    }

    private StoredPart upload(String operation, S3Upload upload, S3Part part, S3Body body) throws IOException {
        S3LeftPart left = upload.left(part);
        return left != null && left.holds(body, upload.checksum())
                ? new StoredPart(part, left.etag(), left.checksum())
                : requests.uploadPart(operation, key, upload, part, body);
    }

    /**
     * Brings a planned part into an upload and into a hidden object, from which it can be read until the commit, and gives up the local copy. The store copies
     * the one from the other if it can.
     */
    void spill(String operation, S3Upload upload, S3Part part, @Nullable S3Body atHand, String hiddenKey)
            throws IOException {
        Ticket ticket = upload.begin(part);
        Hidden hidden = null;
        draft.hide(hiddenKey);
        inUse.add(hiddenKey);
        try {
            hidden = this.<Hidden, IOException>withBody(
                    operation, part, atHand, body -> hide(operation, upload, part, body, hiddenKey));
        } finally {
            if (hidden == null) {
                upload.failed(ticket);
            }
        }
        if (upload.arrived(ticket, hidden.stored())) {
            draft.spilled(new S3Layers.Spill(part.offset(), part.length(), hidden.content()), upload, part);
        }
    }

    /** Deletes a hidden object; one that cannot be deleted is found later by its age. */
    void deleteHidden(String operation, String hiddenKey) {
        try {
            requests.delete(operation, hiddenKey);
        } catch (IOException leftForTheOrphanFinder) {
            // What it was for stands, or is given up; a leftover is not worth failing for.
        } finally {
            inUse.remove(hiddenKey);
        }
    }

    /** Deletes hidden objects side by side. If the store does not answer, those that are left are found later by their age: each would take as long as that did. */
    void deleteHidden(String operation, List<String> hiddenKeys) {
        List<S3Parallel.Task> deletions = new ArrayList<>();
        for (String hiddenKey : hiddenKeys) {
            deletions.add(() -> deleteUnlessSilent(operation, hiddenKey));
        }
        try {
            parallel.run(deletions);
        } catch (IOException leftForTheOrphanFinder) {
            // as above
        } finally {
            hiddenKeys.forEach(inUse::remove);
        }
    }

    private void deleteUnlessSilent(String operation, String hiddenKey) throws IOException {
        try {
            requests.delete(operation, hiddenKey);
        } catch (StorageException e) {
            if (e.kind() == Kind.UNAVAILABLE || e.kind() == Kind.TIMEOUT) {
                throw e;
            }
        } catch (AccessDeniedException leftForTheOrphanFinder) {
            // The store answers.
        }
    }

    /** A part that is in the upload, and in a hidden object. */
    private record Hidden(StoredPart stored, Remote content) {}

    private Hidden hide(String operation, S3Upload upload, S3Part part, S3Body body, String hiddenKey)
            throws IOException {
        String etag = requests.putHidden(operation, hiddenKey, body).orElse(null);
        if (etag == null) {
            throw new StorageException(
                    Kind.PROTOCOL, Retry.NEVER, operation, name, null, "the store gave a hidden object no ETag", null);
        }
        Remote content = new Remote(hiddenKey, etag, 0, part.length());
        StoredPart stored = options.mayCopyInto(upload.checksum())
                ? requests.copyPart(operation, key, upload, part, content)
                : upload(operation, upload, part, body);
        return new Hidden(stored, content);
    }

    private <T, X extends Exception> T withBody(String operation, S3Part part, @Nullable S3Body atHand, Use<T, X> use)
            throws IOException, X {
        return atHand == null ? withBody(operation, part.offset(), part.end(), use) : use.with(atHand);
    }

    /** Puts together the bytes of a range, fetching what only the store has, and hands them to {@code use}. */
    <T, X extends Exception> T withBody(String operation, long start, long end, Use<T, X> use) throws IOException, X {
        List<S3Piece> pieces = draft.view(start, end).pieces();
        requireKept(operation, pieces);
        try (Fetched fetched = fetch(pieces)) {
            return use.with(new S3PieceBody(draft.staging(), fetched.staging, pieces));
        }
    }

    private void requireKept(String operation, List<S3Piece> pieces) throws StorageException {
        for (S3Piece piece : pieces) {
            if (piece.content() == Local.STREAMED) {
                throw new StorageException(
                        Kind.UNSUPPORTED,
                        Retry.NEVER,
                        operation,
                        name,
                        new Extent(piece.offset(), piece.length()),
                        "these bytes were streamed and not kept, and have to be sent again; set keepUploadedParts",
                        null);
            }
        }
    }

    private Fetched fetch(List<S3Piece> pieces) throws IOException {
        long bytes = pieces.stream()
                .filter(piece -> piece.content() instanceof Remote)
                .mapToLong(piece -> piece.length() + 2 * S3Staging.BLOCK)
                .sum();
        if (bytes == 0) {
            return new Fetched(null);
        }
        S3Staging staging = new S3Staging(options.stagingDirectory, FETCHED_IN_MEMORY, bytes);
        boolean complete = false;
        try {
            for (S3Piece piece : pieces) {
                if (piece.content() instanceof Remote remote) {
                    fetch(piece, remote, staging);
                }
            }
            complete = true;
            return new Fetched(staging);
        } finally {
            if (!complete) {
                staging.close();
            }
        }
    }

    private void fetch(S3Piece piece, Remote remote, S3Staging staging) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(FETCH, piece.length()));
        for (long done = 0; done < piece.length(); done += buffer.limit()) {
            buffer.clear().limit((int) Math.min(buffer.capacity(), piece.length() - done));
            reader.read(remote.plus(done), buffer.remaining(), new S3Target(buffer));
            staging.write(buffer.flip(), piece.offset() + done);
        }
    }

    /** What was fetched, if anything; closing it gives it up. */
    private record Fetched(@Nullable S3Staging staging) implements AutoCloseable {
        @Override
        public void close() {
            if (staging != null) {
                staging.close();
            }
        }
    }
}
