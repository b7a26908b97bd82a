package io.conveyor.core;

import static io.conveyor.testkit.StorageOperation.PWRITE;
import static io.conveyor.testkit.StorageOperation.TRUNCATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.Conveyor;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.Hold;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a truncation cut never comes back, wherever a copy of it was: here, in blocks that were fetched ahead. */
class TruncationTest {

    private static final int SIZE = 1 << 20;
    private static final int CUT = 8 << 10;
    private static final int GROWN = 512 << 10;

    @RegisterExtension
    final OneConveyor one = new OneConveyor();

    @SuppressWarnings("NullAway.Init") // by openAndFetchAhead()
    private Conveyor conveyor;

    @BeforeEach
    void openAndFetchAhead() throws Exception {
        one.memory.put(OneConveyor.KEY, Bytes.at(0, SIZE, 1));
        conveyor = one.open(READ, WRITE);
        for (int at = 0; at < 64 << 10; at += 4096) {
            conveyor.read(ByteBuffer.allocate(4096));
        }
        assertThat(one.factory().stats().memoryUsedBytes()).as("fetched").isPositive();
    }

    @Test
    void whatWasFetchedBeforeACutDoesNotComeBackWhileTheCutIsPending() throws Exception {
        try (Hold hold = one.plan.hold(TRUNCATE, PWRITE)) {
            conveyor.truncate(CUT);
            conveyor.write(Bytes.buffer(GROWN, 10, 2), GROWN);

            assertReadsAsCutAndGrown();
            hold.release();
        }
    }

    @Test
    void whatWasFetchedBeforeACutDoesNotComeBackAfterTheCut() throws Exception {
        conveyor.truncate(CUT);
        conveyor.write(Bytes.buffer(GROWN, 10, 2), GROWN);
        conveyor.flush();

        assertReadsAsCutAndGrown();
    }

    private void assertReadsAsCutAndGrown() throws IOException {
        byte[] expected = new byte[GROWN + 10];
        System.arraycopy(Bytes.at(0, CUT, 1), 0, expected, 0, CUT);
        System.arraycopy(Bytes.at(GROWN, 10, 2), 0, expected, GROWN, 10);
        assertThat(conveyor.size()).isEqualTo(expected.length);
        conveyor.position(0);
        ByteBuffer dst = ByteBuffer.allocate(4096);
        for (int at = 0; at < expected.length; at += 4096) {
            int count = conveyor.read(dst.clear());
            byte[] seen = Bytes.remaining(dst.flip());
            assertThat(count).isEqualTo(Math.min(4096, expected.length - at));
            assertThat(Bytes.difference(Arrays.copyOfRange(expected, at, at + count), seen, at))
                    .isEmpty();
        }
    }
}
