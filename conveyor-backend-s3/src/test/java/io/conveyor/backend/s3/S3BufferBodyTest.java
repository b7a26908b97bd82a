package io.conveyor.backend.s3;

import static io.conveyor.backend.s3.S3Fixture.assertSame;
import static io.conveyor.backend.s3.S3Fixture.random;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class S3BufferBodyTest {

    private final byte[] bytes = random(1, 100_000);
    private final ByteBuffer[] buffers = {
        ByteBuffer.wrap(bytes, 0, 1),
        ByteBuffer.allocate(0),
        ByteBuffer.wrap(bytes, 1, 70_000),
        ByteBuffer.allocateDirect(29_999).put(bytes, 70_001, 29_999).flip(),
        ByteBuffer.allocate(0)
    };
    private final S3BufferBody body = new S3BufferBody(buffers);

    @Test
    void itIsWhatRemainsInItsBuffersOneAfterTheOther() throws Exception {
        assertThat(body.length()).isEqualTo(bytes.length);
        try (InputStream in = body.newStream()) {
            assertSame(in.readAllBytes(), bytes);
            assertThat(in.read()).isEqualTo(-1);
        }
    }

    @Test
    void itCanBeReadAgainAndTheBuffersStayAsTheyAre() throws Exception {
        for (int i = 0; i < 2; i++) {
            try (InputStream in = body.newStream()) {
                assertThat(in.read()).isEqualTo(bytes[0] & 0xff);
                assertSame(in.readAllBytes(), Arrays.copyOfRange(bytes, 1, bytes.length));
            }
        }
        assertThat(buffers[2].remaining()).isEqualTo(70_000);
    }

    @Test
    void itsChecksumIsThatOfItsBytes() throws Exception {
        S3Body plain = new S3BufferBody(ByteBuffer.wrap(bytes));
        for (S3Checksum kind : S3Checksum.values()) {
            assertThat(body.checksum(kind)).isEqualTo(plain.checksum(kind));
        }
    }
}
