package io.conveyor.core.log;

import java.nio.ByteBuffer;

/**
 * Writes down, beside the bytes of a log, what they mean, so that they survive their process. Used under the conveyor's lock.
 *
 * <p>For one write: {@link #hasRoom}, then {@link #reserve} for each stretch before its bytes are copied, and {@link #commit} when all are. A reservation
 * that is not committed before the next one means nothing.
 */
public interface Framing {

    /**
     * Whether so many stretches, or cuts, can be written down now. If not, room will come, and whoever waits for memory will be woken; but never for more than
     * some hundreds at a time.
     */
    boolean hasRoom(int stretches);

    /** {@code length} bytes from {@code at} on in {@code segment} are about to be copied; they belong to {@code offset} in the object. */
    void reserve(ByteBuffer segment, int at, int length, long logPosition, long offset);

    /** Everything reserved since the last commit is accepted. */
    void commit();

    /** A cut to {@code size} is accepted. */
    void cut(long logPosition, long size);
}
