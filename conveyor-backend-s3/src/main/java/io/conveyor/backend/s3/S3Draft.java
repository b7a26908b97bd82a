package io.conveyor.backend.s3;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.conveyor.backend.s3.S3Requests.StoredPart;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an object will be at the next commit: a base version, as far as it was not cut off, and what was laid over it ({@link S3Layers}); and what of
 * it the store has been sent already. This class makes no request.
 *
 * <p><b>Threads.</b> Any. What was looked up may move while it is read (a commit makes staged bytes part of the base): whoever reads compares
 * {@link #generation()} before and after.
 */
final class S3Draft {

    private final S3Limits limits;
    private final S3PartSizes sizes;
    private final S3Staging staging;

    @GuardedBy("this")
    private final S3Layers layers;

    /** Being copied into staging right now; not yet to be read, but not to be released either. */
    @GuardedBy("this")
    private final S3RangeSet claimed = new S3RangeSet();

    @GuardedBy("this")
    private final S3CommitIds ids = new S3CommitIds();

    @GuardedBy("this")
    private final List<String> hiddenKeys = new ArrayList<>();

    @GuardedBy("this")
    private boolean changed;

    @GuardedBy("this")
    private long generation;

    @GuardedBy("this")
    private S3PartGrid grid;

    @GuardedBy("this")
    private @Nullable S3Upload upload;

    /** Whether parts of {@link #upload} lie by the grid, which must not change then. */
    @GuardedBy("this")
    private boolean frozen;

    /**
     * A draft.
     *
     * @param base what is there, or null
     * @param empty whether to start from nothing all the same
     */
    S3Draft(
            String key,
            S3Limits limits,
            S3PartSizes sizes,
            S3Staging staging,
            @Nullable S3Version base,
            boolean empty) {
        this.limits = limits;
        this.sizes = sizes;
        this.staging = staging;
        this.layers = new S3Layers(key, base, empty);
        this.changed = base == null || empty;
        this.grid = new S3PartGrid(limits, sizes, layers.clip());
    }

    /** Pieces and the generation in which they were looked up. */
    record View(List<S3Piece> pieces, long generation) {}

    S3Staging staging() {
        return staging;
    }

    synchronized long size() {
        return layers.size();
    }

    synchronized @Nullable S3Version base() {
        return layers.base();
    }

    synchronized boolean isChanged() {
        return changed;
    }

    synchronized long generation() {
        return generation;
    }

    synchronized S3PartGrid grid() {
        return grid;
    }

    /** Where the bytes of {@code [start, end)} are, as far as the draft goes. */
    synchronized View view(long start, long end) {
        return new View(layers.pieces(start, Math.min(end, layers.size())), generation);
    }

    /** Where all bytes are. */
    synchronized List<S3Piece> pieces() {
        return layers.pieces(0, layers.size());
    }

    /** Whether bytes of the base show. */
    synchronized boolean showsBase() {
        return layers.showsBase();
    }

    /** Whether the store may have so many of the bytes that it can copy a part. */
    synchronized boolean isPartlyStored() {
        return layers.clip() >= limits.minPartBytes() || layers.hasSpilled();
    }

    /** Whether all of {@code [start, end)} was written, but for what the base has. */
    synchronized boolean isAssembled(long start, long end) {
        return layers.isAssembled(start, end);
    }

    synchronized boolean hasStreamed(long start, long end) {
        return layers.streamed().intersects(start, end);
    }

    synchronized boolean hasStreamed() {
        return !layers.streamed().isEmpty();
    }

    // ------------------------------------------------------------------ changes of content

    /**
     * Takes all that remains in {@code srcs}, whose positions stay.
     *
     * @param length how much that is
     * @param loan by which it may stay where it is until {@link #keep}, if staging can do with that; null if it is to be copied
     * @return false if some of it was streamed, and cannot be changed before the commit; nothing has changed then
     * @throws S3Staging.FullException if there is no room; nothing has changed then
     */
    boolean stage(ByteBuffer[] srcs, long length, long offset, S3Staging.@Nullable Loan loan) throws IOException {
        long end = offset + length;
        synchronized (this) {
            if (layers.streamed().intersects(offset, end)) {
                return false;
            }
            claimed.add(offset, end);
        }
        boolean here = false;
        try {
            if (loan == null || !staging.lend(loan, srcs, length, offset)) {
                staging.write(srcs, length, offset);
            }
            here = true;
        } finally {
            synchronized (this) {
                claimed.remove(offset, end);
                if (here) {
                    long oldSize = layers.size();
                    layers.stage(offset, end);
                    touch(Math.min(offset, oldSize), end);
                }
            }
        }
        return true;
    }

    /** Ends a loan of {@link #stage}. If what was lent is still needed and cannot be copied, it is as if it had not been written. */
    void keep(S3Staging.Loan loan, long length, long offset) throws IOException {
        boolean kept = false;
        try {
            staging.keep(loan, length, offset);
            kept = true;
        } finally {
            if (!kept) {
                synchronized (this) {
                    layers.unstage(offset, offset + length);
                    generation++;
                }
                release(offset, offset + length);
            }
        }
    }

    /** Cuts the draft. */
    void truncate(long newSize) {
        synchronized (this) {
            if (newSize >= layers.size()) {
                return;
            }
            layers.cut(newSize);
            touch(newSize, Long.MAX_VALUE);
            regrid();
            generation++;
        }
        release(newSize, Long.MAX_VALUE);
    }

    @GuardedBy("this")
    private void touch(long start, long end) {
        changed = true;
        ids.changed();
        if (upload != null) {
            upload.invalidate(start, end);
        }
    }

    private void release(long start, long end) {
        staging.release(start, end, this::isNeeded);
    }

    private synchronized boolean isNeeded(long start, long end) {
        return layers.staged().intersects(start, end) || claimed.intersects(start, end);
    }

    // ------------------------------------------------------------------ what is sent before the commit

    /** The unfinished upload, or null. */
    synchronized @Nullable S3Upload upload() {
        return upload;
    }

    /** Puts an unfinished upload, or none, in the place of the one before. */
    synchronized void upload(@Nullable S3Upload other) {
        upload = other;
        if (other == null) {
            frozen = false;
            regrid();
        }
    }

    /** Puts none in the place of {@code gone}, if that is still the unfinished upload. */
    synchronized void forget(@Nullable S3Upload gone) {
        if (upload == gone) {
            upload(null);
        }
    }

    /** Says that parts are about to be sent by the grid. */
    synchronized void freeze() {
        frozen = true;
    }

    synchronized boolean isFrozen() {
        return frozen;
    }

    /** Adds to {@code parts} what the store has of the tail below {@code before}, without a gap. */
    synchronized void collect(S3EntrustedParts parts, S3Upload of, long before) {
        for (S3Part next = parts.next(); next.end() <= before; next = parts.next()) {
            StoredPart stored = of.find(next);
            if (stored == null) {
                return;
            }
            parts.add(stored);
        }
    }

    /** Takes over an upload of a process that has died, with bytes of the tail that are nowhere else. */
    synchronized void takeOver(S3Upload from, List<StoredPart> parts) {
        upload = from;
        frozen = true;
        for (StoredPart part : parts) {
            from.takeOver(part);
            layers.takeOver(part.part().offset(), part.part().end());
        }
        changed = true;
        ids.changed();
    }

    @GuardedBy("this")
    private void regrid() {
        if (!frozen) {
            grid = new S3PartGrid(limits, sizes, layers.clip());
        }
    }

    /** Remembers that a part is waiting in a hidden object and gives up the local copy, unless the part has changed. */
    void spilled(S3Layers.Spill spill, S3Upload target, S3Part part) {
        synchronized (this) {
            if (target.find(part) == null) {
                return;
            }
            layers.spill(spill);
            generation++;
        }
        release(spill.offset(), spill.end());
    }

    /** Gives up the local copy of a part that the store has, unless the part has changed or is about to, or the upload is not the draft's any more. */
    void streamed(S3Upload target, S3Part part) {
        synchronized (this) {
            if (upload != target || target.find(part) == null || claimed.intersects(part.offset(), part.end())) {
                return;
            }
            layers.stream(part.offset(), part.end());
            generation++;
        }
        release(part.offset(), part.end());
    }

    /** Remembers the key of a hidden object, to be deleted when the draft ends. */
    synchronized void hide(String hiddenKey) {
        hiddenKeys.add(hiddenKey);
    }

    /** The hidden objects that are no longer needed once the draft has ended. */
    synchronized List<String> takeHidden() {
        List<String> taken = List.copyOf(hiddenKeys);
        hiddenKeys.clear();
        return taken;
    }

    // ------------------------------------------------------------------ commits: see S3CommitIds

    synchronized String putId() {
        return ids.next();
    }

    synchronized void attempt(String id) {
        ids.attempt(id, layers.size());
    }

    synchronized void withoutEffect(String id) {
        ids.withoutEffect(id);
    }

    synchronized boolean isUnresolved(String id) {
        return ids.isUnresolved(id);
    }

    synchronized boolean hasUnresolved() {
        return ids.hasUnresolved();
    }

    synchronized boolean hasSent() {
        return ids.hasSent();
    }

    synchronized boolean isSent(@Nullable String id) {
        return ids.isSent(id);
    }

    synchronized boolean isWhole(String id) {
        return ids.isWhole(id);
    }

    synchronized boolean isSent(@Nullable String id, long bytes) {
        return ids.isSent(id, bytes);
    }

    synchronized long sentBytes(String id) {
        return ids.sentBytes(id);
    }

    /** Starts again from a version that is just what the draft is. */
    void committed(S3Version version) {
        restart(version, false);
    }

    /** Starts again from a version, or nothing, that has none of the draft. */
    void discard(@Nullable S3Version version) {
        restart(version, version == null);
    }

    private void restart(@Nullable S3Version version, boolean missing) {
        synchronized (this) {
            layers.restart(version);
            changed = missing;
            ids.forgetSent();
            startAgain();
        }
        release(0, Long.MAX_VALUE);
    }

    @GuardedBy("this")
    private void startAgain() {
        ids.renew();
        upload = null;
        frozen = false;
        regrid();
        generation++;
    }

    /**
     * Takes a version of ours, which has the base's bytes where the draft shows them and some of what was laid over it, in the place of the base. An upload that
     * it was not made of goes on.
     */
    synchronized void adopt(S3Version ours) {
        layers.swapBase(ours);
        if (upload == null) {
            startAgain();
        } else if (upload.putId().equals(ours.putId())) {
            layers.streamedIsBase();
            startAgain();
        } else {
            ids.renew();
            generation++;
        }
    }

    /** Takes a version of ours that the store has lost some of as one to be replaced; only where all bytes are at hand. */
    synchronized void replace(S3Version damaged) {
        layers.replaceBase(damaged);
        changeWhole();
    }

    /** As {@link #adopt}, for readers: only if nothing has moved since {@code expected}, and the upload stays as it is. */
    synchronized void recognise(S3Version ours, long expected) {
        if (generation == expected) {
            layers.swapBase(ours);
            generation++;
        }
    }

    /**
     * Lays what was written onto another version. If nothing of the old base was cut off, all of the other version shows below.
     *
     * @param other what is there now, or null
     */
    synchronized void rebase(@Nullable S3Version other) {
        layers.rebase(other);
        changeWhole();
    }

    /** Takes the other version's place at the next commit; only where no byte of the old base is needed. */
    synchronized void overwrite(@Nullable S3Version other) {
        layers.hideBase(other);
        changeWhole();
    }

    @GuardedBy("this")
    private void changeWhole() {
        ids.forgetSent();
        ids.changed();
        changed = true;
        startAgain();
    }
}
