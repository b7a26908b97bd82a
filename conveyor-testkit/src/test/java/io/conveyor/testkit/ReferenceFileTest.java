package io.conveyor.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** The model is simple enough to be checked by eye; these are the corners. */
class ReferenceFileTest {

    @Test
    void aWritePastTheEndLeavesZeros() {
        ReferenceFile file = ReferenceFile.of(Bytes.of("ab"));
        file.pwrite(Bytes.buffer("c"), 4);
        assertThat(file.content()).containsExactly('a', 'b', 0, 0, 'c');
    }

    @Test
    void bytesThatWereCutDoNotComeBack() {
        ReferenceFile file = ReferenceFile.of(Bytes.of("abcdef"));
        file.truncate(2);
        file.truncate(100);
        assertThat(file.size()).isEqualTo(2);
        file.pwrite(Bytes.buffer("x"), 4);
        assertThat(file.content()).containsExactly('a', 'b', 0, 0, 'x');
    }

    @Test
    void anEmptyWritePastTheEndChangesNothing() {
        ReferenceFile file = ReferenceFile.empty();
        assertThat(file.pwrite(ByteBuffer.allocate(0), 100)).isZero();
        assertThat(file.size()).isZero();
    }

    @Test
    void readsFillTheirBufferUnlessTheEndComesFirst() {
        ReferenceFile file = ReferenceFile.of(Bytes.of("abcdef"));
        assertThat(file.pread(ByteBuffer.allocate(4), 4)).isEqualTo(2);
        assertThat(file.pread(ByteBuffer.allocate(4), 6)).isEqualTo(-1);
        assertThat(file.pread(ByteBuffer.allocate(0), 6)).isZero();
        assertThat(file.range(1, 3)).isEqualTo(Bytes.of("bcd"));
    }

    @Test
    void appendGoesToTheEnd() {
        ReferenceFile file = ReferenceFile.of(Bytes.of("ab"));
        ReferenceFile copy = file.copy();
        assertThat(file.append(Bytes.buffer("cd"))).isEqualTo(2);
        assertThat(file.content()).isEqualTo(Bytes.of("abcd"));
        assertThat(copy.content()).isEqualTo(Bytes.of("ab"));
    }
}
