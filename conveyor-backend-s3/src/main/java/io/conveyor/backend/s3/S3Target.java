package io.conveyor.backend.s3;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** Several buffers that are filled as if they were one. Their positions move; their limits stay. Not for several threads at once. */
final class S3Target {

    private static final int SLICE = 64 << 10;
    private static final byte[] ZEROS = new byte[SLICE];

    private final ByteBuffer[] buffers;
    private final int[] starts;
    private final long length;
    private long done;

    S3Target(ByteBuffer... buffers) {
        this.buffers = buffers;
        this.starts = new int[buffers.length];
        long sum = 0;
        for (int i = 0; i < buffers.length; i++) {
            starts[i] = buffers[i].position();
            sum += buffers[i].remaining();
        }
        this.length = sum;
    }

    /** All the room there was. */
    long length() {
        return length;
    }

    /** How much has been filled. */
    long done() {
        return done;
    }

    /** Goes back, to fill again from there on. */
    void rewind(long to) {
        long left = to;
        for (int i = 0; i < buffers.length; i++) {
            int room = buffers[i].limit() - starts[i];
            int now = (int) Math.min(left, room);
            buffers[i].position(starts[i] + now);
            left -= now;
        }
        done = to;
    }

    /**
     * Takes {@code count} bytes of a body.
     *
     * @throws EOFException if it ends before that
     */
    void fill(InputStream body, long count) throws IOException {
        long end = done + count;
        byte[] slice = null;
        while (done < end) {
            ByteBuffer buffer = current();
            int room = (int) Math.min(buffer.remaining(), end - done);
            int read;
            if (buffer.hasArray()) {
                read = body.read(buffer.array(), buffer.arrayOffset() + buffer.position(), room);
                buffer.position(buffer.position() + Math.max(0, read));
            } else {
                slice = slice == null ? new byte[SLICE] : slice;
                read = body.read(slice, 0, Math.min(room, SLICE));
                buffer.put(slice, 0, Math.max(0, read));
            }
            if (read < 0) {
                throw new EOFException((end - done) + " bytes of the body are missing");
            }
            done += read;
        }
    }

    /** Takes {@code count} bytes out of staging. */
    void fill(S3Staging staging, long offset, long count) throws IOException {
        long end = done + count;
        long position = offset;
        while (done < end) {
            ByteBuffer buffer = current();
            int now = (int) Math.min(buffer.remaining(), end - done);
            staging.read(buffer.slice(buffer.position(), now), position);
            buffer.position(buffer.position() + now);
            position += now;
            done += now;
        }
    }

    /** Takes {@code count} zeros. */
    void zeros(long count) {
        long end = done + count;
        while (done < end) {
            ByteBuffer buffer = current();
            int now = (int) Math.min(Math.min(buffer.remaining(), SLICE), end - done);
            buffer.put(ZEROS, 0, now);
            done += now;
        }
    }

    private ByteBuffer current() {
        for (ByteBuffer buffer : buffers) {
            if (buffer.hasRemaining()) {
                return buffer;
            }
        }
        throw new IllegalStateException("all " + length + " bytes are filled");
    }
}
