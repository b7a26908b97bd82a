package io.conveyor.core.read;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A stretch of the file in memory, ready or being fetched. Used under the conveyor's lock, but for {@link #buffers()} while it is being fetched.
 *
 * <p>The object outlives the stretch: it is used again for another one, unless somebody has pinned it.
 */
public final class Block {

    private static final ByteBuffer[] NONE = {};

    enum State {
        FETCHING,
        READY,
        GONE
    }

    private final int segmentBytes;
    private long start;
    private int capacity;
    private ByteBuffer[] segments;
    State state = State.FETCHING;
    boolean stale;
    boolean abandoned;
    boolean failed;
    private @Nullable Throwable failure;
    private boolean asked;
    private boolean begun;
    private boolean hurried;
    private boolean awaited;
    int epoch;
    private int valid;
    private int readUpTo;
    private int pins;
    private int life;

    /** A block that is nothing yet. */
    Block(int segmentBytes) {
        this.segmentBytes = segmentBytes;
        this.segments = NONE;
    }

    /** Begins a life, not the first one perhaps. Answers room for {@code count} segments, which are to be put there. */
    ByteBuffer[] begin(long newStart, int newCapacity, int count, int newEpoch) {
        start = newStart;
        capacity = newCapacity;
        epoch = newEpoch;
        if (segments.length != count) {
            segments = new ByteBuffer[count];
        }
        state = State.FETCHING;
        stale = false;
        failed = false;
        failure = null;
        asked = false;
        begun = false;
        hurried = false;
        awaited = false;
        valid = 0;
        readUpTo = 0;
        life++;
        return segments;
    }

    /** Keeps it from beginning another life: somebody who gives up the lock comes back to it. As often as {@link #unpin()}. */
    public void pin() {
        pins++;
    }

    /** Lets it go again. */
    public void unpin() {
        pins--;
    }

    /** Which life this is: whoever has not pinned it can tell by this whether it is still the same. */
    public int life() {
        return life;
    }

    /** Whether it may begin another life when this one has ended. */
    boolean mayLiveAgain() {
        return pins == 0 && !abandoned;
    }

    /** A reader waits for it and has somebody called to fetch it; false if that was done already. */
    public boolean hurry() {
        boolean first = !hurried;
        hurried = true;
        return first;
    }

    /** A reader waits for it. */
    public void await() {
        awaited = true;
    }

    /** Whether a reader has waited for it. */
    public boolean isAwaited() {
        return awaited;
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

    /** Buffers to fetch into, {@link #capacity()} bytes together: its memory itself, for whoever fetches it, once. */
    public ByteBuffer[] buffers() {
        for (int i = 0; i < segments.length; i++) {
            segments[i].clear().limit(Math.min(segmentBytes, capacity - i * segmentBytes));
        }
        return segments;
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
