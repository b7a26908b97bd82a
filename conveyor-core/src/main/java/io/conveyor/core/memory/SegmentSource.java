package io.conveyor.core.memory;

import java.nio.ByteBuffer;
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
}
