package io.conveyor.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Data that knows where it belongs. */
class BytesTest {

    @Test
    void everyWordTellsItsOffsetAndItsTag() {
        ByteBuffer words = ByteBuffer.wrap(Bytes.at(8_000, 800, 77));
        for (int i = 0; i < 100; i++) {
            long word = words.getLong();
            assertThat(Bytes.offsetOf(word)).isEqualTo(8_000 + 8L * i);
            assertThat(Bytes.tagOf(word)).isEqualTo(77);
        }
    }

    @Test
    void bytesDoNotDependOnWhereTheArrayBegins() {
        byte[] all = Bytes.at(0, 100, 3);
        for (int start = 0; start < 20; start++) {
            assertThat(Bytes.at(start, 50, 3)).containsExactly(Arrays.copyOfRange(all, start, start + 50));
        }
    }

    @Test
    void aDifferenceNamesThePlaceAndWhatIsThere() {
        byte[] expected = Bytes.at(64, 64, 3);
        byte[] moved = Bytes.at(64, 64, 3);
        System.arraycopy(Bytes.at(0, 8, 5), 0, moved, 16, 8);
        assertThat(Bytes.difference(expected, expected.clone(), 64)).isEmpty();
        assertThat(Bytes.difference(expected, moved, 64))
                .contains("differs first at 82", "(tag 3, offset 80)", "(tag 5, offset 0)");
        moved = Bytes.at(64, 64, 3);
        Arrays.fill(moved, 24, 32, (byte) 0);
        assertThat(Bytes.difference(expected, moved, 64)).contains("was zeros");
        assertThat(Bytes.difference(expected, Bytes.at(64, 60, 3), 64)).contains("60 bytes", "64 were expected");
    }

    @Test
    void tagsAreNeverThatOfAHole() {
        assertThatThrownBy(() -> Bytes.at(0, 8, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Bytes.at(0, 8, Bytes.MAX_TAG + 1)).isInstanceOf(IllegalArgumentException.class);
    }
}
