package io.conveyor.core;

import static io.conveyor.testkit.StorageOperation.FLUSH;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOptions;
import io.conveyor.spi.StorageCapabilities;
import io.conveyor.spi.StorageCapabilities.FlushEffect;
import io.conveyor.spi.StorageCapabilities.ReleasePoint;
import io.conveyor.spi.StorageCapabilities.SyncEffect;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.FaultInjectingBackend;
import io.conveyor.testkit.FaultPlan;
import io.conveyor.testkit.MemoryBackend;
import org.junit.jupiter.api.Test;

/** A store that keeps nothing before a flush, and a writer that is faster than it: the log is full all the time. */
class FlushesUnderPressureTest {

    private static final int GRANULE = 16 << 10;
    private static final int MOST_PENDING = 256 << 10;
    private static final int TOTAL = 8 << 20;

    private final MemoryBackend memory = MemoryBackend.withCapabilities(StorageCapabilities.builder()
            .preferredWriteBytes(GRANULE)
            .appendsOnly(true)
            .releaseAt(ReleasePoint.FLUSH)
            .flushEffect(FlushEffect.VISIBLE)
            .syncEffect(SyncEffect.REPEATABLE)
            .build());
    private final FaultInjectingBackend backend = FaultInjectingBackend.over(memory, FaultPlan.create());

    @Test
    void aWriterThatWaitsForRoomDoesNotHaveEachWriteFlushed() throws Exception {
        ConveyorOptions options =
                ConveyorOptions.builder().maxPendingBytes(MOST_PENDING).build();
        try (ConveyorFactory factory = Conveyors.builder(backend)
                .memoryBudget(1 << 20)
                .options(options)
                .build()) {
            try (Conveyor conveyor = factory.open("object", WRITE, CREATE)) {
                for (int at = 0; at < TOTAL; at += GRANULE) {
                    conveyor.write(Bytes.buffer(at, GRANULE, 1));
                }
            }
            assertThat(memory.snapshot("object")).isEqualTo(Bytes.at(0, TOTAL, 1));
        }

        assertThat(backend.calls(FLUSH))
                .as("one for each quarter of what may be pending, and one at the end")
                .isLessThanOrEqualTo(TOTAL / (MOST_PENDING / 4) + 1);
    }
}
