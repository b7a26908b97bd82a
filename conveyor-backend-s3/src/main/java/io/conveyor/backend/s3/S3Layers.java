package io.conveyor.backend.s3;

import io.conveyor.Extent;
import io.conveyor.backend.s3.S3Piece.Content;
import io.conveyor.backend.s3.S3Piece.Local;
import io.conveyor.backend.s3.S3Piece.Remote;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Where each byte of a draft is.
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
 * <p>The uppermost that has a byte, has it. Not for several threads at once: used under the draft's lock.
 */
final class S3Layers {

    private final String key;
    private final S3RangeSet staged = new S3RangeSet();
    private final TreeMap<Long, Spill> spilled = new TreeMap<>();
    private final S3RangeSet streamed = new S3RangeSet();
    private @Nullable S3Version base;
    private long clip;
    private long size;

    /** Whether some of a base is not to be seen, or none was to be seen from the beginning: then what another one has behind that is not, either. */
    private boolean cut;

    /**
     * Layers over a version.
     *
     * @param base what is there, or null
     * @param empty whether to start from nothing all the same
     */
    S3Layers(String key, @Nullable S3Version base, boolean empty) {
        this.key = key;
        this.base = base;
        this.clip = base == null || empty ? 0 : base.size();
        this.size = clip;
        this.cut = empty;
    }

    /** A range of the draft that a hidden object holds: all of that, or, after something was laid over it or cut off, a piece. */
    record Spill(long offset, long length, Remote content) {

        long end() {
            return offset + length;
        }

        /** The piece of it that lies in {@code [start, end)}, which must be in it. */
        Spill within(long start, long end) {
            return new Spill(start, end - start, content.plus(start - offset));
        }
    }

    @Nullable
    S3Version base() {
        return base;
    }

    /** How much of the base is to be seen. */
    long clip() {
        return clip;
    }

    long size() {
        return size;
    }

    S3RangeSet staged() {
        return staged;
    }

    S3RangeSet streamed() {
        return streamed;
    }

    /** Where the bytes of {@code [start, end)} are. */
    List<S3Piece> pieces(long start, long end) {
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
                add(found, from, to, spill.content().plus(from - spill.offset()));
                position = to;
            }
        }
        belowSpilled(found, position, end);
    }

    private void belowSpilled(List<S3Piece> found, long start, long end) {
        long position = start;
        for (Extent extent : streamed.within(start, end)) {
            belowStreamed(found, position, extent.offset());
            add(found, extent.offset(), extent.end(), Local.STREAMED);
            position = extent.end();
        }
        belowStreamed(found, position, end);
    }

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

    /** Whether bytes of the base show. */
    boolean showsBase() {
        return pieces(0, size).stream()
                .anyMatch(piece ->
                        piece.content() instanceof Remote remote && remote.key().equals(key));
    }

    /** Whether hidden objects hold a range. */
    boolean hasSpilled() {
        return !spilled.isEmpty();
    }

    /** Whether all of {@code [start, end)} was written and is here, but for what the base has. */
    boolean isAssembled(long start, long end) {
        return end <= size && staged.covers(Math.max(start, Math.min(clip, end)), end);
    }

    /** Says that a range is in staging now. */
    void stage(long start, long end) {
        staged.add(start, end);
        size = Math.max(size, end);
    }

    /** Says that a range is not in staging any more, although nothing else has it. */
    void unstage(long start, long end) {
        staged.remove(start, end);
        if (size == end) {
            size = Math.max(clip, Math.max(written(), streamed.end()));
        }
    }

    /** Says that a range is in a hidden object now, instead of in staging; what it has of the base is to be seen there. */
    void spill(Spill whole) {
        if (whole.end() <= clip) {
            return;
        }
        Spill spill = whole.within(Math.max(whole.offset(), clip), whole.end());
        uncover(spill.offset(), spill.end());
        spilled.put(spill.offset(), spill);
        staged.remove(spill.offset(), spill.end());
    }

    /** Takes a range out of all that is spilled, so that no two of them overlap. */
    private void uncover(long start, long end) {
        Map.Entry<Long, Spill> below = spilled.lowerEntry(start);
        if (below != null && below.getValue().end() > start) {
            Spill cut = below.getValue();
            spilled.put(cut.offset(), cut.within(cut.offset(), start));
            keepBehind(cut, end);
        }
        Map<Long, Spill> covered = spilled.subMap(start, end);
        Map.Entry<Long, Spill> last = spilled.lowerEntry(end);
        covered.clear();
        if (last != null && last.getKey() >= start) {
            keepBehind(last.getValue(), end);
        }
    }

    private void keepBehind(Spill cut, long end) {
        if (cut.end() > end) {
            spilled.put(end, cut.within(end, cut.end()));
        }
    }

    /** Says that a range is in a part alone now, and nowhere else. */
    void stream(long start, long end) {
        streamed.add(start, end);
        staged.remove(start, end);
    }

    /** Says that a range is in a part that somebody else has sent, and nowhere else. */
    void takeOver(long start, long end) {
        stream(start, end);
        size = Math.max(size, end);
    }

    /** Cuts all layers. */
    void cut(long newSize) {
        staged.remove(newSize, size);
        streamed.remove(newSize, size);
        cut |= newSize < clip;
        clip = Math.min(clip, newSize);
        uncover(newSize, Long.MAX_VALUE);
        size = newSize;
    }

    /** Nothing but a version, or nothing. */
    void restart(@Nullable S3Version version) {
        staged.clear();
        spilled.clear();
        streamed.clear();
        base = version;
        clip = version == null ? 0 : version.size();
        size = clip;
        cut = false;
    }

    /** Another version below, of which no more is to be seen than of the one before. */
    void swapBase(S3Version ours) {
        base = ours;
        clip = Math.min(clip, ours.size());
    }

    /** Says that the version below has what was streamed, which nothing was cut off from since. */
    void streamedIsBase() {
        clip = Math.max(clip, streamed.end());
        cut = base != null && size < base.size();
        streamed.clear();
    }

    /** A version below that is worth nothing: all of it is to be laid over. */
    void replaceBase(S3Version worthless) {
        base = worthless;
        clip = 0;
    }

    /** Another version below; if nothing of the old one was cut off, all of it is to be seen. */
    void rebase(@Nullable S3Version other) {
        long shown = other == null ? 0 : other.size();
        clip = cut ? Math.min(clip, shown) : shown;
        size = cut ? size : Math.max(shown, written());
        base = other;
    }

    /** Where that ends what was written and is at hand, or in hidden objects. */
    private long written() {
        return Math.max(
                staged.end(),
                spilled.isEmpty() ? 0 : spilled.lastEntry().getValue().end());
    }

    /** Another version below, of which nothing is to be seen. */
    void hideBase(@Nullable S3Version other) {
        base = other;
        clip = 0;
        cut = true;
    }
}
