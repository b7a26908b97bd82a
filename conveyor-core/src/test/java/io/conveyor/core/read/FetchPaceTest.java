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

    private int fetchesInLineUntilItIsSlow(long nanos) {
        int count = 0;
        while (!pace.isSlowInLine() && count < 1000) {
            pace.fetchedInLine(LARGE, nanos);
            count++;
        }
        return count;
    }

    @Test
    void threeVerySlowFetchesAreEnoughToKnowThatOneAtATimeIsNot() {
        assertThat(fetchesInLineUntilItIsSlow(15_000_000)).isEqualTo(3);
    }

    @Test
    void aStoreThatTakesHalfAsLongAgainIsKnownSoon() {
        assertThat(fetchesInLineUntilItIsSlow(2_400_000)).isEqualTo(5);
    }

    @Test
    void aStoreThatDeliversAGigabyteInASecondIsNeverSlow() {
        assertThat(fetchesInLineUntilItIsSlow(1_000_000)).isEqualTo(1000);
    }

    @Test
    void afterQuickFetchesFourPausesInARowSayNothing() {
        fetchesInLineUntilItIsSlow(400_000);

        assertThat(fetchesInLineUntilItIsSlow(50_000_000)).isEqualTo(5);
    }

    @Test
    void aStreamThatBeginsAsksASlowStoreAgainButNotForLong() {
        fetchesInLineUntilItIsSlow(15_000_000);

        pace.streamBegins();

        assertThat(pace.isSlowInLine()).isFalse();
        assertThat(fetchesInLineUntilItIsSlow(15_000_000)).isEqualTo(3);
    }

    @Test
    void aClockThatStandsStillSaysNothing() {
        assertThat(isAtHandAfterFour(SMALL, 0)).isFalse();
    }
}
