package io.conveyor.backend.hdfs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A recovery that is under way is not asked for again, unless it takes long. */
class LeaseRecoveryTest {

    private long now = 77;
    private int requests;
    private int looks;
    private boolean closed;

    private final LeaseRecovery recovery = new LeaseRecovery(
            () -> {
                requests++;
                return closed;
            },
            () -> {
                looks++;
                return closed;
            },
            () -> now);

    private void pass(Duration time) {
        now += time.toNanos();
    }

    @Test
    void aFileThatIsClosedAlreadyIsAskedForOnce() throws IOException {
        closed = true;
        assertThat(recovery.ask()).isTrue();
        assertThat(requests).isEqualTo(1);
        assertThat(looks).isZero();
    }

    @Test
    void whatWasAskedForIsOnlyLookedAt() throws IOException {
        for (int i = 0; i < 100; i++) {
            assertThat(recovery.ask()).isFalse();
            pass(Duration.ofMillis(39));
        }
        assertThat(requests).isEqualTo(1);
        assertThat(looks).isEqualTo(99);
        closed = true;
        assertThat(recovery.ask()).isTrue();
        assertThat(requests).isEqualTo(1);
    }

    @Test
    void whatTakesLongIsAskedForAgainAndMoreAndMoreSeldom() throws IOException {
        for (int second = 0; second < 200; second++) {
            assertThat(recovery.ask()).isFalse();
            pass(Duration.ofSeconds(1));
        }
        // at 0, 4, 20, 84 and 148
        assertThat(requests).isEqualTo(5);
    }
}
