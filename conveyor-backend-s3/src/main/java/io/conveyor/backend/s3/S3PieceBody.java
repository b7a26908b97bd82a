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

/** A body of staged bytes, zeros, and bytes of stored objects that were fetched before, read with a small buffer: memory does not grow with the part. */
final class S3PieceBody implements S3Body {

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
    S3PieceBody(S3Staging staging, @Nullable S3Staging fetched, List<S3Piece> pieces) {
        this.staging = staging;
        this.fetched = fetched;
        this.pieces = pieces;
        this.length = pieces.stream().mapToLong(S3Piece::length).sum();
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public InputStream newStream() {
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
