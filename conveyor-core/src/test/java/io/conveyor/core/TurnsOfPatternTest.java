package io.conveyor.core;

import static io.conveyor.testkit.StorageOperation.PREAD;
import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorStats.ReadAhead;
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

/**
 * How soon a reader that turns from random reads to sequential ones has full speed again. Counted, not timed: how often its window had to grow until as much
 * is fetched ahead as may be. Workers do what they are asked for only when the reader waits, so that each wait is one round trip.
 */
class TurnsOfPatternTest {

    private static final int OBJECT = 64 << 20;
    private static final int PIECE = 4 << 10;
    private static final long WINDOW = 16 << 20;
    private static final Duration SLOW = Duration.ofMillis(2);

    @RegisterExtension
    final OneConveyor one = new OneConveyor(MemoryBackend.withCapabilities(StorageCapabilities.builder()
            .interruptSafeReads(true)
            .preferredReadBytes(1 << 20)
            .maxConcurrentReads(8)
            .build()));

    private final ManualClock clock = ManualClock.create();
    private final StepExecutor steps = new StepExecutor();
    private final ByteBuffer dst = ByteBuffer.allocate(PIECE);
    private Conveyor conveyor;

    @BeforeEach
    void opensALargeObjectOfASlowStore() throws IOException {
        one.memory.put(OneConveyor.KEY, Bytes.at(0, OBJECT, 1));
        one.builder(
                builder -> builder.timeSource(clock).executor(steps).workers(16).memoryBudget(4 * WINDOW));
        one.plan.on(PREAD).always().run(() -> clock.advance(SLOW));
        conveyor = one.open(StandardOpenOption.READ);
    }

    @AfterEach
    void closes() throws Exception {
        one.closeSteppingBy(steps);
    }

    private ReadAhead readAhead() {
        return conveyor.stats().readAhead();
    }

    private void read(long at) throws IOException {
        assertThat(conveyor.read(dst.clear(), at)).isEqualTo(PIECE);
        assertThat(Bytes.difference(Bytes.at(at, PIECE, 1), dst.array(), at)).isEmpty();
    }

    /** Reads in order from {@code at} on until the window is as large as it may be; answers how often the reader waited for it to grow. */
    private int growthsUntilFullSpeed(long at) throws IOException {
        int growths = 0;
        read(at);
        read(at + PIECE);
        ReadAhead before = readAhead();
        assertThat(before.windowBytes()).as("two reads are no stream yet").isLessThan(1 << 20);
        for (long next = at + 2 * PIECE; ; next += PIECE) {
            read(next);
            ReadAhead now = readAhead();
            if (now.waits() + now.misses() > before.waits() + before.misses()) {
                growths++;
                steps.drain();
            }
            if (now.windowBytes() == WINDOW) {
                return growths;
            }
            before = now;
        }
    }

    private void readsAtRandom() throws IOException {
        for (int i = 0; i < 20; i++) {
            read(((i * 37 + 11) % 61 << 20) + 12_345L);
        }
    }

    private long bytesAsked() {
        return conveyor.stats().preads().bytes();
    }

    @Test
    void fullSpeedIsThereWithinFourGrowthsOfTheWindow() throws IOException {
        assertThat(growthsUntilFullSpeed(0)).isBetween(1, 4);
    }

    @Test
    void fullSpeedIsRegainedWithinFourGrowthsAfterEachTurn() throws IOException {
        for (long at : new long[] {2 << 20, 34 << 20}) {
            readsAtRandom();

            assertThat(growthsUntilFullSpeed(at)).as("from %d on", at).isBetween(1, 4);
            steps.drain();
        }
    }

    @Test
    void randomReadsAfterATurnFetchWhatTheyAskForAndNoMore() throws IOException {
        readsAtRandom();
        growthsUntilFullSpeed(20 << 20);
        steps.drain();
        long before = bytesAsked();

        for (int i = 0; i < 20; i++) {
            read(i * 257L * PIECE + 77);
            steps.drain();
        }

        assertThat(bytesAsked() - before).isEqualTo(20L * PIECE);
    }
}
