package io.conveyor.backend.hdfs;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.Extent;
import io.conveyor.testkit.Seed;
import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ExtentSetTest {

    private final ExtentSet set = new ExtentSet();

    @Test
    void rangesThatTouchBecomeOne() {
        set.add(10, 20);
        set.add(30, 40);
        set.add(20, 30);
        assertThat(set.first()).contains(Extent.between(10, 40));
        set.remove(0, 15);
        assertThat(set.first()).contains(Extent.between(15, 40));
        set.remove(15, Long.MAX_VALUE);
        assertThat(set.isEmpty()).isTrue();
    }

    @Test
    void whatLiesAboveIsMoved() {
        ExtentSet from = new ExtentSet();
        from.add(0, 10);
        from.add(20, 30);
        set.moveFrom(from, 5);
        assertThat(from.isEmpty()).isTrue();
        assertThat(set.first()).contains(Extent.between(5, 10));
        set.remove(5, 10);
        assertThat(set.first()).contains(Extent.between(20, 30));
    }

    @Test
    void randomChangesEndAsInASetOfBits() {
        Seed seed = Seed.current();
        Random random = seed.random();
        BitSet expected = new BitSet();
        for (int i = 0; i < 20_000; i++) {
            int start = random.nextInt(200);
            int end = start + random.nextInt(30);
            if (random.nextBoolean()) {
                set.add(start, end);
                expected.set(start, end);
            } else {
                set.remove(start, end);
                expected.clear(start, end);
            }
            int first = expected.nextSetBit(0);
            if (first < 0) {
                assertThat(set.first()).as("step %d, %s", i, seed).isEmpty();
            } else {
                assertThat(set.first())
                        .as("step %d, %s", i, seed)
                        .contains(Extent.between(first, expected.nextClearBit(first)));
            }
        }
    }
}
