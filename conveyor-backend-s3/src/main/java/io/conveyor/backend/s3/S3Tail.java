package io.conveyor.backend.s3;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Uploads the parts of a growing object while it is still being written: each part once, as soon as all its bytes are there, on the thread whose
 * write completed it. What changes after that waits for the commit. Any thread.
 */
final class S3Tail {

    /** How far back a write looks for parts that were complete before uploading began. */
    private static final int LOOK_BACK = 4;

    private final String name;
    private final S3Draft draft;
    private final S3UploadSlot slot;
    private final S3PartSender sender;
    private final S3Options options;

    @GuardedBy("this")
    private final Set<Integer> sent = new HashSet<>();

    @GuardedBy("this")
    private S3PartGrid sentBy;

    S3Tail(S3Handle.Keys keys, S3Draft draft, S3UploadSlot slot, S3PartSender sender, S3Options options) {
        this.name = keys.name();
        this.draft = draft;
        this.slot = slot;
        this.sender = sender;
        this.options = options;
        this.sentBy = draft.grid();
    }

    /** How many bytes from {@code offset} on belong to the same part. */
    long room(String operation, long offset) throws IOException {
        S3PartGrid grid = draft.grid();
        return grid.end(grid.numberAt(operation, name, offset)) - offset;
    }

    /**
     * Uploads what became complete by a write at {@code offset}.
     *
     * @param written what was written; a part that is just that is sent from there
     * @throws IOException if that fails; the bytes stay staged, and the next write, or the commit, tries again
     */
    void advance(String operation, long offset, S3Body written) throws IOException {
        if (draft.size() <= options.singlePutBytes) {
            return;
        }
        S3Upload current = draft.upload();
        if (current != null && draft.isUnresolved(current.putId())) {
            // It may be completed already: parts sent now would get lost.
            return;
        }
        S3PartGrid grid = draft.grid();
        int number = grid.numberAt(operation, name, offset);
        for (int complete : claim(grid, current == null ? number - LOOK_BACK : number, number)) {
            S3Part part = new S3Part(complete, grid.start(complete), grid.end(complete) - grid.start(complete), null);
            boolean atHand = part.offset() == offset && part.length() == written.length();
            boolean done = false;
            try {
                send(operation, part, atHand ? written : null);
                done = true;
            } finally {
                if (!done) {
                    unclaim(complete);
                }
            }
        }
    }

    private synchronized List<Integer> claim(S3PartGrid grid, int first, int last) {
        if (sentBy != grid) {
            sent.clear();
            sentBy = grid;
        }
        List<Integer> claimed = new ArrayList<>();
        for (int number = Math.max(first, grid.firstTailNumber()); number <= last; number++) {
            if (!sent.contains(number) && draft.isAssembled(grid.start(number), grid.end(number))) {
                sent.add(number);
                claimed.add(number);
            }
        }
        return claimed;
    }

    private synchronized void unclaim(int number) {
        sent.remove(number);
    }

    private void send(String operation, S3Part part, @Nullable S3Body atHand) throws IOException {
        for (int attempt = 1; ; attempt++) {
            S3Upload upload = slot.ensure(operation);
            draft.freeze();
            try {
                sendInto(operation, upload, part, atHand);
                return;
            } catch (IOException e) {
                if (!S3Backoff.isFrom(e, S3Fault.NO_SUCH_UPLOAD)
                        || attempt == options.attempts
                        || draft.hasStreamed()) {
                    throw e;
                }
                // Somebody aborted it. Everything is still here; the commit sends what was in it.
                slot.forget();
            } finally {
                slot.abortAgainIfClosed(operation, upload);
            }
        }
    }

    private void sendInto(String operation, S3Upload upload, S3Part part, @Nullable S3Body atHand) throws IOException {
        if (!options.keepUploadedParts) {
            sender.send(operation, upload, part, atHand);
            draft.streamed(upload, part);
        } else if (draft.staging().usedBytes() > options.stagingBytes / 2) {
            sender.spill(
                    operation, upload, part, atHand, options.prefix + S3Options.HIDDEN + "spill/" + UUID.randomUUID());
        } else {
            sender.send(operation, upload, part, atHand);
        }
    }
}
