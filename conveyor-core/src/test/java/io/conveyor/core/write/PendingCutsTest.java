package io.conveyor.core.write;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.testkit.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PendingCutsTest {

    private final PendingCuts cuts = new PendingCuts();

    @Test
    void withoutACutThereIsNoLimit() {
        assertThat(cuts.lowest()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void theLowestCutCountsWhateverItsPlace() {
        cuts.add(10, 500);
        cuts.add(20, 200);
        cuts.add(30, 900);

        assertThat(cuts.lowest()).isEqualTo(200);
    }

    @Test
    void aCutThatWasAppliedDoesNotCountAnyMore() {
        cuts.add(10, 200);
        cuts.add(20, 500);

        cuts.applied(10);

        assertThat(cuts.lowest()).isEqualTo(500);
        cuts.applied(20);
        assertThat(cuts.lowest()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void aHigherCutThatALowerOneCoveredNeverComesBack() {
        cuts.add(10, 500);
        cuts.add(20, 200);

        cuts.applied(10);
        assertThat(cuts.lowest()).isEqualTo(200);
        cuts.applied(20);

        assertThat(cuts.lowest()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void clearingForgetsAll() {
        cuts.add(10, 500);
        cuts.add(20, 700);

        cuts.clear();

        assertThat(cuts.lowest()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void randomCutsAgreeWithAPlainList() {
        Seed seed = Seed.current();
        Random random = seed.random();
        List<long[]> model = new ArrayList<>();
        long position = 0;
        for (int step = 0; step < 20_000; step++) {
            if (model.isEmpty() || random.nextInt(3) > 0) {
                long size = random.nextInt(1000);
                cuts.add(++position, size);
                model.add(new long[] {position, size});
            } else {
                // cuts are applied in the order of the log
                long applied = model.remove(0)[0];
                cuts.applied(applied);
            }
            long lowest = model.stream().mapToLong(cut -> cut[1]).min().orElse(Long.MAX_VALUE);
            assertThat(cuts.lowest()).as("step %d, %s", step, seed).isEqualTo(lowest);
            if (model.size() > 50) {
                cuts.applied(position);
                model.clear();
            }
        }
    }
}
