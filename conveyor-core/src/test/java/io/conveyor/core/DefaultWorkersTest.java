package io.conveyor.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.ConveyorFactory;
import io.conveyor.spi.StorageCapabilities;
import io.conveyor.testkit.MemoryBackend;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class DefaultWorkersTest {

    private static final int BY_PROCESSORS =
            Math.max(8, 4 * Runtime.getRuntime().availableProcessors());

    private static int workersFor(int reads, int writes) throws IOException {
        MemoryBackend backend = MemoryBackend.withCapabilities(StorageCapabilities.builder()
                .maxConcurrentReads(reads)
                .maxConcurrentWrites(writes)
                .build());
        try (ConveyorFactory factory = Conveyors.builder(backend).build()) {
            return factory.stats().workers();
        }
    }

    @Test
    void oneConveyorMayUseAllThatItsStoreTakesAtATime() throws IOException {
        assertThat(workersFor(20, 1)).isEqualTo(Math.max(BY_PROCESSORS, 40));
        assertThat(workersFor(1, 20)).isEqualTo(Math.max(BY_PROCESSORS, 40));
    }

    @Test
    void aStoreThatTakesLittleGetsAsManyAsTheProcessorsAreGoodFor() throws IOException {
        assertThat(workersFor(1, 1)).isEqualTo(BY_PROCESSORS);
    }

    @Test
    void aStoreWithoutALimitIsNoReasonForThreadsWithoutNumber() throws IOException {
        assertThat(workersFor(1000, 1000)).isEqualTo(Math.max(BY_PROCESSORS, 64));
    }
}
