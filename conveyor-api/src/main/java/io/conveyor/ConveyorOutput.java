package io.conveyor;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.NonWritableChannelException;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Writes a conveyor at its cursor, up to the first write that fails. Not for several threads at once. */
final class ConveyorOutput extends ConveyorOutputStream {

    private final Conveyor conveyor;
    private final boolean owner;
    private final ByteBuffer single = ByteBuffer.allocate(1);
    private @Nullable Throwable failure;
    private boolean closed;

    private ConveyorOutput(Conveyor conveyor, boolean owner) {
        this.conveyor = conveyor;
        this.owner = owner;
    }

    static ConveyorOutputStream over(Conveyor conveyor, boolean owner) {
        if (!conveyor.openOptions().contains(StandardOpenOption.WRITE)) {
            throw new NonWritableChannelException();
        }
        return new ConveyorOutput(conveyor, owner);
    }

    @Override
    public void write(int value) throws IOException {
        write(single.clear().put(0, (byte) value));
    }

    @Override
    public void write(byte[] source, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, source.length);
        write(ByteBuffer.wrap(source, offset, length));
    }

    private void write(ByteBuffer source) throws IOException {
        if (closed) {
            throw new IOException("the stream over '" + conveyor.key() + "' is closed");
        }
        if (failure != null) {
            throw incomplete(failure);
        }
        try {
            conveyor.write(source);
        } catch (Throwable first) {
            failure = first;
            throw first;
        }
    }

    @Override
    public void abort() throws IOException {
        if (!closed) {
            closed = true;
            conveyor.abort();
        }
    }

    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        if (failure != null) {
            closeIncomplete(failure);
        } else if (owner) {
            conveyor.close();
        }
    }

    /** A replacement that is not complete is not published. Elsewhere what was accepted stays accepted, and goes to storage. */
    private void closeIncomplete(Throwable first) throws IOException {
        IOException incomplete = incomplete(first);
        if (owner && conveyor.openOptions().contains(ConveyorOpenOption.ATOMIC_REPLACE)) {
            try {
                conveyor.abort();
            } catch (IOException whileAborting) {
                incomplete.addSuppressed(whileAborting);
            }
        } else if (owner) {
            // what it throws itself says more
            conveyor.close();
        }
        throw incomplete;
    }

    /** Anew for each throw, so that it may be suppressed by, or have suppressed, any other. */
    private IOException incomplete(Throwable first) {
        return new IOException(
                "what was written to the stream over '" + conveyor.key() + "' is not complete: a write failed", first);
    }
}
