package io.conveyor.core;

import static io.conveyor.testkit.StorageOperation.FLUSH;
import static io.conveyor.testkit.StorageOperation.PWRITE;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorOptions;
import io.conveyor.WriteBehindException;
import io.conveyor.spi.StorageCapabilities;
import io.conveyor.spi.StorageCapabilities.FlushEffect;
import io.conveyor.spi.StorageCapabilities.ReleasePoint;
import io.conveyor.spi.StorageCapabilities.SyncEffect;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.Concurrently;
import io.conveyor.testkit.Concurrently.Started;
import io.conveyor.testkit.Hold;
import io.conveyor.testkit.MemoryBackend;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A store that takes appends while a flush waits for it: the flush covers what was there when it began, and no more. */
class FlushBesideAppendsTest {

    private static final ConveyorOptions AT_ONCE = ConveyorOptions.builder()
            .writeDelay(Duration.ZERO)
            .maxPendingBytes(64)
            .build();

    /** As long as a quarter of what may be pending: worth waking a worker for, and accepted in one piece. */
    private static final String SECOND = "the second bytes";

    private final MemoryBackend memory = MemoryBackend.withCapabilities(StorageCapabilities.builder()
            .preferredWriteBytes(1)
            .appendsOnly(true)
            .releaseAt(ReleasePoint.FLUSH)
            .flushEffect(FlushEffect.VISIBLE)
            .flushesBesideAppends(true)
            .syncEffect(SyncEffect.REPEATABLE)
            .build());

    @RegisterExtension
    final OneConveyor one = new OneConveyor(memory);

    @BeforeEach
    void oneConveyorMayHaveTwoTurns() {
        one.builder(builder -> builder.workers(4));
    }

    @Test
    void anAppendGoesToStorageWhileAFlushIsUnderWay() throws Exception {
        Conveyor conveyor = one.open(AT_ONCE, WRITE, CREATE);
        Hold hold = one.plan.hold(FLUSH);
        Started<Boolean> flush = flushOf(conveyor, "first");
        hold.awaitHeld();

        appendSecond(conveyor);

        assertThat(conveyor.stats().watermarks().visible()).isZero();
        hold.releaseOne();
        flush.result();
        assertThat(conveyor.stats().watermarks().visible())
                .as("what had been written when the flush began")
                .isEqualTo(5);
        hold.release();
        conveyor.flush();
        assertThat(one.stored()).isEqualTo(Bytes.of("first" + SECOND));
    }

    @Test
    void whatWasWrittenBesideAFlushThatFailedIsDrivenAgain() throws Exception {
        Conveyor conveyor = one.open(AT_ONCE, WRITE, CREATE);
        Hold hold = one.plan.hold(FLUSH);
        Started<Boolean> flush = flushOf(conveyor, "first");
        hold.awaitHeld();
        appendSecond(conveyor);

        memory.failFlushes(1);
        hold.release();

        assertThatThrownBy(flush::result)
                .isInstanceOfSatisfying(
                        WriteBehindException.class,
                        e -> assertThat(e.retainedBytes()).isEqualTo(21));
        assertThat(conveyor.clearError()).isTrue();
        conveyor.flush();
        assertThat(one.stored()).isEqualTo(Bytes.of("first" + SECOND));
    }

    @Test
    void aWriteBelowTheEndWaitsForTheFlush() throws Exception {
        Conveyor conveyor = one.open(AT_ONCE, WRITE, CREATE);
        Hold hold = one.plan.hold(FLUSH);
        Started<Boolean> flush = flushOf(conveyor, "first");
        hold.awaitHeld();

        conveyor.write(Bytes.buffer("F"), 0);
        conveyor.write(Bytes.buffer(SECOND), 5);
        assertThat(one.backend.calls(PWRITE)).isOne();
        hold.release();
        flush.result();
        conveyor.flush();

        assertThat(one.stored()).isEqualTo(Bytes.of("First" + SECOND));
        assertThat(memory.violations()).isEmpty();
        assertThat(one.backend.violations()).isEmpty();
    }

    /** Writes it, and waits until it is in storage. */
    private static void appendSecond(Conveyor conveyor) throws Exception {
        conveyor.write(Bytes.buffer(SECOND));
        Concurrently.await(
                "the second write arrives", () -> conveyor.stats().watermarks().written() == 21);
    }

    private static Started<Boolean> flushOf(Conveyor conveyor, String text) throws Exception {
        conveyor.write(Bytes.buffer(text));
        return Concurrently.start(() -> {
            conveyor.flush();
            return true;
        });
    }
}
