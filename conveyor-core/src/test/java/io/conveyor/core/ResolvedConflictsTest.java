package io.conveyor.core;

import static io.conveyor.testkit.StorageOperation.FLUSH;
import static io.conveyor.testkit.StorageOperation.PREAD;
import static io.conveyor.testkit.StorageOperation.RESOLVE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.ConflictException;
import io.conveyor.ConflictResolution;
import io.conveyor.Conveyor;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.WriteBehindException;
import io.conveyor.spi.StorageCapabilities;
import io.conveyor.spi.StorageCapabilities.FlushEffect;
import io.conveyor.spi.StorageCapabilities.SyncEffect;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.Concurrently;
import io.conveyor.testkit.Concurrently.Started;
import io.conveyor.testkit.Hold;
import io.conveyor.testkit.ManualClock;
import io.conveyor.testkit.MemoryBackend;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Conflicts that are resolved while something is accepted that the handle has not been given. */
class ResolvedConflictsTest {

    private static final byte[] BASE = Bytes.of("base345678");
    private static final byte[] THEIRS = Bytes.of("THEIR VERSION: LONG!");

    @RegisterExtension
    final OneConveyor one = new OneConveyor(MemoryBackend.withCapabilities(StorageCapabilities.builder()
            .interruptSafeReads(true)
            .atomicCommit(true)
            .flushEffect(FlushEffect.COMMIT)
            .syncEffect(SyncEffect.NONE)
            .pinnedReads(true)
            .build()));

    /** Something done to a conveyor. */
    @FunctionalInterface
    private interface Change {
        void of(Conveyor conveyor) throws IOException;
    }

    /** A conveyor that has lost against {@link #THEIRS}, and has accepted {@code pending} after the flush that lost had begun. */
    private Conveyor conflicting(Change pending) throws Exception {
        one.memory.put(OneConveyor.KEY, BASE);
        Conveyor conveyor = one.open(READ, WRITE);
        conveyor.write(Bytes.buffer("ours"), 3);
        Hold hold = one.plan.on(FLUSH).next().hold();
        Started<Boolean> flush = one.startFlush();
        hold.awaitHeld();
        pending.of(conveyor);
        one.memory.put(OneConveyor.KEY, THEIRS);
        hold.release();
        assertThatThrownBy(flush::result).isInstanceOf(ConflictException.class);
        return conveyor;
    }

    @Test
    void theSizeIsTheirsIfNothingOfOursGoesBeyondIt() throws Exception {
        Conveyor conveyor = conflicting(pending -> pending.write(Bytes.buffer("late"), 12));

        conveyor.resolve(ConflictResolution.REBASE);

        assertThat(conveyor.size()).isEqualTo(20);
        assertThat(one.read(0, 30)).isEqualTo("THEoursERSIOlateONG!");
        conveyor.flush();
        assertThat(one.stored()).isEqualTo(Bytes.of("THEoursERSIOlateONG!"));
        assertThat(conveyor.size()).isEqualTo(20);
    }

    @Test
    void whatIsStillPendingMayLieBeyondTheirEnd() throws Exception {
        Conveyor conveyor = conflicting(pending -> pending.write(Bytes.buffer("late"), 18));

        conveyor.resolve(ConflictResolution.REBASE);

        assertThat(conveyor.size()).isEqualTo(22);
        assertThat(one.read(16, 30)).isEqualTo("ONlate");
        conveyor.flush();
        assertThat(one.stored()).isEqualTo(Bytes.of("THEoursERSION: LONlate"));
    }

    @Test
    void aCutThatIsStillPendingCutsTheirs() throws Exception {
        Conveyor conveyor = conflicting(pending -> {
            pending.truncate(8);
            pending.write(Bytes.buffer("late"), 9);
        });

        conveyor.resolve(ConflictResolution.REBASE);

        assertThat(conveyor.size()).isEqualTo(13);
        assertThat(one.read(0, 30)).isEqualTo("THEoursE\0late");
        conveyor.flush();
        assertThat(one.stored()).isEqualTo(Bytes.of("THEoursE\0late"));
    }

