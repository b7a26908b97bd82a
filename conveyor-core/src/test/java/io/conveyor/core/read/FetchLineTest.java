package io.conveyor.core.read;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class FetchLineTest {

    private final FetchLine line = new FetchLine();
    private final Block first = block(0);
    private final Block second = block(100);
    private final Block third = block(200);

    private static Block block(long start) {
        Block block = new Block(100);
        block.begin(start, 100, 1, 0)[0] = ByteBuffer.allocate(100);
        return block;
    }

    private static Block fetched(Block block) {
        block.begin();
        block.ready(100);
        return block;
    }

    @Test
    void onlyTheFirstOneIsCalledFor() {
        assertThat(line.add(block(0))).isTrue();
        assertThat(line.add(block(100))).isFalse();
        assertThat(line.add(block(200))).isFalse();
    }

    @Test
    void theNextOneIsCalledForWhenTheFirstIsThere() {
        line.add(first);
        line.add(second);
        line.add(third);

        assertThat(line.next(fetched(first))).isSameAs(second);
        assertThat(line.next(fetched(second))).isSameAs(third);
        assertThat(line.next(fetched(third))).isNull();
        assertThat(line.add(block(300))).as("it is empty again").isTrue();
    }

    @Test
    void aTurnThatFindsTheFirstOneBeingFetchedMovesNothing() {
        line.add(first);
        line.add(block(100));
        first.begin();

        assertThat(line.next(first)).isNull();
    }

    @Test
    void whatIsNotFirstMovesNothing() {
        line.add(first);
        line.add(second);

        assertThat(line.next(fetched(second))).isNull();
        assertThat(line.next(fetched(block(300)))).isNull();
        assertThat(line.next(fetched(first)))
                .as("the second one is there already")
                .isNull();
    }

    @Test
    void oneThatAReaderHasBegunIsWaitedForAndNotPassedBy() {
        line.add(first);
        line.add(second);
        line.add(third);
        second.begin();

        assertThat(line.next(fetched(first))).as("somebody fetches it").isNull();
        assertThat(line.next(fetched(second))).isSameAs(third);
    }

    @Test
    void allButTheFirstOneMayLeave() {
        line.add(first);
        line.add(second);

        assertThat(line.leave()).isSameAs(second);
        assertThat(line.leave()).isNull();
        assertThat(second.mayLiveAgain()).isTrue();
        assertThat(line.next(fetched(first))).isNull();
    }

    @Test
    void whatStandsInLineIsPinned() {
        line.add(first);
        line.add(second);
        assertThat(first.mayLiveAgain()).isFalse();
        assertThat(second.mayLiveAgain()).isFalse();

        line.next(fetched(first));

        assertThat(first.mayLiveAgain()).isTrue();
        assertThat(second.mayLiveAgain()).isFalse();
    }
}
