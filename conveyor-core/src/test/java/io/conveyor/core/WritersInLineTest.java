package io.conveyor.core;

import static io.conveyor.testkit.StorageOperation.PWRITE;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.BackPressureTimeoutException;
import io.conveyor.Conveyor;
import io.conveyor.ConveyorOptions;
import io.conveyor.StorageException;
import io.conveyor.WriteBehindException;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.Concurrently;
import io.conveyor.testkit.Concurrently.Started;
import io.conveyor.testkit.ManualClock;
import java.io.InterruptedIOException;
import java.nio.channels.AsynchronousCloseException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several writers find the log of one conveyor full while storage is quick: whichever of them sleep, all of them learn what happens. Time stands still. */
@Timeout(120)
class WritersInLineTest {

    private static final int PIECE = 16 << 10;
    private static final int MOST_PENDING = 4 * PIECE;
    private static final int WRITERS = 4;
    private static final Duration PATIENCE = Duration.ofSeconds(7);

    @RegisterExtension
    final OneConveyor one = new OneConveyor();

    private final StepExecutor steps = new StepExecutor();
    private final ManualClock clock = ManualClock.create();
    private final List<Started<Boolean>> writers = new ArrayList<>();
    private Conveyor conveyor;
    private int written;

    @BeforeEach
    void aQuickStoreAndWritersThatWaitForRoom() throws Exception {
        one.builder(builder -> builder.executor(steps).timeSource(clock));
        conveyor = one.open(
                ConveyorOptions.builder()
                        .maxPendingBytes(MOST_PENDING)
                        .writeDelay(Duration.ZERO)
                        .writeTimeout(PATIENCE)
                        .build(),
                CREATE,
                WRITE);
        write();
        steps.drain();
        while (pending() < MOST_PENDING) {
            write();
        }
        for (int i = 0; i < WRITERS; i++) {
            writers.add(one.start(this::write).awaitWaiting());
        }
    }

    private long pending() {
        return conveyor.stats().watermarks().accepted()
                - conveyor.stats().watermarks().written();
    }

    private void write() throws Exception {
        int from;
        synchronized (this) {
            from = written;
            written += PIECE;
        }
        conveyor.write(Bytes.buffer(from, PIECE, 1), from);
    }

    private void closeStepping() throws Exception {
        one.closeSteppingBy(steps);
    }

    @Test
    void allGoOnWhenThereIsRoom() throws Exception {
        for (Started<Boolean> writer : writers) {
            steps.drivingAll(writer::result);
        }

        closeStepping();
        assertThat(one.stored()).isEqualTo(Bytes.at(0, written, 1));
    }

    @Test
    void allAreToldOfAFailure() throws Exception {
        one.plan.on(PWRITE).always().failWith(StorageException.Kind.IO, StorageException.Retry.NEVER);

        steps.step();

        for (Started<Boolean> writer : writers) {
            assertThatThrownBy(writer::result).isInstanceOf(WriteBehindException.class);
        }
        one.plan.clear();
        assertThat(conveyor.clearError()).isTrue();
        closeStepping();
    }

    @Test
    void allAreToldThatSomebodyHasClosedIt() throws Exception {
        Started<Boolean> closing = one.start(conveyor::close);

        for (Started<Boolean> writer : writers) {
            assertThatThrownBy(writer::result).isInstanceOf(AsynchronousCloseException.class);
        }
        steps.drivingAll(closing::result);
    }

    @Test
    void nobodyWaitsLongerThanTheOptionsSay() throws Exception {
        clock.advance(PATIENCE);

        for (Started<Boolean> writer : writers) {
            assertThatThrownBy(writer::result).isInstanceOf(BackPressureTimeoutException.class);
        }
        closeStepping();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void whoIsInterruptedLeavesTheLineToTheOthers(int place) throws Exception {
        Started<Boolean> leaving = writers.remove(place);
        leaving.thread().interrupt();
        assertThatThrownBy(leaving::result).isInstanceOf(InterruptedIOException.class);

        for (Started<Boolean> writer : writers) {
            steps.drivingAll(writer::result);
        }
        closeStepping();
    }

    @Test
    void aStoreThatBecomesSlowKeepsNobodyInLine() throws Exception {
        one.plan.on(PWRITE).always().run(() -> clock.advance(Duration.ofMillis(5)));

        for (Started<Boolean> writer : writers) {
            steps.drivingAll(writer::result);
        }

        Concurrently.await(
                "all has been accepted", () -> conveyor.stats().watermarks().accepted() == written);
        closeStepping();
    }
}
