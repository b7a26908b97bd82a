package io.conveyor.core.write;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.Extent;
import io.conveyor.core.extent.ExtentSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the handle alone has is known until it is published, exactly as long as it is in few pieces, and never too little. */
class UnpublishedTest {

    private static final int MANY = ExtentSet.MOST + 1;

    private final Unpublished unpublished = new Unpublished();

    private List<Extent> extents() {
        ExtentSet set = ExtentSet.unbounded();
        unpublished.addTo(set, Long.MAX_VALUE);
        return set.list(Integer.MAX_VALUE);
    }

    private long bytes() {
        return unpublished.addTo(ExtentSet.unbounded(), Long.MAX_VALUE);
    }

    /** Two bytes at every multiple of a hundred, which are more pieces than are kept apart. */
    private void addMany() {
        for (int i = 0; i < MANY; i++) {
            unpublished.add(i * 100L, i * 100L + 2, i * 2L);
        }
    }

    @Test
    void whatAPublicationDidNotReachStays() {
        unpublished.add(0, 10, 0);
        unpublished.add(20, 30, 10);

        unpublished.published(15);

        assertThat(extents()).containsExactly(new Extent(25, 5));
    }

    @Test
    void whatWasOverwrittenIsPublishedWithTheNewerBytes() {
        unpublished.add(0, 10, 0);
        unpublished.add(4, 6, 10);

        unpublished.published(10);

        assertThat(extents()).containsExactly(new Extent(4, 2));
    }

    @Test
    void nothingIsLeftWhenAllIsPublished() {
        unpublished.add(0, 10, 0);

        unpublished.published(10);

        assertThat(unpublished.isEmpty()).isTrue();
    }

    @Test
    void whatWasCutOffIsForgotten() {
        unpublished.add(0, 10, 0);
        unpublished.add(20, 30, 10);

        unpublished.cut(5);

        assertThat(extents()).containsExactly(new Extent(0, 5));
    }

    @Test
    void manyPiecesBecomeOneThatIsCountedAsTheyWere() {
        addMany();

        assertThat(extents()).containsExactly(new Extent(0, (MANY - 1) * 100L + 2));
        assertThat(bytes()).isEqualTo(2L * MANY);
    }

    @Test
    void whatComesToManyPiecesIsCountedToo() {
        addMany();

        unpublished.add(1_000_000, 1_000_007, 2L * MANY);

        assertThat(extents()).containsExactly(new Extent(0, 1_000_007));
        assertThat(bytes()).isEqualTo(2L * MANY + 7);
    }

    @Test
    void moreBytesThanThereAreBetweenTheFirstAndTheLastAreNeverCounted() {
        addMany();
        long hull = (MANY - 1) * 100L + 2;

        for (int i = 0; i < 200; i++) {
            unpublished.add(0, 1_000, 0);
        }

        assertThat(bytes()).isEqualTo(hull);
    }

    @Test
    void ofManyPiecesNothingIsPublishedBeforeAllAre() {
        addMany();

        unpublished.published(2L * MANY - 1);
        assertThat(bytes()).isEqualTo(2L * MANY);

        unpublished.published(2L * MANY);
        assertThat(unpublished.isEmpty()).isTrue();
    }

    @Test
    void aCutThroughManyPiecesLeavesAtMostWhatLiesBeforeIt() {
        addMany();

        unpublished.cut(150);

        assertThat(extents()).containsExactly(new Extent(0, 150));
        assertThat(bytes()).isEqualTo(150);
    }

    @Test
    void aCutToNothingLeavesNothingOfManyPieces() {
        addMany();

        unpublished.cut(0);

        assertThat(unpublished.isEmpty()).isTrue();
    }

    @Test
    void piecesAreKeptApartAgainAfterManyWerePublished() {
        addMany();
        unpublished.published(2L * MANY);

        unpublished.add(10, 11, 2L * MANY);
        unpublished.add(20, 21, 2L * MANY + 1);

        assertThat(extents()).containsExactly(new Extent(10, 1), new Extent(20, 1));
    }

    @Test
    void onlyWhatLiesBelowALimitIsAdded() {
        unpublished.add(0, 10, 0);
        ExtentSet set = ExtentSet.unbounded();
        set.add(2, 4);

        assertThat(unpublished.addTo(set, 6)).isEqualTo(6);
        assertThat(set.list(2)).containsExactly(new Extent(0, 6));
    }
}
