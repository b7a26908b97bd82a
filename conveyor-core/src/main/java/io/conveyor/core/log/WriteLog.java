package io.conveyor.core.log;

import io.conveyor.core.memory.SegmentSource;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Accepted bytes, addressed by log position. Not for several threads at once: used under the conveyor's lock, but for the buffers of {@link
 * #slices}, whose bytes do not change until they are released.
 */
public final class WriteLog {

    private final SegmentSource source;
    private final @Nullable Framing framing;
    private final int segmentBytes;
    private final int shift;

    /** The segments from {@link #base} on; an array that is used as a ring, so that a position finds its segment at once. */
    private @Nullable ByteBuffer[] ring = new ByteBuffer[4];

    private int first;
    private int count;

    /** The log position of the first byte of the first segment. */
    private long base;

    private long released;
    private long accepted;

    /** An empty log that takes segments from {@code source} as it needs them. */
    public WriteLog(SegmentSource source) {
        this(source, null);
    }

    /** An empty log that also has everything it accepts written down by {@code framing}. */
    public WriteLog(SegmentSource source, @Nullable Framing framing) {
        this.source = source;
        this.framing = framing;
        this.segmentBytes = source.segmentBytes();
        this.shift = Integer.numberOfTrailingZeros(segmentBytes);
    }

    /** The position of the next byte to be accepted. */
    public long accepted() {
        return accepted;
    }

    /** The position of the oldest byte still held. */
    public long released() {
        return released;
    }

    /** Bytes held. */
    public long heldBytes() {
        return accepted - released;
    }

    /** Segments held. */
    public int segments() {
        return count;
    }

    /**
     * Makes room for {@code bytes} more bytes, by as many segments as that takes.
     *
     * @return false if there are not enough segments to be had now; then none was taken
     */
    public boolean makeRoom(int bytes) {
        if (framing != null && !framing.hasRoom(2 + (bytes >> shift))) {
            return false;
        }
        int before = count;
        while (room() < bytes) {
            ByteBuffer segment = source.tryAcquire();
            if (segment == null) {
                while (count > before) {
                    source.release(takeLast());
                }
                return false;
            }
            if (count == 0) {
                base = accepted;
            }
            if (count == ring.length) {
                grow();
            }
            ring[(first + count++) & (ring.length - 1)] = segment;
        }
        return true;
    }

    /** How many bytes fit without another segment. */
    public long room() {
        return count == 0 ? 0 : base + ((long) count << shift) - accepted;
    }

    private ByteBuffer takeLast() {
        int slot = (first + --count) & (ring.length - 1);
        ByteBuffer segment = Objects.requireNonNull(ring[slot]);
        ring[slot] = null;
        return segment;
    }

    private void grow() {
        @Nullable ByteBuffer[] larger = new ByteBuffer[ring.length * 2];
        for (int i = 0; i < count; i++) {
            larger[i] = ring[(first + i) & (ring.length - 1)];
        }
        ring = larger;
        first = 0;
    }

    /**
     * Copies {@code length} bytes from {@code src} at {@code from}, for which there must be room. The buffer's position stays. If the copy throws, nothing
     * was accepted.
     *
     * @param fileOffset where in the object they belong
     * @return the log position of the first byte
     */
    public long append(ByteBuffer src, int from, int length, long fileOffset) {
        long at = accepted;
        int done = 0;
        while (done < length) {
            int offset = offsetOf(at + done);
            int piece = Math.min(length - done, segmentBytes - offset);
            ByteBuffer segment = segmentOf(at + done);
            if (framing != null) {
                framing.reserve(segment, offset, piece, at + done, fileOffset + done);
            }
            segment.put(offset, src, from + done, piece);
            done += piece;
        }
        if (framing != null) {
            framing.commit();
        }
        accepted = at + length;
        return at;
    }

    /** Takes one position for a cut to {@code size}. There must be room. */
    public long cut(long size) {
        if (framing != null) {
            framing.cut(accepted, size);
        }
        return accepted++;
    }

    /** Copies bytes out to {@code dst} at {@code to}, absolute; the buffer's position stays. */
    public void copy(long position, int length, ByteBuffer dst, int to) {
        long at = position;
        int left = length;
        int target = to;
        while (left > 0) {
            int offset = offsetOf(at);
            int piece = Math.min(left, segmentBytes - offset);
            dst.put(target, segmentOf(at), offset, piece);
            at += piece;
            target += piece;
            left -= piece;
        }
    }

    /** Views of {@code length} bytes from {@code position} on, one for each segment they lie in. */
    public ByteBuffer[] slices(long position, int length) {
        List<ByteBuffer> slices = new ArrayList<>(1 + (length >> shift));
        long at = position;
        int left = length;
        while (left > 0) {
            int offset = offsetOf(at);
            int piece = Math.min(left, segmentBytes - offset);
            slices.add(segmentOf(at).slice(offset, piece));
            at += piece;
            left -= piece;
        }
        return slices.toArray(ByteBuffer[]::new);
    }

    /** Forgets all before {@code position}, and gives back the segments that held nothing else. */
    public void release(long position) {
        assert position >= released && position <= accepted : position;
        released = position;
        int over = released == accepted ? count : (int) Math.min(count, (released - base) >> shift);
        if (over > 0) {
            source.release(ring, first, over);
            for (int i = 0; i < over; i++) {
                takeFirst();
            }
        }
    }

    /**
     * Forgets everything, and gives back the segments except those from {@code keepFrom} to {@code keepTo}, which are returned: a storage call
     * may still be reading them.
     */
    public List<ByteBuffer> releaseAllBut(long keepFrom, long keepTo) {
        List<ByteBuffer> kept = new ArrayList<>();
        while (count > 0) {
            boolean inUse = base < keepTo && base + segmentBytes > keepFrom;
            ByteBuffer segment = takeFirst();
            if (inUse) {
                kept.add(segment);
            } else {
                source.release(segment);
            }
        }
        released = accepted;
        return kept;
    }

    private ByteBuffer takeFirst() {
        ByteBuffer segment = Objects.requireNonNull(ring[first]);
        ring[first] = null;
        first = (first + 1) & (ring.length - 1);
        count--;
        base += segmentBytes;
        return segment;
    }

    private ByteBuffer segmentOf(long position) {
        return Objects.requireNonNull(ring[(first + (int) ((position - base) >> shift)) & (ring.length - 1)]);
    }

    private int offsetOf(long position) {
        return (int) ((position - base) & (segmentBytes - 1));
    }
}
