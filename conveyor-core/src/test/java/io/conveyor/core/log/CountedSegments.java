package io.conveyor.core.log;

import io.conveyor.core.memory.SegmentSource;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Hands out so many segments, soils what comes back, and notices what comes back twice. */
public final class CountedSegments implements SegmentSource {

    private final int segmentBytes;
    private final ArrayDeque<ByteBuffer> free = new ArrayDeque<>();
    private final Set<ByteBuffer> out = Collections.newSetFromMap(new IdentityHashMap<>());
    private int allowed;

    /** A source of up to {@code most} segments. */
    public CountedSegments(int segmentBytes, int most) {
        this.segmentBytes = segmentBytes;
        this.allowed = most;
    }

    /** From now on as many may be out. */
    public void allow(int most) {
        allowed = most;
    }

    /** How many are out. */
    public int out() {
        return out.size();
    }

    @Override
    public int segmentBytes() {
        return segmentBytes;
    }

    @Override
    public @Nullable ByteBuffer tryAcquire() {
        if (out.size() >= allowed) {
            return null;
        }
        ByteBuffer segment = free.isEmpty() ? ByteBuffer.allocate(segmentBytes) : free.removeFirst();
        out.add(segment);
        return segment;
    }

    @Override
    public void release(ByteBuffer segment) {
        if (!out.remove(segment)) {
            throw new AssertionError("a segment came back that is not out");
        }
        for (int i = 0; i < Math.min(segmentBytes, 64); i++) {
            segment.put(i, (byte) 0xDD);
        }
        free.addFirst(segment);
    }
}
