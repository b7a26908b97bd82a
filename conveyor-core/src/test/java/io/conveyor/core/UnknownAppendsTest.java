package io.conveyor.core;

import static io.conveyor.testkit.StorageOperation.PWRITE;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorOptions;
import io.conveyor.spi.StorageCapabilities;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.MemoryBackend;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Appends that may have been made: their length tells, and none is made twice. */
class UnknownAppendsTest {

    private static final ConveyorOptions AT_ONCE = ConveyorOptions.builder()
            .retryBaseDelay(Duration.ZERO)
            .retryMaxDelay(Duration.ZERO)
            .build();

    @RegisterExtension
    final OneConveyor one = new OneConveyor(MemoryBackend.withCapabilities(
            StorageCapabilities.builder().appendsOnly(true).build()));

    @Test
    void anAppendWhoseAnswerGotLostIsNotMadeTwice() throws Exception {
        Conveyor conveyor = one.open(AT_ONCE, WRITE, CREATE);
        one.plan.on(PWRITE).next().loseTheAnswer();
        conveyor.write(Bytes.buffer("once"));
        conveyor.flush();

        assertThat(one.backend.calls(PWRITE)).isOne();
        assertThat(one.stored()).isEqualTo(Bytes.of("once"));
    }

    @Test
    void anAppendWhoseRequestGotLostIsMadeAgain() throws Exception {
        Conveyor conveyor = one.open(AT_ONCE, WRITE, CREATE);
        one.plan.on(PWRITE).next().loseTheRequest();
        conveyor.write(Bytes.buffer("once"));
        conveyor.flush();

        assertThat(one.backend.calls(PWRITE)).isEqualTo(2);
        assertThat(one.stored()).isEqualTo(Bytes.of("once"));
    }
}
