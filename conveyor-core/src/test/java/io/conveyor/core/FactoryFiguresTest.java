package io.conveyor.core;

import static java.nio.file.StandardOpenOption.READ;
import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorStats.ReadAhead;
import io.conveyor.testkit.Bytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a factory tells of all its conveyors: counters keep what the closed ones did, gauges do not. */
class FactoryFiguresTest {

    private static final int SIZE = 2 << 20;

    @RegisterExtension
    final OneConveyor one = new OneConveyor();

    @Test
    void aReaderThatIsClosedRunsAheadNoMoreAndWhatItFetchedStillCounts() throws IOException {
        one.memory.put(OneConveyor.KEY, Bytes.at(0, SIZE, 1));
        ReadAhead whileOpen;
        try (Conveyor conveyor = one.open(READ)) {
            readAll(conveyor);
            whileOpen = readAhead();
            assertThat(whileOpen.windowBytes()).as("while it is open").isPositive();
            assertThat(whileOpen.fetchedBytes()).isPositive();
        }

        assertThat(readAhead().windowBytes()).isZero();
        assertThat(readAhead().hits()).isEqualTo(whileOpen.hits());
        assertThat(readAhead().fetchedBytes()).isGreaterThanOrEqualTo(whileOpen.fetchedBytes());
    }

    @Test
    void aFactoryRunsAheadAsFarAsTheConveyorsThatAreOpen() throws IOException {
        one.memory.put(OneConveyor.KEY, Bytes.at(0, SIZE, 1));
        try (Conveyor closed = one.open(READ)) {
            readAll(closed);
        }
        try (Conveyor open = one.open(READ)) {
            readAll(open);

            assertThat(readAhead().windowBytes())
                    .isEqualTo(open.stats().readAhead().windowBytes());
        }
    }

    private ReadAhead readAhead() {
        return one.factory().stats().total().readAhead();
    }

    private static void readAll(Conveyor conveyor) throws IOException {
        ByteBuffer dst = ByteBuffer.allocate(16 << 10);
        while (conveyor.read(dst.clear()) >= 0) {
            assertThat(dst.position()).isPositive();
        }
    }
}
