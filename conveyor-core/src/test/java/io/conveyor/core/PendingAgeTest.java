package io.conveyor.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.Conveyor;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.FaultInjectingBackend;
import io.conveyor.testkit.FaultPlan;
import io.conveyor.testkit.ManualClock;
import io.conveyor.testkit.MemoryBackend;
import io.conveyor.testkit.StorageOperation;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class PendingAgeTest {

    private final PendingAge age = new PendingAge();

    private void observe(long accepted, long written, long now) {
        if (age.isDue(accepted, written)) {
            age.observe(accepted, written, now);
        }
    }

    @Test
    void nothingThatWaitsHasNoAge() {
        observe(0, 0, 5);

        assertThat(age.nanos(100)).isZero();
    }

    @Test
    void theFirstByteThatWaitsCounts() {
        observe(10, 0, 5);
        observe(20, 0, 50);

        assertThat(age.nanos(105)).isEqualTo(100);
    }

    @Test
    void aStreamThatStorageKeepsUpWithStaysYoungThoughItNeverDrains() {
        for (long now = 0; now < 1_000; now++) {
            observe(10 + now, now, now);
        }

        assertThat(age.nanos(1_000)).isBetween(10L, 21L);
    }

    @Test
    void storageThatStandsStillLetsItGrow() {
        observe(10, 0, 0);
        observe(20, 10, 7);
        observe(30, 10, 8);

        assertThat(age.nanos(1_000))
                .as("not younger than the byte accepted at 7")
                .isEqualTo(1_000);

        observe(30, 20, 900);
        assertThat(age.nanos(1_000)).isEqualTo(993);
    }

    @Test
    void beingDrainedEndsIt() {
        observe(10, 0, 0);
        observe(10, 10, 7);
        assertThat(age.nanos(1_000)).isZero();

        observe(11, 10, 2_000);
        assertThat(age.nanos(2_001)).isEqualTo(1);
    }

    @Test
    void aConveyorTellsHowLongItsOldestByteHasWaited() throws Exception {
        ManualClock clock = ManualClock.create();
        FaultPlan plan = FaultPlan.create();
        var backend = FaultInjectingBackend.over(MemoryBackend.create(), plan);
        try (var factory = Conveyors.builder(backend).timeSource(clock).build();
                Conveyor conveyor = factory.open("key", StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            try (var hold = plan.hold(StorageOperation.PWRITE)) {
                conveyor.write(Bytes.buffer("content"));
                clock.advance(Duration.ofSeconds(3));
                assertThat(conveyor.pendingAge()).isEqualTo(Duration.ofSeconds(3));
            }
            conveyor.flush();

            assertThat(conveyor.pendingAge()).isZero();
        }
    }
}
