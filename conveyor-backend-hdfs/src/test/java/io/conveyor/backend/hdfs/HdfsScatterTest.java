package io.conveyor.backend.hdfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.testkit.Bytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class HdfsScatterTest {

    private final HdfsScatter scatter = new HdfsScatter(1);
    private final List<Integer> asked = new ArrayList<>();

    private HdfsScatter.Read bringing(int most) {
        return dst -> {
            asked.add(dst.remaining());
            int count = Math.min(most, dst.remaining());
            dst.put(Bytes.at(0, count, 1));
            return count;
        };
    }

    private static ByteBuffer[] buffers(int... rooms) {
        ByteBuffer[] buffers = new ByteBuffer[rooms.length];
        for (int i = 0; i < rooms.length; i++) {
            buffers[i] = ByteBuffer.allocateDirect(rooms[i] + 1).limit(rooms[i]);
        }
        return buffers;
    }

    private static byte[] content(ByteBuffer... buffers) {
        ByteBuffer all = ByteBuffer.allocate(1 << 20);
        for (ByteBuffer buffer : buffers) {
            all.put(buffer.duplicate().flip());
        }
        byte[] bytes = new byte[all.position()];
        all.flip().get(bytes);
        return bytes;
    }

    @Test
    void oneRequestFillsSeveralBuffers() throws IOException {
        ByteBuffer[] dsts = buffers(100, 0, 50, 200);

        assertThat(scatter.read(dsts, bringing(1000))).isEqualTo(350);

        assertThat(asked).containsExactly(350);
        assertThat(content(dsts)).isEqualTo(Bytes.at(0, 350, 1));
    }

    @Test
    void aShortAnswerFillsTheFirstOnes() throws IOException {
        ByteBuffer[] dsts = buffers(100, 100, 100);

        assertThat(scatter.read(dsts, bringing(120))).isEqualTo(120);

        assertThat(dsts[1].position()).isEqualTo(20);
        assertThat(dsts[2].position()).isZero();
        assertThat(content(dsts)).isEqualTo(Bytes.at(0, 120, 1));
    }

    @Test
    void noMoreIsAskedForThanOneBufferHolds() throws IOException {
        ByteBuffer[] dsts = buffers(HdfsScatter.BYTES, 10);

        assertThat(scatter.read(dsts, bringing(5))).isEqualTo(5);
        assertThat(scatter.read(buffers(10, 10), bringing(20)))
                .as("its buffer is used again")
                .isEqualTo(20);

        assertThat(asked).containsExactly(HdfsScatter.BYTES, 20);
    }

    @Test
    void theEndIsTheEnd() throws IOException {
        ByteBuffer[] dsts = buffers(10, 10);

        assertThat(scatter.read(dsts, dst -> -1)).isEqualTo(-1);

        assertThat(dsts[0].position()).isZero();
    }

    @Test
    void whatFailedMayStillBeWrittenIntoAndIsNotUsedAgain() throws IOException {
        List<ByteBuffer> lent = new ArrayList<>();

        assertThatThrownBy(() -> scatter.read(buffers(10, 10), dst -> {
                    lent.add(dst);
                    throw new IOException("as the test says");
                }))
                .isInstanceOf(IOException.class);
        scatter.read(buffers(10, 10), dst -> {
            lent.add(dst);
            return -1;
        });

        assertThat(lent.get(1)).isNotSameAs(lent.get(0));
    }

    @Test
    void aReadOnlyBufferIsRefused() {
        ByteBuffer[] dsts = {ByteBuffer.allocate(10), ByteBuffer.allocate(10).asReadOnlyBuffer()};

        assertThatThrownBy(() -> scatter.read(dsts, bringing(1))).isInstanceOf(IllegalArgumentException.class);
    }
}
