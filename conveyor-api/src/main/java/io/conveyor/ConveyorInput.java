package io.conveyor;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.NonReadableChannelException;
import java.nio.file.StandardOpenOption;
import java.util.Objects;

/** Reads a conveyor at its cursor. Not for several threads at once. */
final class ConveyorInput extends InputStream {

    private final Conveyor conveyor;
    private final boolean owner;
    private final ByteBuffer single = ByteBuffer.allocate(1);
    private boolean closed;

    private ConveyorInput(Conveyor conveyor, boolean owner) {
        this.conveyor = conveyor;
        this.owner = owner;
    }

    static InputStream over(Conveyor conveyor, boolean owner) {
        if (!conveyor.openOptions().contains(StandardOpenOption.READ)) {
            throw new NonReadableChannelException();
        }
        return new ConveyorInput(conveyor, owner);
    }

    @Override
    public int read() throws IOException {
        checkOpen();
        return conveyor.read(single.clear()) < 0 ? -1 : single.get(0) & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, target.length);
        checkOpen();
        return length == 0 ? 0 : conveyor.read(ByteBuffer.wrap(target, offset, length));
    }

    @Override
    public long skip(long count) throws IOException {
        checkOpen();
        if (count <= 0) {
            return 0;
        }
        long from = conveyor.position();
        long skipped = Math.max(0, Math.min(count, conveyor.size() - from));
        conveyor.position(from + skipped);
        return skipped;
    }

    @Override
    public int available() throws IOException {
        checkOpen();
        return (int) Math.max(0, Math.min(Integer.MAX_VALUE, conveyor.size() - conveyor.position()));
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
