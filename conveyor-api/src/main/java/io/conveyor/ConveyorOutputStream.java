package io.conveyor;

import java.io.IOException;
import java.io.OutputStream;

/**
 * An output stream over a conveyor. As usual for streams, one thread at a time.
 *
 * <p>{@link #flush()} does <em>not</em> flush the conveyor: serializers call it after every record, and every one of those calls would
 * wait for storage. Call {@link Conveyor#flush()} where a barrier is meant.
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
