package io.conveyor.core;

import static io.conveyor.testkit.StorageOperation.PREAD;
import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.Conveyor;
import io.conveyor.spi.StorageCapabilities;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.ManualClock;
import io.conveyor.testkit.MemoryBackend;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Nobody is woken to fetch what a reader has at hand as fast: a file in the page cache, say. */
class ReadingAtHandTest {

    private static final int BLOCK = 256 << 10;
    private static final int BLOCKS = 64;
    private static final Duration QUICK = Duration.ofNanos(20_000);
    private static final Duration SLOW = Duration.ofMillis(2);

    @RegisterExtension
    final OneConveyor one = new OneConveyor(MemoryBackend.withCapabilities(StorageCapabilities.builder()
            .interruptSafeReads(true)
            .preferredReadBytes(BLOCK)
            .build()));

    private final ManualClock clock = ManualClock.create();
    private final StepExecutor steps = new StepExecutor();
    private Duration takes = QUICK;
    private Conveyor conveyor;
    private long cursor;

    @BeforeEach
    void opensAnObjectOfManyBlocks() throws IOException {
        one.memory.put(OneConveyor.KEY, Bytes.at(0, BLOCKS * BLOCK, 1));
        one.builder(builder -> builder.timeSource(clock).executor(steps));
        one.plan.on(PREAD).always().run(() -> clock.advance(takes));
        conveyor = one.open(StandardOpenOption.READ);
    }

    @AfterEach
    void closes() throws Exception {
        one.closeSteppingBy(steps);
    }

    /** Reads on; whatever workers are asked for is done before the next read. */
    private int stepsWhileReading(int bytes) throws IOException {
        int asked = 0;
        ByteBuffer dst = ByteBuffer.allocate(BLOCK / 8);
        for (long end = cursor + bytes; cursor < end; cursor += dst.position()) {
            conveyor.read(dst.clear(), cursor);
            assertThat(Bytes.difference(
                            Bytes.at(cursor, dst.position(), 1),
                            Bytes.remaining(dst.duplicate().flip()),
                            cursor))
                    .isEmpty();
            asked += steps.queued();
            steps.drain();
        }
        return asked;
    }

    @Test
    void workersFetchAheadUntilItIsKnown() throws IOException {
        assertThat(stepsWhileReading(2 * BLOCK)).isPositive();
    }

    @Test
    void aReaderFetchesBlockByBlockFromAStoreThatIsAtHand() throws IOException {
        stepsWhileReading(24 * BLOCK);
        int before = one.backend.log(PREAD).size();

        assertThat(stepsWhileReading(16 * BLOCK)).isZero();

        assertThat(one.backend.log(PREAD).size() - before).isEqualTo(16);
    }

    @Test
    void oneSlowAnswerBringsTheWorkersBack() throws IOException {
        stepsWhileReading(16 * BLOCK);
        takes = SLOW;

        assertThat(stepsWhileReading(8 * BLOCK)).isPositive();
    }

    @Test
    void aSlowStoreIsReadAheadAllAlong() throws IOException {
        takes = SLOW;
        stepsWhileReading(8 * BLOCK);

        assertThat(stepsWhileReading(16 * BLOCK)).isPositive();
    }
}
