package io.conveyor;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.NonWritableChannelException;
import java.nio.file.StandardOpenOption;
import java.util.Objects;

/** Writes a conveyor at its cursor. Not for several threads at once. */
final class ConveyorOutput extends ConveyorOutputStream {

    private final Conveyor conveyor;
    private final boolean owner;
    private final ByteBuffer single = ByteBuffer.allocate(1);
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
        checkOpen();
        conveyor.write(single.clear().put(0, (byte) value));
    }

    @Override
    public void write(byte[] source, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, source.length);
        checkOpen();
        conveyor.write(ByteBuffer.wrap(source, offset, length));
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
        if (!closed) {
            closed = true;
            if (owner) {
                conveyor.close();
            }
        }
    }

    private void checkOpen() throws IOException {
        if (closed) {
            throw new IOException("the stream over '" + conveyor.key() + "' is closed");
        }
    }
}
