package io.conveyor.core.read;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FetchPaceTest {

    private static final int SMALL = 256 << 10;
    private static final int LARGE = 1 << 20;

    private final FetchPace pace = new FetchPace();

    private boolean isAtHandAfterFour(int bytes, long nanos) {
        for (int i = 0; i < 4; i++) {
            assertThat(pace.isAtHand()).isFalse();
            pace.fetched(bytes, nanos);
        }
        return pace.isAtHand();
    }

    @Test
    void fourQuickFetchesInARowAreEnough() {
        assertThat(isAtHandAfterFour(SMALL, 99_999)).isTrue();
    }

    @Test
    void aFetchThatTakesAsLongAsAHandOffIsSlow() {
        assertThat(isAtHandAfterFour(SMALL, 100_000)).isFalse();
    }

    @Test
    void aLargeBlockMayTakeLongerByTheTimeOfItsCopy() {
        assertThat(isAtHandAfterFour(LARGE, 296_000)).isTrue();
    }

    @Test
    void aLargeBlockThatTakesLongerThanItsCopyIsSlow() {
        assertThat(isAtHandAfterFour(LARGE, 297_000)).isFalse();
    }

    @Test
    void oneSlowFetchEndsIt() {
        isAtHandAfterFour(SMALL, 1000);

        pace.fetched(SMALL, 2_000_000);

        assertThat(pace.isAtHand()).isFalse();
    }

    @Test
    void aClockThatStandsStillSaysNothing() {
        assertThat(isAtHandAfterFour(SMALL, 0)).isFalse();
    }
}
