package io.conveyor.core.memory;

import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where a write log gets its segments from: the shared pool, or mapped files when they are to survive the process.
 *
 * <p>Called under the conveyor's lock; implementations may take locks of their own, but none of a conveyor.
 */
public interface SegmentSource {

    /** The size of every segment in bytes; a power of two. */
    int segmentBytes();

    /** A segment whose content is undefined, or null if there is none to be had now. */
    @Nullable
    ByteBuffer tryAcquire();

    /** Gives back a segment that nobody reads or writes any more. */
    void release(ByteBuffer segment);

    /**
     * Gives back several at once, in their order. A storage call often ends the use of many, and a lock for each of them would make the writer, who takes
     * segments meanwhile, wait for each.
     *
     * @param ring as long as a power of two; stays as it is
     * @param first the slot of the first segment; behind the last slot comes the first one
     * @param count how many segments there are
     */
    default void release(@Nullable ByteBuffer[] ring, int first, int count) {
        for (int i = 0; i < count; i++) {
            release(Objects.requireNonNull(ring[(first + i) & (ring.length - 1)]));
        }
    }
}
