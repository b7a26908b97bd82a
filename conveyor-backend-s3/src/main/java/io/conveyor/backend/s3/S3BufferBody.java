package io.conveyor.backend.s3;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A body that lies in buffers of the caller, who does not change them as long as the request lasts: what would else be read back from staging once for its
 * checksum and once for sending. The buffers' positions stay.
 */
final class S3BufferBody implements S3Body {

    private final ByteBuffer[] buffers;
    private final long length;

    /** All that remains in {@code buffers}, one after the other. */
    S3BufferBody(ByteBuffer... buffers) {
        this.buffers = buffers;
        long sum = 0;
        for (ByteBuffer buffer : buffers) {
            sum += buffer.remaining();
        }
        this.length = sum;
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public @Nullable String checksum(S3Checksum kind) throws IOException {
        return kind.of(buffers);
    }

    @Override
    public InputStream newStream() {
        return new BufferStream();
    }

    private final class BufferStream extends InputStream {

        private int index;
        private ByteBuffer current = ByteBuffer.allocate(0);

        @Override
        public int read() {
            return advance() ? current.get() & 0xff : -1;
        }

        @Override
        public int read(byte[] target, int offset, int count) {
            Objects.checkFromIndexSize(offset, count, target.length);
            if (count == 0) {
                return 0;
            }
            if (!advance()) {
                return -1;
            }
            int now = Math.min(count, current.remaining());
            current.get(target, offset, now);
            return now;
        }

        /** Goes to the next buffer that has something left; false if there is none. */
        private boolean advance() {
            while (!current.hasRemaining() && index < buffers.length) {
                current = buffers[index++].duplicate();
            }
            return current.hasRemaining();
        }
    }
}
