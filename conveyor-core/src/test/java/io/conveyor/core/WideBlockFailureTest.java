package io.conveyor.core;

import static io.conveyor.testkit.StorageOperation.PREAD;
import static java.nio.file.StandardOpenOption.READ;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.Extent;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.spi.StorageCapabilities;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.FaultInjectingBackend;
import io.conveyor.testkit.FaultPlan;
import io.conveyor.testkit.MemoryBackend;
import java.nio.ByteBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A store whose blocks are larger than what is asked for, and one of which has a bad place beyond it. The workers are stepped. */
class WideBlockFailureTest {

    private static final int BLOCK_BYTES = 1 << 20;
    private static final int GOOD_BYTES = 512 << 10;
    private static final int READ_BYTES = 8 << 10;

    private final StepExecutor steps = new StepExecutor();
    private final FaultPlan plan = FaultPlan.create();
    private final ByteBuffer dst = ByteBuffer.allocate(READ_BYTES);

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aBadPlaceIsNoticedByTheReadThatNeedsItAndByNoneBefore(boolean interruptSafeReads) throws Exception {
        MemoryBackend memory = MemoryBackend.withCapabilities(StorageCapabilities.builder()
                .preferredReadBytes(BLOCK_BYTES)
                .interruptSafeReads(interruptSafeReads)
                .build());
        memory.put("object", Bytes.at(0, BLOCK_BYTES, 1));
        plan.on(PREAD)
                .within(new Extent(GOOD_BYTES, BLOCK_BYTES - GOOD_BYTES))
                .always()
                .failWith(Kind.IO, Retry.NEVER);
        ConveyorFactory factory = Conveyors.builder(FaultInjectingBackend.over(memory, plan))
                .executor(steps)
                .build();
        Conveyor conveyor = steps.drivingAll(() -> factory.open("object", READ));
        for (int offset = 0; offset < GOOD_BYTES; offset += READ_BYTES) {
            assertReads(conveyor, offset);
            steps.drain(); // what was fetched ahead has failed before the next read comes
        }
        assertThatThrownBy(() -> read(conveyor)).isInstanceOf(StorageException.class);
        steps.drivingAll(() -> {
            factory.close();
            return true;
        });
    }

    private void assertReads(Conveyor conveyor, int offset) throws Exception {
        assertThat(read(conveyor)).isEqualTo(READ_BYTES);
        assertThat(Bytes.difference(Bytes.at(offset, READ_BYTES, 1), Bytes.remaining(dst.flip()), offset))
                .isEmpty();
    }

    private int read(Conveyor conveyor) throws Exception {
        dst.clear();
        return steps.drivingAll(() -> conveyor.read(dst));
    }
}
