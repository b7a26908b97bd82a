package io.conveyor.backend.s3;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.conveyor.ConflictException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Uploads the parts of a growing object while it is still being written: each part once, as soon as all its bytes are there, inside the call whose
 * write completed it. What changes after that waits for the commit. Any thread.
 *
 * <p>Of an object whose end is known ({@link #endsAt}) the last part goes, too, although it is no whole one: the commit would otherwise begin with it when
 * all others have arrived. Its bytes stay at hand. If more comes all the same, it is sent once more, as a whole part or by the commit.
 */
final class S3Tail {

    /** How far back a write looks for parts that were complete before uploading began. */
    private static final int LOOK_BACK = 4;

    private static final long UNKNOWN = -1;

    private final String name;
    private final S3Draft draft;
    private final S3UploadSlot slot;
    private final S3PartSender sender;
    private final S3Parallel parallel;
    private final S3Options options;

    /** Where the parts end that were sent, or are on their way, by number. */
    @GuardedBy("this")
    private final Map<Integer, Long> sent = new HashMap<>();

    /** The numbers of those on their way: no two go under one number at a time, because nobody would know which of them the store keeps. */
    @GuardedBy("this")
    private final Set<Integer> underWay = new HashSet<>();

    @GuardedBy("this")
    private S3PartGrid sentBy;

    /**
     * The grid of a draft whose base is gone, as was seen: nothing more is sent by it, since that is to be decided about with all bytes at hand. Null where
     * those are at hand anyway.
     */
    private volatile @Nullable S3PartGrid baseIsGone;

    /** Where the object is said to end; {@link #UNKNOWN} for nowhere yet. */
    @GuardedBy("this")
    private long objectEnd = UNKNOWN;

    S3Tail(S3Session session, S3Handle.Keys keys, S3Draft draft, S3UploadSlot slot, S3PartSender sender) {
        this.name = keys.name();
        this.draft = draft;
        this.slot = slot;
        this.sender = sender;
        this.parallel = session.parallel();
        this.options = session.options();
        this.sentBy = draft.grid();
    }

    /** How many bytes from {@code offset} on belong to the same part. */
    long room(String operation, long offset) throws IOException {
        S3PartGrid grid = draft.grid();
        return grid.end(grid.numberAt(operation, name, offset)) - offset;
    }

    /**
     * Says that nothing is going to be written behind {@code end} before the next commit. Only a hint: it is worth nothing when something is, and forgotten
     * with the next commit.
     */
    synchronized void endsAt(long end) {
        follow(draft.grid());
        objectEnd = end;
    }

    /**
     * Uploads what became complete by a write at {@code offset}.
     *
     * @param written what was written; a part that is just that is sent from there
     * @throws IOException if that fails; the bytes stay staged, and the next write, or the commit, tries again. That the version which was opened is gone does
     *     not fail it: what that means the commit finds out
     */
    void advance(String operation, long offset, S3Body written) throws IOException {
        if (draft.size() <= options.singlePutBytes) {
            return;
        }
        if (draft.hasUnresolved()) {
            // The upload may be completed already, and parts sent now would get lost.
            // Or the base may be gone, which the first part can need.
            return;
        }
        S3Upload current = draft.upload();
        S3PartGrid grid = draft.grid();
        if (grid == baseIsGone) {
            return;
        }
        int number = grid.numberAt(operation, name, offset);
        List<S3Part> due = claim(grid, current == null ? number - LOOK_BACK : number, number);
        while (!due.isEmpty()) {
            try {
                send(operation, grid, due, offset, written);
            } catch (ConflictException | NoSuchFileException gone) {
                if (!options.keepUploadedParts) {
                    baseIsGone = grid;
                }
                return;
            }
            // A part that was none yet may have become whole while its beginning was on its way.
            due = draft.grid() == grid ? claim(grid, number, number) : List.of();
        }
    }

    private synchronized List<S3Part> claim(S3PartGrid grid, int first, int last) {
        follow(grid);
        List<S3Part> claimed = new ArrayList<>();
        for (int number = Math.max(first, grid.firstTailNumber()); number <= last; number++) {
            S3Part part = part(grid, number);
            if (!underWay.contains(number)
                    && sent.getOrDefault(number, 0L) < part.end()
                    && draft.isAssembled(part.offset(), part.end())) {
                sent.put(number, part.end());
                underWay.add(number);
                claimed.add(part);
            }
        }
        return claimed;
    }

    @GuardedBy("this")
    private void follow(S3PartGrid grid) {
        if (sentBy != grid) {
            sent.clear();
            objectEnd = UNKNOWN;
            sentBy = grid;
        }
    }

    /**
     * The part {@code number}; cut short if the object ends in it. Not if it is the first of the tail and nothing was sent by the grid: there is nothing that it
     * could travel beside, and the commit may have better parts.
     */
    @GuardedBy("this")
    private S3Part part(S3PartGrid grid, int number) {
        long start = grid.start(number);
        long end = grid.end(number);
        boolean isCut = start < objectEnd && objectEnd < end && objectEnd == draft.size();
        boolean isCutShort = isCut && (draft.isFrozen() || number > grid.firstTailNumber());
        return new S3Part(number, start, (isCutShort ? objectEnd : end) - start, null);
    }

    /** Sends parts side by side, each from what was just written if it is that. */
    private void send(String operation, S3PartGrid grid, List<S3Part> parts, long offset, S3Body written)
            throws IOException {
        Set<S3Part> arrived = ConcurrentHashMap.newKeySet();
        List<S3Parallel.Task> tasks = new ArrayList<>();
        for (S3Part part : parts) {
            boolean atHand = part.offset() == offset && part.length() == written.length();
            boolean whole = part.end() == grid.end(part.number());
            tasks.add(() -> {
                send(operation, part, whole, atHand ? written : null);
                arrived.add(part);
            });
        }
        // First, and alone, what can need bytes of the base. If that is gone,
        // none of those that go with it is to be in the upload and nowhere else.
        int alone = options.keepUploadedParts || parts.get(0).number() > grid.firstTailNumber() ? 0 : 1;
        try {
            parallel.run(tasks.subList(0, alone));
            parallel.run(tasks.subList(alone, tasks.size()));
        } finally {
            ended(parts, arrived);
        }
    }

    private synchronized void ended(List<S3Part> parts, Set<S3Part> arrived) {
        for (S3Part part : parts) {
            underWay.remove(part.number());
            if (!arrived.contains(part)) {
                sent.remove(part.number());
            }
        }
    }

    private void send(String operation, S3Part part, boolean whole, @Nullable S3Body atHand) throws IOException {
        for (int attempt = 1; ; attempt++) {
            S3Upload upload = slot.ensure(operation);
            draft.freeze();
            try {
                sendInto(operation, upload, part, whole, atHand);
                return;
            } catch (IOException e) {
                if (!S3Backoff.isFrom(e, S3Fault.NO_SUCH_UPLOAD)
                        || attempt == options.attempts
                        || draft.hasStreamed()) {
                    throw e;
                }
                // Somebody aborted it. Everything is still here; the commit sends what was in it.
                slot.forget(upload);
            } finally {
                slot.abortAgainIfClosed(operation, upload);
            }
        }
    }

    private void sendInto(String operation, S3Upload upload, S3Part part, boolean whole, @Nullable S3Body atHand)
            throws IOException {
        if (!whole) {
            // stays at hand, for it may have to be sent once more
            sender.send(operation, upload, part, atHand);
        } else if (!options.keepUploadedParts) {
            sender.send(operation, upload, part, atHand);
            draft.streamed(upload, part);
        } else if (draft.staging().usedBytes() > options.stagingBytes / 2) {
            spill(operation, upload, part, atHand, options.prefix + S3Options.HIDDEN + "spill/" + UUID.randomUUID());
        } else {
            sender.send(operation, upload, part, atHand);
        }
    }

    private void spill(String operation, S3Upload upload, S3Part part, @Nullable S3Body atHand, String hiddenKey)
            throws IOException {
        try {
            sender.spill(operation, upload, part, atHand, hiddenKey);
        } finally {
            if (slot.isClosed()) {
                // It may have come after all others were deleted.
                sender.deleteHidden(operation, hiddenKey);
            }
        }
    }
}
