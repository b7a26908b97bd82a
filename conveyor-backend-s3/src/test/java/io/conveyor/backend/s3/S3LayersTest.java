package io.conveyor.backend.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.backend.s3.S3Layers.Spill;
import io.conveyor.backend.s3.S3Piece.Local;
import io.conveyor.backend.s3.S3Piece.Remote;
import org.junit.jupiter.api.Test;

/** What is spilled later covers what was spilled before, wherever they meet; and a piece of a hidden object knows where in that it lies. */
class S3LayersTest {

    private final S3Layers layers = new S3Layers("object", null, false);

    private void spill(long start, long end, String hidden) {
        layers.stage(start, end);
        layers.spill(new Spill(start, end - start, hidden(hidden, 0, end - start)));
    }

    private static Remote hidden(String name, long offset, long bytes) {
        return new Remote(name, "tag", offset, bytes);
    }

    @Test
    void theLaterOneCoversTheEndOfAnEarlierOne() {
        spill(0, 10, "a");
        spill(6, 12, "b");
        assertThat(layers.pieces(0, 12))
                .containsExactly(new S3Piece(0, 6, hidden("a", 0, 10)), new S3Piece(6, 6, hidden("b", 0, 6)));
    }

    @Test
    void theLaterOneCoversTheBeginningOfAnEarlierOne() {
        spill(6, 12, "a");
        spill(0, 10, "b");
        assertThat(layers.pieces(0, 12))
                .containsExactly(new S3Piece(0, 10, hidden("b", 0, 10)), new S3Piece(10, 2, hidden("a", 4, 6)));
    }

    @Test
    void theLaterOneCoversTheMiddleOfAnEarlierOne() {
        spill(0, 12, "a");
        spill(4, 8, "b");
        assertThat(layers.pieces(0, 12))
                .containsExactly(
                        new S3Piece(0, 4, hidden("a", 0, 12)),
                        new S3Piece(4, 4, hidden("b", 0, 4)),
                        new S3Piece(8, 4, hidden("a", 8, 12)));
    }

    @Test
    void theLaterOneCoversSeveralEarlierOnes() {
        spill(0, 4, "a");
        spill(4, 8, "b");
        spill(8, 12, "c");
        spill(2, 10, "d");
        assertThat(layers.pieces(0, 12))
                .containsExactly(
                        new S3Piece(0, 2, hidden("a", 0, 4)),
                        new S3Piece(2, 8, hidden("d", 0, 8)),
                        new S3Piece(10, 2, hidden("c", 2, 4)));
    }

    @Test
    void theSameRangeOnceMoreTakesItsPlace() {
        spill(0, 4, "a");
        spill(0, 4, "b");
        assertThat(layers.pieces(0, 4)).containsExactly(new S3Piece(0, 4, hidden("b", 0, 4)));
    }

    @Test
    void aCutLeavesWhatLiesBeforeIt() {
        spill(0, 4, "a");
        spill(4, 8, "b");
        spill(8, 12, "c");
        layers.cut(6);
        layers.stage(9, 10);
        assertThat(layers.pieces(0, 10))
                .containsExactly(
                        new S3Piece(0, 4, hidden("a", 0, 4)),
                        new S3Piece(4, 2, hidden("b", 0, 4)),
                        new S3Piece(6, 3, Local.ZEROS),
                        new S3Piece(9, 1, Local.STAGED));
    }
}
