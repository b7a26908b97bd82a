package io.conveyor.backend.hdfs;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.Seed;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StagedPatchesTest {

    private final StagedPatches patches = new StagedPatches();

    @Test
    void whatWasLaidLastWins() {
        patches.lay(Bytes.buffer("aaaaaaaa"), 10);
        patches.lay(Bytes.buffer("bb"), 12);
        patches.lay(Bytes.buffer("cccc"), 16);
        assertThat(overlaid(8, 14)).isEqualTo("..aabbaacccc..");
        assertThat(patches.bytes()).isEqualTo(10);
        assertThat(patches.end()).isEqualTo(20);
    }

    @Test
    void truncationDropsWhatLiesAboveAndCutsWhatLiesAcross() {
        patches.lay(Bytes.buffer("aaaa"), 0);
        patches.lay(Bytes.buffer("bbbb"), 6);
        patches.truncate(8);
        assertThat(overlaid(0, 10)).isEqualTo("aaaa..bb..");
        patches.truncate(3);
        assertThat(overlaid(0, 10)).isEqualTo("aaa.......");
        assertThat(patches.bytes()).isEqualTo(3);
        patches.truncate(0);
        assertThat(patches.isEmpty()).isTrue();
    }

    @Test
    void theSourceMayChangeAfterItWasLaid() {
        ByteBuffer src = Bytes.buffer("aaaa");
        patches.lay(src, 0);
        src.clear().put(Bytes.of("XXXX"));
        assertThat(overlaid(0, 4)).isEqualTo("aaaa");
    }

    @Test
    void anOverlayMovesNothingAndStaysInItsWindow() {
        patches.lay(Bytes.buffer("aaaaaaaaaa"), 0);
        ByteBuffer window = ByteBuffer.wrap(Bytes.of("..........")).position(3).limit(6);
        patches.overlay(window, 4);
        assertThat(window.position()).isEqualTo(3);
        assertThat(window.limit()).isEqualTo(6);
        assertThat(new String(window.array(), StandardCharsets.UTF_8)).isEqualTo("...aaa....");
    }

    @Test
    void offsetsNearTheLargestDoNotOverflow() {
        patches.lay(Bytes.buffer("ab"), Long.MAX_VALUE - 2);
        assertThat(patches.end()).isEqualTo(Long.MAX_VALUE);
        patches.truncate(Long.MAX_VALUE - 1);
        assertThat(patches.bytes()).isEqualTo(1);
    }

    @Test
    void randomPatchesReadAsOnAPlainArray() {
        Seed seed = Seed.current();
        Random random = seed.random();
        byte[] expected = new byte[1_000];
        Arrays.fill(expected, (byte) '.');
        for (int i = 0; i < 5_000; i++) {
            int offset = random.nextInt(900);
            if (random.nextInt(50) == 0) {
                patches.truncate(offset);
                Arrays.fill(expected, offset, expected.length, (byte) '.');
            } else {
                byte[] patch = new byte[random.nextInt(100)];
                Arrays.fill(patch, (byte) ('a' + random.nextInt(26)));
                patches.lay(ByteBuffer.wrap(patch), offset);
                System.arraycopy(patch, 0, expected, offset, patch.length);
            }
            int from = random.nextInt(900);
            int length = random.nextInt(100);
            byte[] window = new byte[length];
            Arrays.fill(window, (byte) '.');
            patches.overlay(ByteBuffer.wrap(window), from);
            assertThat(window).as("step %d, %s", i, seed).isEqualTo(Arrays.copyOfRange(expected, from, from + length));
        }
    }

    private String overlaid(long offset, int length) {
        byte[] window = new byte[length];
        Arrays.fill(window, (byte) '.');
        patches.overlay(ByteBuffer.wrap(window), offset);
        return new String(window, StandardCharsets.UTF_8);
    }
}
