package io.conveyor.core;

import static io.conveyor.testkit.StorageOperation.PWRITE;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorOptions;
import io.conveyor.spi.StorageCapabilities;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.Concurrently;
import io.conveyor.testkit.MemoryBackend;
import java.time.Duration;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A worker that looks for its next turn finds what it is to do claimed. Whoever flushes again at once meets such a worker nearly always. */
@Timeout(120)
class AwaitedTurnsTest {

    private static final int TIMES = 300;
    private static final int APART = 4096;

    @RegisterExtension
    final OneConveyor one = new OneConveyor(MemoryBackend.withCapabilities(StorageCapabilities.builder()
            .interruptSafeReads(true)
            .maxConcurrentWrites(2)
            .build()));

    @Test
    void allCallsThatMayBeMadeAtATimeAreAskedForThoughTheFirstIsClaimedAlready() throws Exception {
        CyclicBarrier both = new CyclicBarrier(2);
        one.builder(builder -> builder.options(
                ConveyorOptions.builder().writeDelay(Duration.ofMinutes(1)).build()));
        one.plan.on(PWRITE).always().run(() -> meet(both));
        Conveyor conveyor = one.open(WRITE, CREATE);

        for (int i = 0; i < TIMES; i++) {
            conveyor.write(Bytes.buffer(i, 1, 1), i);
            conveyor.write(Bytes.buffer(APART + i, 1, 1), APART + i);
            conveyor.flush();
        }

        assertThat(one.memory.calls(PWRITE)).isEqualTo(2L * TIMES);
    }

    private static void meet(CyclicBarrier both) {
        try {
            both.await(Concurrently.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (Exception alone) {
            throw new AssertionError("a write was made alone that another could have been made beside", alone);
        }
    }
}
