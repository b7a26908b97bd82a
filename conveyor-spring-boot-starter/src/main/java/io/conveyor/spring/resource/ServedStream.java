package io.conveyor.spring.resource;

import io.conveyor.Conveyor;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Objects;

/** The bytes of one version, read in large pieces that end where what was asked for does. Leaves the conveyor open. One thread. */
final class ServedStream extends InputStream {

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final Conveyor conveyor;
    private final RequestedRanges ranges;
    private final long size;
    private ByteBuffer piece = NOTHING;

    /** Where {@link #piece} ends in the object. */
    private long reached;

    ServedStream(Conveyor conveyor, RequestedRanges ranges, long size) {
        this.conveyor = conveyor;
        this.ranges = ranges;
        this.size = size;
    }

    private long position() {
        return reached - piece.remaining();
    }

    @Override
    public int read() throws IOException {
        return hasMore() ? piece.get() & 0xff : -1;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, target.length);
        if (length == 0) {
            return 0;
        }
        if (!hasMore()) {
            return -1;
        }
        int count = Math.min(length, piece.remaining());
        piece.get(target, offset, count);
        return count;
    }

    private boolean hasMore() throws IOException {
        if (piece.hasRemaining()) {
            return true;
        }
        int wanted = (int) Math.min(RequestedRanges.SHORT_BYTES, ranges.bytesFrom(reached));
        if (wanted == 0) {
            return false;
        }
        if (piece.capacity() < wanted) {
            piece = ByteBuffer.allocate(wanted);
        }
        ByteBuffer target = piece.duplicate().clear().limit(wanted);
        piece.limit(0); // if reading fails, nothing was read
        int count = conveyor.read(target, reached);
        if (count < 0) {
            throw new EOFException("'" + conveyor.key() + "' has become shorter: it ends before " + reached
                    + ", and had " + size + " bytes");
        }
        piece.position(0).limit(count);
        reached += count;
        return true;
    }

    @Override
    public long skip(long count) {
        long skipped = Math.max(0, Math.min(count, size - position()));
        if (skipped <= piece.remaining()) {
            piece.position(piece.position() + (int) skipped);
        } else {
            reached = position() + skipped;
            piece.position(piece.limit());
        }
        return skipped;
    }

    @Override
    public int available() {
        return piece.remaining();
    }
}