    @Test
    void aReadThatWasUnderWayBesideADiscardAnswersWithTheirs() throws Exception {
        Conveyor conveyor = conflicting(pending -> pending.write(Bytes.buffer("late"), 4));
        Hold hold = one.plan.on(PREAD).next().hold();
        Started<String> read = Concurrently.start(() -> one.read(4, 6));
        hold.awaitHeld();

        conveyor.resolve(ConflictResolution.DISCARD);
        hold.release();

        assertThat(read.result()).isEqualTo("R VERS");
    }

    @Test
    void aSecondResolutionIsRefusedWhileOneIsUnderWay() throws Exception {
        Conveyor conveyor = conflicting(pending -> pending.write(Bytes.buffer("late"), 12));
        Hold hold = one.plan.on(RESOLVE).next().hold();
        Started<Boolean> resolution = one.start(() -> conveyor.resolve(ConflictResolution.REBASE));
        hold.awaitHeld();

        assertThatThrownBy(() -> conveyor.resolve(ConflictResolution.DISCARD))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("is being resolved already");

        hold.release();
        resolution.result();
        conveyor.flush();
        assertThat(one.stored()).isEqualTo(Bytes.of("THEoursERSIOlateONG!"));
    }

    @Test
    void aResolutionThatTimedOutCountsWhenItsCallEnds() throws Exception {
        ManualClock clock = ManualClock.create();
        one.builder(builder -> builder.timeSource(clock));
        Conveyor conveyor = conflicting(pending -> pending.write(Bytes.buffer("late"), 12));
        Hold hold = one.plan.on(RESOLVE).next().hold();
        Started<Boolean> resolution = one.start(() -> conveyor.resolve(ConflictResolution.DISCARD));
        hold.awaitHeld();
        Concurrently.await("the resolution times out", () -> {
            clock.advance(Duration.ofSeconds(1));
            return resolution.isDone();
        });
        assertThatThrownBy(resolution::result)
                .isInstanceOfSatisfying(
                        StorageException.class, late -> assertThat(late.kind()).isEqualTo(Kind.TIMEOUT));
        assertThat(conveyor.clearError()).as("while the call may still end").isFalse();

        hold.release();

        Concurrently.await("the conflict is resolved", () -> conveyor.failure().isEmpty());
        assertThat(one.read(0, 30)).isEqualTo("THEIR VERSION: LONG!");
        conveyor.write(Bytes.buffer("more"), 20);
        conveyor.flush();
        assertThat(one.stored()).isEqualTo(Bytes.of("THEIR VERSION: LONG!more"));
    }

    @Test
    void aResolutionThatFailedLeavesTheConflictToBeResolvedAgain() throws Exception {
        Conveyor conveyor = conflicting(pending -> pending.write(Bytes.buffer("late"), 12));
        one.plan.on(RESOLVE).next().failWith(Kind.UNAVAILABLE, Retry.NEVER);

        assertThatThrownBy(() -> conveyor.resolve(ConflictResolution.DISCARD)).isInstanceOf(StorageException.class);

        assertThat(conveyor.failure()).isPresent();
        conveyor.resolve(ConflictResolution.REBASE);
        conveyor.flush();
        assertThat(one.stored()).isEqualTo(Bytes.of("THEoursERSIOlateONG!"));
    }

    @Test
    void aResolutionThatEndsAfterTheConveyorWasClosedTellsSo() throws Exception {
        Conveyor conveyor = conflicting(pending -> pending.write(Bytes.buffer("late"), 12));
        Hold hold = one.plan.on(RESOLVE).next().hold();
        Started<Boolean> resolution = one.start(() -> conveyor.resolve(ConflictResolution.REBASE));
        hold.awaitHeld();
        Started<Boolean> close = one.start(conveyor::close);
        close.awaitWaiting();

        hold.release();

        assertThatThrownBy(resolution::result).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(close::result).isInstanceOf(WriteBehindException.class);
        assertThat(one.stored()).isEqualTo(THEIRS);
    }

    @Test
    void discardGivesBackWhatManyWritesWereChargedFor() throws Exception {
        Conveyor conveyor = conflicting(pending -> {
            for (int i = 0; i < 300; i++) {
                pending.write(Bytes.buffer("x"), 2L * i);
            }
        });

        conveyor.resolve(ConflictResolution.DISCARD);

        assertThat(one.factory().stats().memoryUsedBytes()).isZero();
    }
}
