package io.conveyor.backend.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.Extent;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class S3RangeSetTest {

    @Test
    void itAgreesWithABitSet() {
        long seed = Long.getLong("conveyor.seed", System.nanoTime());
        Random random = new Random(seed);
        for (int round = 0; round < 500; round++) {
            S3RangeSet ranges = new S3RangeSet();
            BitSet bits = new BitSet();
            for (int step = 0; step < 60; step++) {
                int start = random.nextInt(64);
                int end = start + random.nextInt(20);
                if (random.nextInt(3) == 0) {
                    ranges.remove(start, end);
                    bits.clear(start, end);
                } else {
                    ranges.add(start, end);
                    bits.set(start, end);
                }
                int from = random.nextInt(70);
                int to = from + random.nextInt(20);
                BitSet cut = bits.get(from, to);
                assertThat(ranges.covers(from, to))
                        .as("-Dconveyor.seed=%d", seed)
                        .isEqualTo(cut.cardinality() == to - from);
                assertThat(ranges.intersects(from, to))
                        .as("-Dconveyor.seed=%d", seed)
                        .isEqualTo(!cut.isEmpty());
                assertThat(ranges.within(from, to).stream()
                                .mapToLong(Extent::length)
                                .sum())
                        .as("-Dconveyor.seed=%d", seed)
                        .isEqualTo(cut.cardinality());
                assertThat(ranges.end()).as("-Dconveyor.seed=%d", seed).isEqualTo(bits.length());
            }
        }
    }

    @Test
    void rangesThatTouchBecomeOne() {
        S3RangeSet ranges = new S3RangeSet();
        ranges.add(0, 10);
        ranges.add(20, 30);
        ranges.add(10, 20);

        assertThat(ranges.within(0, 100)).isEqualTo(List.of(new Extent(0, 30)));
    }
}
