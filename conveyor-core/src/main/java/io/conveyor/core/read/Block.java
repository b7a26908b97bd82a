package io.conveyor.core.read;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A stretch of the file in memory, ready or being fetched. Used under the conveyor's lock, but for {@link #buffers()} while it is being fetched.
 */
public final class Block {

    enum State {
        FETCHING,
        READY,
        GONE
    }

    private final long start;
    private final int capacity;
    private final int segmentBytes;
    private final ByteBuffer[] segments;
    State state = State.FETCHING;
    boolean stale;
    boolean abandoned;
    boolean failed;
    private @Nullable Throwable failure;
    private boolean asked;
    private boolean begun;
    final int epoch;
    private int valid;
    private int readUpTo;

    Block(long start, int capacity, ByteBuffer[] segments, int segmentBytes, int epoch) {
        this.epoch = epoch;
        this.start = start;
        this.capacity = capacity;
        this.segments = segments;
        this.segmentBytes = segmentBytes;
    }

    /** The offset of its first byte. */
    public long start() {
        return start;
    }

    /** Where it ends: where it is meant to while it is being fetched, then where its bytes end. */
    public long end() {
        return start + (state == State.FETCHING ? capacity : valid);
    }

    /** How many bytes it is meant to hold. */
    public int capacity() {
        return capacity;
    }

    /** Whether it is still being fetched. */
    public boolean isFetching() {
        return state == State.FETCHING;
    }

    /** Whether what is being fetched will be thrown away. */
    public boolean isStale() {
        return stale;
    }

    /** Whether somebody is fetching it. */
    public boolean isBegun() {
        return begun;
    }

    /** Claims the fetch; false if somebody has it already. */
    public boolean begin() {
        boolean mine = !begun;
        begun = true;
        return mine;
    }

    /** Says why storage did not deliver it. */
    public void failedBy(Throwable cause) {
        failure = cause;
    }

    /** Why storage did not deliver it, or null. */
    public @Nullable Throwable failure() {
        return failure;
    }

    /** A reader has asked for exactly this: nothing of it is fetched ahead. */
    void asked() {
        asked = true;
    }

    boolean isAsked() {
        return asked;
    }

    /** Whether storage did not deliver it. */
    public boolean isFailed() {
        return failed;
    }

    /** Whether its bytes may be used. */
    public boolean isReady() {
        return state == State.READY;
    }

    /** Buffers to fetch into, {@link #capacity()} bytes together. */
    public ByteBuffer[] buffers() {
        ByteBuffer[] buffers = new ByteBuffer[segments.length];
        for (int i = 0; i < segments.length; i++) {
            buffers[i] = segments[i].slice(0, Math.min(segmentBytes, capacity - i * segmentBytes));
        }
        return buffers;
    }

    ByteBuffer[] segments() {
        return segments;
    }

    void ready(int bytes) {
        valid = bytes;
        state = State.READY;
    }

    /** Bytes that nobody has read. */
    int unread() {
        return valid - readUpTo;
    }

    boolean overlaps(long from, long to) {
        return start < to && from < end();
    }

    boolean contains(long offset) {
        return offset >= start && offset < end();
    }

    /** Copies bytes from {@code offset} on, as many as there are up to {@code length}; the buffer's position stays. */
    int copy(long offset, ByteBuffer dst, int at, int length) {
        int from = (int) (offset - start);
        int count = Math.min(length, valid - from);
        int copied = 0;
        while (copied < count) {
            int inSegment = (from + copied) % segmentBytes;
            int piece = Math.min(count - copied, segmentBytes - inSegment);
            dst.put(at + copied, segments[(from + copied) / segmentBytes], inSegment, piece);
            copied += piece;
        }
        readUpTo = Math.max(readUpTo, from + count);
        return count;
    }
}
