package io.conveyor.backend.hdfs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;

/** Who has which lease, and what nobody has. */
class HdfsHoldersTest {

    private static final Path FIRST = new Path("/data/first");
    private static final Path SECOND = new Path("/data/second");

    private final HdfsHolders holders = new HdfsHolders();

    @Test
    void whatIsOwedComesInTurnUntilItIsSettled() {
        holders.owe(FIRST);
        holders.owe(SECOND);
        assertThat(List.of(next(), next(), next())).containsExactly(FIRST, SECOND, FIRST);
        holders.settle(SECOND);
        assertThat(List.of(next(), next())).containsExactly(FIRST, FIRST);
        holders.settle(FIRST);
        assertThat(holders.nextOwed()).isEmpty();
    }

    @Test
    void ofTooManyThatAreOwedTheOldestIsForgotten() {
        holders.owe(FIRST);
        holders.owe(SECOND);
        for (int i = 0; i < 999; i++) {
            holders.owe(new Path("/data/" + i));
        }
        assertThat(holders.claim(FIRST, 1)).isFalse();
        assertThat(holders.claim(SECOND, 2)).isTrue();
    }

    @Test
    void ofTooManyFilesThatAreOwedTheOldestIsForgotten() {
        for (long fileId = 0; fileId <= 1_000; fileId++) {
            holders.owe(fileId);
        }
        assertThat(holders.claim(FIRST, 0)).isFalse();
        assertThat(holders.claim(FIRST, 1)).isTrue();
    }

    private Path next() {
        return holders.nextOwed().orElseThrow();
    }
}
