package io.conveyor.core.extent;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.Extent;
import io.conveyor.testkit.Seed;
import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ExtentSetTest {

    @Test
    void touchingExtentsAreListedAsOne() {
        ExtentSet set = new ExtentSet();

        set.add(10, 20);
        set.add(0, 10);
        set.add(20, 25);
        set.add(30, 31);

        assertThat(set.list(10)).containsExactly(new Extent(0, 25), new Extent(30, 1));
        assertThat(set.bytes()).isEqualTo(26);
    }

    @Test
    void noMoreExtentsAreListedThanAskedFor() {
        ExtentSet set = new ExtentSet();
        for (int i = 0; i < 100; i++) {
            set.add(i * 10L, i * 10L + 5);
        }

        assertThat(set.list(2)).containsExactly(new Extent(0, 5), new Extent(10, 5));
        assertThat(set.list(0)).isEmpty();
        assertThat(set.bytes()).isEqualTo(500);
    }

    @Test
    void anEmptyRangeChangesNothing() {
        ExtentSet set = new ExtentSet();

        set.add(5, 5);
        set.remove(5, 5);

        assertThat(set.isEmpty()).isTrue();
        assertThat(set.bytes()).isZero();
    }

    @Test
    void tooManyExtentsBecomeTheRangeThatSpansThem() {
        ExtentSet set = new ExtentSet();

        for (int i = 0; i <= ExtentSet.MOST; i++) {
            set.add(100 + i * 10L, 105 + i * 10L);
        }

        assertThat(set.list(2)).containsExactly(Extent.between(100, 105 + ExtentSet.MOST * 10L));
    }

    @Test
    void anUnboundedSetKeepsAnyNumberOfExtentsApart() {
        ExtentSet set = ExtentSet.unbounded();

        for (int i = 0; i < 10 * ExtentSet.MOST; i++) {
            set.add(i * 10L, i * 10L + 5);
        }

        assertThat(set.bytes()).isEqualTo(50L * ExtentSet.MOST);
        assertThat(set.list(Integer.MAX_VALUE)).hasSize(10 * ExtentSet.MOST);
    }

    @Test
    void removingInTheMiddleOfAFullSetKeepsItBounded() {
        ExtentSet set = new ExtentSet();
        set.add(0, 1_000_000);

        for (int i = 0; i < 10 * ExtentSet.MOST; i++) {
            set.remove(i * 10L, i * 10L + 5);
        }
        set.add(2_000_000, 2_000_001);

        assertThat(set.list(Integer.MAX_VALUE)).hasSizeLessThanOrEqualTo(ExtentSet.MOST);
    }

    @Test
    void randomChangesAgreeWithASetOfBits() {
        Seed seed = Seed.current();
        Random random = seed.random();
        ExtentSet set = new ExtentSet();
        BitSet model = new BitSet();
        for (int step = 0; step < 20_000; step++) {
            int from = random.nextInt(5000);
            int to = from + random.nextInt(40);
            if (random.nextBoolean()) {
                set.add(from, to);
                model.set(from, to);
            } else {
                set.remove(from, to);
                model.clear(from, to);
            }
            if (step % 100 == 0) {
                assertThat(set.bytes()).as("step %d, %s", step, seed).isEqualTo(model.cardinality());
                assertThat(set.isEmpty()).as("step %d, %s", step, seed).isEqualTo(model.isEmpty());
            }
        }
        BitSet listed = new BitSet();
        set.list(Integer.MAX_VALUE).forEach(extent -> listed.set((int) extent.offset(), (int) extent.end()));
        assertThat(listed).as("%s", seed).isEqualTo(model);
    }
}
