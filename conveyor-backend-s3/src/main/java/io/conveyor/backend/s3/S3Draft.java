package io.conveyor.backend.s3;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.conveyor.Extent;
import io.conveyor.backend.s3.S3Piece.Content;
import io.conveyor.backend.s3.S3Piece.Local;
import io.conveyor.backend.s3.S3Piece.Remote;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What an object will be at the next commit: a base version, as far as it was not cut off, and what was laid over it. This class knows where each
 * byte is; it makes no request.
 *
 * <pre>
 *   staged     written and kept here                         |===|      |==============|
 *   spilled    written, waiting in hidden objects                              |========|
 *   streamed   written, sent in a part, not kept                                        |====|
 *   base       the version that was opened          |--------------------|
 *   zeros      neither                                                    |...|
 *              0                                                        clip                 size
 * </pre>
 *
 * <p>The uppermost that has a byte, has it. <b>Threads.</b> Any. What was looked up may move while it is read (a commit makes staged bytes
 * part of the base): whoever reads compares {@link #generation()} before and after.
 */
final class S3Draft {

    /** Commits whose outcome is not known; more than this are never under way, since each failure stops the writer. */
    private static final int MAX_UNRESOLVED = 64;

    private final String key;
    private final S3Limits limits;
    private final S3PartSizes sizes;
    private final S3Staging staging;

    @GuardedBy("this")
    private @Nullable S3Version base;

    @GuardedBy("this")
    private long clip;

    @GuardedBy("this")
    private long size;

    @GuardedBy("this")
    private final S3RangeSet staged = new S3RangeSet();

    /** Being copied into staging right now; not yet to be read, but not to be released either. */
    @GuardedBy("this")
    private final S3RangeSet claimed = new S3RangeSet();

    @GuardedBy("this")
    private final TreeMap<Long, Spill> spilled = new TreeMap<>();

    @GuardedBy("this")
    private final List<String> hiddenKeys = new ArrayList<>();

    @GuardedBy("this")
    private final S3RangeSet streamed = new S3RangeSet();

    @GuardedBy("this")
    private boolean changed;

    /** Counts changes of content, so that it can be told whether a commit of unknown outcome had all of them. */
    @GuardedBy("this")
    private long stamp;

    @GuardedBy("this")
    private long generation;

    /** The ids of commits that may have happened, and the {@link #stamp} each of them had. */
    @GuardedBy("this")
    private final Map<String, Long> unresolved = new LinkedHashMap<>();

    @GuardedBy("this")
    private @Nullable String putId;

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
        this.key = key;
        this.limits = limits;
        this.sizes = sizes;
        this.staging = staging;
        this.base = base;
        this.clip = base == null || empty ? 0 : base.size();
        this.size = clip;
        this.changed = base == null || (empty && base.size() > 0);
        this.grid = new S3PartGrid(limits, sizes, clip);
    }

    /** A hidden object that holds a range of the draft. */
    record Spill(long offset, long length, String key, String etag) {

        long end() {
            return offset + length;
        }
    }

    /** Pieces and the generation in which they were looked up. */
    record View(List<S3Piece> pieces, long generation) {}

    S3Staging staging() {
        return staging;
    }

    synchronized long size() {
        return size;
    }

    synchronized @Nullable S3Version base() {
        return base;
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
        return new View(pieces(start, Math.min(end, size)), generation);
    }

    /** Where all bytes are. */
    synchronized List<S3Piece> pieces() {
        return pieces(0, size);
    }

    @GuardedBy("this")
    private List<S3Piece> pieces(long start, long end) {
        List<S3Piece> found = new ArrayList<>();
        long position = start;
        for (Extent extent : staged.within(start, end)) {
            belowStaged(found, position, extent.offset());
            add(found, extent.offset(), extent.end(), Local.STAGED);
            position = extent.end();
        }
        belowStaged(found, position, end);
        return found;
    }

    @GuardedBy("this")
    private void belowStaged(List<S3Piece> found, long start, long end) {
        long position = start;
        Map.Entry<Long, Spill> entry = spilled.floorEntry(start);
        if (entry == null) {
            entry = spilled.ceilingEntry(start);
        }
        for (; entry != null && entry.getKey() < end; entry = spilled.higherEntry(entry.getKey())) {
            Spill spill = entry.getValue();
            long from = Math.max(position, spill.offset());
            long to = Math.min(end, spill.end());
            if (from < to) {
                belowSpilled(found, position, from);
                add(found, from, to, new Remote(spill.key(), spill.etag(), from - spill.offset(), spill.length()));
                position = to;
            }
        }
        belowSpilled(found, position, end);
    }

    @GuardedBy("this")
    private void belowSpilled(List<S3Piece> found, long start, long end) {
        long position = start;
        for (Extent extent : streamed.within(start, end)) {
            belowStreamed(found, position, extent.offset());
            add(found, extent.offset(), extent.end(), Local.STREAMED);
            position = extent.end();
        }
        belowStreamed(found, position, end);
    }

    @GuardedBy("this")
    private void belowStreamed(List<S3Piece> found, long start, long end) {
        long ofBase = Math.max(start, Math.min(end, clip));
        if (start < ofBase && base != null) {
            add(found, start, ofBase, new Remote(key, base.etag(), start, base.size()));
        }
        add(found, ofBase, end, Local.ZEROS);
    }

    private static void add(List<S3Piece> found, long start, long end, Content content) {
        if (start < end) {
            found.add(new S3Piece(start, end - start, content));
        }
    }

    /**
     * Takes all that remains in {@code src}.
     *
     * @throws S3Staging.FullException if there is no room; nothing has changed then
     */
    void stage(ByteBuffer src, long offset) throws IOException {
        long end = offset + src.remaining();
        synchronized (this) {
            claimed.add(offset, end);
        }
        boolean copied = false;
        try {
            staging.write(src, offset);
            copied = true;
        } finally {
            synchronized (this) {
                claimed.remove(offset, end);
                if (copied) {
                    staged.add(offset, end);
                    long oldSize = size;
                    size = Math.max(size, end);
                    touch(Math.min(offset, oldSize), end);
                }
            }
        }
    }

    @GuardedBy("this")
    private void touch(long start, long end) {
        changed = true;
        stamp++;
        putId = null;
        if (upload != null) {
            upload.invalidate(start, end);
        }
    }

    /** Cuts the draft. */
    void truncate(long newSize) {
        synchronized (this) {
            if (newSize >= size) {
                return;
            }
            staged.remove(newSize, size);
            streamed.remove(newSize, size);
            clip = Math.min(clip, newSize);
            cutSpills(newSize);
            touch(newSize, Long.MAX_VALUE);
            size = newSize;
            regrid();
            generation++;
        }
        release(newSize, Long.MAX_VALUE);
    }

    @GuardedBy("this")
    private void cutSpills(long newSize) {
        spilled.tailMap(newSize, true).clear();
        Map.Entry<Long, Spill> last = spilled.lastEntry();
        if (last != null && last.getValue().end() > newSize) {
            Spill spill = last.getValue();
            spilled.put(last.getKey(), new Spill(spill.offset(), newSize - spill.offset(), spill.key(), spill.etag()));
        }
    }

    private void release(long start, long end) {
        staging.release(start, end, this::isNeeded);
    }

    private synchronized boolean isNeeded(long start, long end) {
        return staged.intersects(start, end) || claimed.intersects(start, end);
    }

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

    /** Says that parts are about to be sent by the grid. */
    synchronized void freeze() {
        frozen = true;
    }

    synchronized boolean isFrozen() {
        return frozen;
    }

    @GuardedBy("this")
    private void regrid() {
        if (!frozen) {
            grid = new S3PartGrid(limits, sizes, clip);
        }
    }

    /** Whether all of {@code [start, end)} was written, but for what the base has. */
    synchronized boolean isAssembled(long start, long end) {
        return end <= size && staged.covers(Math.max(start, Math.min(clip, end)), end);
    }

    synchronized boolean hasStreamed(long start, long end) {
        return streamed.intersects(start, end);
    }

    /** Remembers that a part is waiting in a hidden object and gives up the local copy, unless the part has changed. */
    void spilled(Spill spill, S3Upload target, S3Part part) {
        synchronized (this) {
            if (target.find(part) == null) {
                return;
            }
            spilled.put(spill.offset(), spill);
            staged.remove(spill.offset(), spill.end());
            generation++;
        }
        release(spill.offset(), spill.end());
    }

    /** Gives up the local copy of a part that the store has, unless the part has changed. */
    void streamed(S3Upload target, S3Part part) {
        synchronized (this) {
            if (target.find(part) == null) {
                return;
            }
            streamed.add(part.offset(), part.end());
            staged.remove(part.offset(), part.end());
            generation++;
        }
        release(part.offset(), part.end());
    }

    synchronized boolean hasStreamed() {
        return !streamed.isEmpty();
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

    /** The id for a commit of what the draft is now; the same until it changes. */
    synchronized String putId() {
        if (putId == null) {
            putId = UUID.randomUUID().toString();
        }
        return putId;
    }

    /** Says that a request is about to go out that may publish the draft. */
    synchronized void attempt(String id) {
        if (unresolved.size() >= MAX_UNRESOLVED) {
            unresolved.remove(unresolved.keySet().iterator().next());
        }
        unresolved.put(id, stamp);
    }

    /** Says that a commit certainly had no effect. */
    synchronized void withoutEffect(String id) {
        unresolved.remove(id);
    }

    synchronized boolean isUnresolved(@Nullable String id) {
        return id != null && unresolved.containsKey(id);
    }

    synchronized boolean hasUnresolved() {
        return !unresolved.isEmpty();
    }

    /** Whether the version with that id of ours has everything that the draft has. */
    synchronized boolean isWhole(String id) {
        Long committed = unresolved.get(id);
        return committed != null && committed == stamp;
    }

    /** Starts again from a version that is just what the draft is. */
    void committed(S3Version version) {
        synchronized (this) {
            base = version;
            clip = version.size();
            size = version.size();
            changed = false;
            reset();
        }
        release(0, Long.MAX_VALUE);
    }

    /** Starts again from a version, or nothing, that has none of the draft. */
    void discard(@Nullable S3Version version) {
        synchronized (this) {
            base = version;
            clip = version == null ? 0 : version.size();
            size = clip;
            changed = version == null;
            reset();
        }
        release(0, Long.MAX_VALUE);
    }

    @GuardedBy("this")
    private void reset() {
        staged.clear();
        spilled.clear();
        streamed.clear();
        unresolved.clear();
        startAgain();
    }

    @GuardedBy("this")
    private void startAgain() {
        putId = null;
        upload = null;
        frozen = false;
        regrid();
        generation++;
    }

    /**
     * Takes a version of ours, which has the base's bytes where the draft shows them and some of what was laid over it, in the place of the base.
     */
    synchronized void adopt(S3Version ours) {
        base = ours;
        clip = Math.min(clip, ours.size());
        startAgain();
    }

    /** As {@link #adopt}, for readers: only if nothing has moved since {@code expected}, and the upload stays as it is. */
    synchronized void recognise(S3Version ours, long expected) {
        if (generation == expected) {
            base = ours;
            clip = Math.min(clip, ours.size());
            generation++;
        }
    }

    /**
     * Lays what was written onto another version. If nothing of the old base was cut off, all of the other version shows below.
     *
     * @param other what is there now, or null
     */
    synchronized void rebase(@Nullable S3Version other) {
        boolean cut = base != null && clip < base.size();
        long shown = other == null ? 0 : other.size();
        clip = cut ? Math.min(clip, shown) : shown;
        long written = Math.max(
                staged.end(),
                spilled.isEmpty() ? 0 : spilled.lastEntry().getValue().end());
        size = cut ? size : Math.max(shown, written);
        base = other;
        unresolved.clear();
        stamp++;
        changed = true;
        startAgain();
    }

    /** Takes the other version's place at the next commit; only where no byte of the old base is needed. */
    synchronized void overwrite(@Nullable S3Version other) {
        base = other;
        clip = 0;
        unresolved.clear();
        stamp++;
        changed = true;
        startAgain();
    }

    /** Whether bytes of the base show. */
    synchronized boolean showsBase() {
        return pieces(0, size).stream()
                .anyMatch(piece ->
                        piece.content() instanceof Remote remote && remote.key().equals(key));
    }
}
