package io.conveyor;

import java.io.IOException;
import java.io.OutputStream;

/**
 * An output stream over a conveyor. As usual for streams, one thread at a time.
 *
 * <p>{@link #flush()} does <em>not</em> flush the conveyor: serializers call it after every record, and every one of those calls would
 * wait for storage. Call {@link Conveyor#flush()} where a barrier is meant.
 *
 * <p>A write that fails, as by a {@link BackPressureTimeoutException} or an interrupt, may have accepted a part of what it was given, and a stream does not tell how
 * much. So every later write fails, too, and {@link #close()} throws, both with the first failure as the cause. A stream that owns its conveyor closes that
 * all the same: what was accepted goes to storage, but with {@link ConveyorOpenOption#ATOMIC_REPLACE} it is aborted and nothing is published. Who wants to go on
 * after a failure writes by {@link Conveyor#write(java.nio.ByteBuffer)}.
 */
public abstract class ConveyorOutputStream extends OutputStream {

    /** For the implementations. */
    protected ConveyorOutputStream() {}

    /**
     * Throws away what storage has not received and closes the conveyor; see {@link Conveyor#abort()}. A later {@link #close()} has no
     * effect, a later write fails.
     *
     * @throws IOException if the backend could not undo its part; the conveyor is closed all the same
     */
    public abstract void abort() throws IOException;
}
