package io.conveyor.backend.s3;

import io.conveyor.backend.s3.S3Piece.Local;
import io.conveyor.backend.s3.S3Piece.Remote;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.sync.RequestBody;

/**
 * What is sent in a request: staged bytes, zeros, and bytes of stored objects that were fetched before. Can be read again and again, with a
 * small buffer each time, so a request can be repeated and memory does not grow with the part.
 */
final class S3Body {

    private static final String TYPE = "application/octet-stream";

    private final S3Staging staging;
    private final @Nullable S3Staging fetched;
    private final List<S3Piece> pieces;
    private final long length;

    /**
     * A body.
     *
     * @param staging has the staged pieces
     * @param fetched has the remote pieces; null if there are none
     * @param pieces in order and without gaps; may be none
     */
    S3Body(S3Staging staging, @Nullable S3Staging fetched, List<S3Piece> pieces) {
        this.staging = staging;
        this.fetched = fetched;
        this.pieces = pieces;
        this.length = pieces.stream().mapToLong(S3Piece::length).sum();
    }

    long length() {
        return length;
    }

    @Nullable
    String checksum(S3Checksum kind) throws IOException {
        try (InputStream in = newStream()) {
            return kind.of(in);
        }
    }

    RequestBody toRequestBody() {
        return RequestBody.fromContentProvider(this::newStream, length, TYPE);
    }

    InputStream newStream() {
        return new PieceStream();
    }

    private final class PieceStream extends InputStream {

        private int index;
        private long within;

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int count) throws IOException {
            Objects.checkFromIndexSize(offset, count, target.length);
            if (count == 0) {
                return 0;
            }
            if (index == pieces.size()) {
                return -1;
            }
            S3Piece piece = pieces.get(index);
            int now = (int) Math.min(count, piece.length() - within);
            copy(piece, target, offset, now);
            within += now;
            if (within == piece.length()) {
                index++;
                within = 0;
            }
            return now;
        }

        private void copy(S3Piece piece, byte[] target, int offset, int count) throws IOException {
            if (piece.content() == Local.ZEROS) {
                Arrays.fill(target, offset, offset + count, (byte) 0);
                return;
            }
            S3Staging source = piece.content() instanceof Remote ? Objects.requireNonNull(fetched) : staging;
            source.read(ByteBuffer.wrap(target, offset, count), piece.offset() + within);
        }
    }
}
