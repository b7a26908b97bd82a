package io.conveyor.core.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.core.read.AccessPattern.Motion;
import io.conveyor.core.read.AccessPattern.Stream;
import io.conveyor.testkit.Seed;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AccessPatternTest {

    private static final long FAR = 1L << 30;

    private final AccessPattern pattern = new AccessPattern();

    @Test
    void theFirstReadHasNoOrder() {
        Stream stream = pattern.observe(0, 100);

        assertThat(stream.motion()).isEqualTo(Motion.RANDOM);
        assertThat(stream.window()).isZero();
    }

    @Test
    void aReadThatBeginsWhereTheLastOneEndedGoesForward() {
        pattern.observe(0, 100);

        Stream stream = pattern.observe(100, 250);

        assertThat(stream.motion()).isEqualTo(Motion.FORWARD);
        assertThat(stream.lastStart()).isEqualTo(100);
        assertThat(stream.lastEnd()).isEqualTo(250);
    }

    @Test
    void twoReadsInARowMayBeChanceAndThreeAreNot() {
        pattern.observe(0, 100);

        assertThat(pattern.observe(100, 200).isEstablished()).isFalse();
        assertThat(pattern.observe(200, 300).isEstablished()).isTrue();
        assertThat(pattern.observe(9000, 9100).isEstablished()).isFalse();
    }

    @Test
    void aReadThatEndsWhereTheLastOneBeganGoesBackward() {
        pattern.observe(900, 1000);

        assertThat(pattern.observe(700, 900).motion()).isEqualTo(Motion.BACKWARD);
        assertThat(pattern.observe(600, 700).motion()).isEqualTo(Motion.BACKWARD);
    }

    @Test
    void threeReadsAtOneDistanceAreAStride() {
        assertThat(pattern.observe(0, 10).motion()).isEqualTo(Motion.RANDOM);
        assertThat(pattern.observe(1000, 1010).motion()).isEqualTo(Motion.RANDOM);

        Stream stream = pattern.observe(2000, 2010);

        assertThat(stream.motion()).isEqualTo(Motion.STRIDED);
        assertThat(stream.stride()).isEqualTo(1000);
    }

    @Test
    void aStrideMayGoBackward() {
        pattern.observe(5000, 5010);
        pattern.observe(4000, 4010);

        Stream stream = pattern.observe(3000, 3010);

        assertThat(stream.motion()).isEqualTo(Motion.STRIDED);
        assertThat(stream.stride()).isEqualTo(-1000);
    }

    @Test
    void readingTheSamePlaceAgainIsNoOrder() {
        for (int i = 0; i < 10; i++) {
            assertThat(pattern.observe(500, 600).motion()).isEqualTo(Motion.RANDOM);
        }
    }

    @Test
    void randomReadsNeverLookSequential() {
        Seed seed = Seed.current();
        Random random = seed.random();
        for (int i = 0; i < 1000; i++) {
            // odd starts and even ends never meet, and no distance comes twice in a row
            long start = random.nextLong(FAR) * 2 + 1;
            assertThat(pattern.observe(start, start + 101).motion())
                    .as("read %d, %s", i, seed)
                    .isEqualTo(Motion.RANDOM);
        }
    }

    @Test
    void interleavedStreamsAreToldApart() {
        for (int stream = 0; stream < AccessPattern.STREAMS; stream++) {
            pattern.observe(stream * FAR, stream * FAR + 100);
            pattern.observe(stream * FAR + 100, stream * FAR + 200);
        }

        for (int step = 2; step < 50; step++) {
            for (int stream = 0; stream < AccessPattern.STREAMS; stream++) {
                long at = stream * FAR + step * 100L;
                assertThat(pattern.observe(at, at + 100).motion()).isEqualTo(Motion.FORWARD);
            }
        }
    }

    @Test
    void theStreamUsedLeastRecentlyMakesRoom() {
        for (int stream = 0; stream < AccessPattern.STREAMS; stream++) {
            pattern.observe(stream * FAR, stream * FAR + 100);
            pattern.observe(stream * FAR + 100, stream * FAR + 200);
        }
        pattern.observe(200, 300); // the first one is in use

        pattern.observe(9 * FAR, 9 * FAR + 100);

        assertThat(pattern.observe(300, 400).motion()).isEqualTo(Motion.FORWARD);
        assertThat(pattern.observe(FAR + 200, FAR + 300).motion()).isEqualTo(Motion.RANDOM);
    }

    @Test
    void oneReadElsewhereDoesNotEndAStream() {
        pattern.observe(0, 100);
        pattern.observe(100, 200).window(4096);
        pattern.observe(FAR, FAR + 8);

        Stream stream = pattern.observe(200, 300);

        assertThat(stream.motion()).isEqualTo(Motion.FORWARD);
        assertThat(stream.window()).isEqualTo(4096);
    }

    @Test
    void aStreamThatTurnsRoundKeepsItsPlaceAndChangesItsMotion() {
        pattern.observe(0, 100);
        pattern.observe(100, 200);

        assertThat(pattern.observe(0, 100).motion()).isEqualTo(Motion.BACKWARD);
        assertThat(pattern.observe(100, 200).motion()).isEqualTo(Motion.FORWARD);
    }

    @Test
    void aSecondPassIsNotTheFirstOneOnItsWayBack() {
        for (int pass = 0; pass < 2; pass++) {
            for (long at = 0; at < 1000; at += 100) {
                Stream stream = pattern.observe(at, at + 100);
                assertThat(stream.motion())
                        .as("pass %d at %d", pass, at)
                        .isEqualTo(at == 0 ? Motion.RANDOM : Motion.FORWARD);
            }
        }
    }

    @Test
    void aSecondPassBackwardIsNotTheFirstOneOnItsWayBack() {
        for (int pass = 0; pass < 2; pass++) {
            for (long at = 900; at >= 0; at -= 100) {
                Stream stream = pattern.observe(at, at + 100);
                assertThat(stream.motion())
                        .as("pass %d at %d", pass, at)
                        .isEqualTo(at == 900 ? Motion.RANDOM : Motion.BACKWARD);
            }
        }
    }

    @Test
    void aJumpClosesTheWindow() {
        pattern.observe(0, 100).window(8192);

        Stream stream = pattern.observe(FAR, FAR + 100);

        assertThat(stream.window()).isZero();
        assertThat(stream.motion()).isEqualTo(Motion.RANDOM);
    }

    @Test
    void whatLiesAheadWithinTheWindowIsNeeded() {
        pattern.observe(0, 100);
        pattern.observe(100, 200).window(1000);

        assertThat(pattern.needs(200, 300, 50)).isTrue();
        assertThat(pattern.needs(1100, 1199, 50)).isTrue();
        assertThat(pattern.needs(1200, 1300, 50)).isFalse();
    }

    @Test
    void whatAStreamHasPassedIsNeededForALittleLonger() {
        pattern.observe(1000, 1100);
        pattern.observe(1100, 1200).window(1000);

        assertThat(pattern.needs(1000, 1050, 50)).isTrue();
        assertThat(pattern.needs(900, 1000, 50)).isFalse();
    }

    @Test
    void aBackwardStreamNeedsWhatLiesBelow() {
        pattern.observe(10_000, 10_100);
        pattern.observe(9900, 10_000).window(1000);

        assertThat(pattern.needs(9000, 9100, 50)).isTrue();
        assertThat(pattern.needs(8000, 8900, 50)).isFalse();
        assertThat(pattern.needs(10_060, 10_200, 50)).isFalse();
    }

    @Test
    void randomReadsNeedNothing() {
        pattern.observe(0, 100);

        assertThat(pattern.needs(0, Long.MAX_VALUE, 1 << 20)).isFalse();
    }
}
