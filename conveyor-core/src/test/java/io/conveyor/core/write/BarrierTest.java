package io.conveyor.core.write;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BarrierTest {

    private static final long NO_LIMIT = Long.MAX_VALUE;

    private final Barrier barrier = new Barrier();

    @Test
    void withoutAWishThereIsNoRound() {
        assertThat(barrier.round(0, NO_LIMIT)).isNegative();
        assertThat(barrier.limit()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void aWishForWhatIsReachedBeginsNoRound() {
        barrier.want(100);

        assertThat(barrier.round(100, NO_LIMIT)).isNegative();
        assertThat(barrier.round(101, NO_LIMIT)).isNegative();
    }

    @Test
    void aRoundGoesUpToTheHighestWish() {
        barrier.want(100);
        barrier.want(300);
        barrier.want(200);

        assertThat(barrier.round(50, NO_LIMIT)).isEqualTo(300);
    }

    @Test
    void aFirstBarrierBelowAnyPositionHasARound() {
        barrier.want(0);

        assertThat(barrier.round(-1, NO_LIMIT)).isZero();
    }

    @Test
    void whatIsWantedMeanwhileWaitsForTheNextRound() {
        barrier.want(100);
        assertThat(barrier.round(0, NO_LIMIT)).isEqualTo(100);

        barrier.want(200);

        assertThat(barrier.round(0, NO_LIMIT)).isEqualTo(100);
        assertThat(barrier.limit()).isEqualTo(100);
        barrier.done();
        assertThat(barrier.round(100, NO_LIMIT)).isEqualTo(200);
    }

    @Test
    void nothingBeyondARoundMayBeStartedUntilItIsDone() {
        barrier.want(100);
        assertThat(barrier.limit()).as("before the round begins").isEqualTo(Long.MAX_VALUE);
        barrier.round(0, NO_LIMIT);

        assertThat(barrier.limit()).isEqualTo(100);
        barrier.done();

        assertThat(barrier.limit()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void aRoundIsCutToTheMostThatIsPossibleNow() {
        barrier.want(100);

        assertThat(barrier.round(0, 40)).isEqualTo(40);
        assertThat(barrier.round(0, NO_LIMIT))
                .as("the round itself is as it was")
                .isEqualTo(100);
    }

    @Test
    void whatIsCancelledIsNotWantedAnyMore() {
        barrier.want(100);
        barrier.round(0, NO_LIMIT);
        barrier.want(200);

        barrier.cancel(50);

        assertThat(barrier.limit()).isEqualTo(Long.MAX_VALUE);
        assertThat(barrier.round(50, NO_LIMIT)).isNegative();
        barrier.want(120);
        assertThat(barrier.round(50, NO_LIMIT)).isEqualTo(120);
    }
}
