package io.conveyor.core;

import static io.conveyor.testkit.StorageOperation.FLUSH;
import static io.conveyor.testkit.StorageOperation.PWRITE;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorOptions;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.Whence;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A store that may lose what it was given until a flush has succeeded: after a failed one everything is written again. */
class RewoundWritesTest {

    private static final ConveyorOptions OPTIONS =
            ConveyorOptions.builder().flushTimeout(Duration.ofSeconds(10)).build();

    @RegisterExtension
    final OneConveyor one = new OneConveyor(MemoryBackend.withCapabilities(StorageCapabilities.builder()
            .flushEffect(FlushEffect.VISIBLE)
            .releaseAt(ReleasePoint.FLUSH)
            .syncEffect(SyncEffect.NONE)
            .build()));

    @Test
    void whoWaitsForAWriteThatFailsWhenItIsMadeAgainIsTold() throws Exception {
        Conveyor conveyor = one.open(OPTIONS, WRITE, CREATE);
        one.plan.on(FLUSH).next().failWith(Kind.IO, Retry.NEVER);
        conveyor.write(Bytes.buffer("bytes"));
        assertThatThrownBy(conveyor::flush).isInstanceOf(WriteBehindException.class);
        Hold hold = one.plan.on(PWRITE).next().hold();
        one.plan.on(PWRITE).next().failWith(Kind.IO, Retry.NEVER);
        assertThat(conveyor.clearError()).isTrue();
        hold.awaitHeld();
        Started<Long> seek = Concurrently.start(() -> conveyor.seek(0, Whence.SET));
        seek.awaitWaiting();

        hold.release();

        assertThatThrownBy(seek::result).isInstanceOf(WriteBehindException.class);
    }
}
