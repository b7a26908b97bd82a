package io.conveyor.core;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorOptions;
import io.conveyor.spi.TimeSource;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.Concurrently.Started;
import io.conveyor.testkit.ManualClock;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A writer that is faster than a quick store may have less pending than the options allow, but waits for that only for a moment. */
class StandingQueuesTest {

    private static final int PIECE = 256 << 10;
    private static final int MOST_PENDING = 4 << 20;

    /** After one call of a mebibyte. */
    private static final int LET_DOWN = MOST_PENDING - (512 << 10);

    private static final Duration PATIENCE = Duration.ofMillis(2);
    private static final Duration REST = Duration.ofMillis(10);

    @RegisterExtension
    final OneConveyor one = new OneConveyor();

    private final StepExecutor steps = new StepExecutor();
    private final ManualClock clock = ManualClock.startingAt(Long.MAX_VALUE - PATIENCE.toNanos());
    private final Waits waits = new Waits();
    private Conveyor conveyor;
    private int written;

    @BeforeEach
    void aFullQueueIsLetDown() throws Exception {
        one.builder(builder -> builder.memoryBudget(16 << 20).executor(steps).timeSource(waits));
        conveyor =
                one.open(ConveyorOptions.builder().maxPendingBytes(MOST_PENDING).build(), CREATE, WRITE);
        while (pending() + PIECE <= MOST_PENDING) {
            write();
        }
        Started<Boolean> waiting = one.start(this::write).awaitWaiting();
        steps.step();
        assertThat(waiting.result()).isTrue();
        while (pending() < LET_DOWN) {
            write();
        }
    }

    @AfterEach
    void everyByteArrives() throws Exception {
        one.closeSteppingBy(steps);
        assertThat(one.stored()).isEqualTo(Bytes.at(0, written, 1));
    }

    private long pending() {
        return conveyor.stats().watermarks().accepted()
                - conveyor.stats().watermarks().written();
    }

    private void write() throws Exception {
        conveyor.write(Bytes.buffer(written, PIECE, 1));
        written += PIECE;
    }

    @Test
    void aWriterWaitsAlthoughTheOptionsLeaveRoom() throws Exception {
        Started<Boolean> waiting = one.start(this::write).awaitWaiting();

        assertThat(pending() + PIECE).isLessThan(MOST_PENDING);
        assertThat(waiting.isDone()).isFalse();
        steps.step();
        assertThat(waiting.result()).isTrue();
    }

    @Test
    void aWriterThatHasWaitedForTwoMillisecondsHasAllThatTheOptionsAllow() throws Exception {
        Started<Boolean> waiting = one.start(this::write).awaitWaiting();
        clock.advance(PATIENCE);
        assertThat(waiting.result()).isTrue();

        while (pending() + PIECE <= MOST_PENDING) {
            write();
        }
        assertThat(pending()).isEqualTo(MOST_PENDING);
    }

    @Test
    void aBurstAfterARestWaitsForNothing() throws Exception {
        steps.drain();
        clock.advance(REST);

        one.start(() -> {
                    waits.writer = Thread.currentThread();
                    while (pending() + PIECE <= MOST_PENDING) {
                        write();
                    }
                })
                .result();

        assertThat(pending()).isEqualTo(MOST_PENDING);
        assertThat(waits.ofTheWriter).hasValue(0);
    }

    /** The clock of the test. It counts how often a writer waits that should not have to. */
    private final class Waits implements TimeSource {

        private final AtomicInteger ofTheWriter = new AtomicInteger();
        private volatile @Nullable Thread writer;

        @Override
        public long nanoTime() {
            return clock.nanoTime();
        }

        @Override
        public void await(Condition condition, long deadline) throws InterruptedException {
            if (Thread.currentThread() == writer) {
                ofTheWriter.incrementAndGet();
            }
            clock.await(condition, deadline);
        }
    }
}
