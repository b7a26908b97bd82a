package io.conveyor.core;

import static io.conveyor.testkit.StorageOperation.COMMIT;
import static io.conveyor.testkit.StorageOperation.FLUSH;
import static io.conveyor.testkit.StorageOperation.PWRITE;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorOpenOption;
import io.conveyor.WriteBehindException;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.Concurrently.Started;
import io.conveyor.testkit.Hold;
import io.conveyor.testkit.MemoryBackend;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Where a flush publishes a version, that version is exactly what had been accepted when the flush began, and is published once. */
class PublishedVersionsTest {

    @RegisterExtension
    final OneConveyor one = new OneConveyor(MemoryBackend.withCapabilities(PublishingStore.CAPABILITIES));

    private final StepExecutor steps = new StepExecutor();

    @Test
    void nothingAcceptedAfterAFlushBeganIsPublishedByIt() throws Exception {
        one.builder(builder -> builder.executor(steps).workers(16));
        Conveyor conveyor = one.open(WRITE, CREATE);
        Hold hold = one.plan.on(PWRITE).next().hold();
        conveyor.write(Bytes.buffer("before"), 0);
        Started<Boolean> first = steps.startStep();
        hold.awaitHeld();
        Started<Boolean> flush = one.startFlush();
        flush.awaitWaiting();

        conveyor.write(Bytes.buffer("after"), 100);
        steps.drain();

        assertThat(one.backend.calls(PWRITE)).as("begun while the flush waits").isOne();
        hold.release();
        first.result();
        stepUntilVisible(conveyor, "before".length());
        assertThat(one.stored()).isEqualTo(Bytes.of("before"));
        flush.result();
        Started<Boolean> last = one.startFlush();
        last.awaitWaiting();
        stepUntilVisible(conveyor, "beforeafter".length());
        assertThat(one.stored()).hasSize(105);
        last.result();
        one.closeSteppingBy(steps);
    }

    @Test
    void whatIsAcceptedWhileAFlushIsMadeWaitsForTheNextVersion() throws Exception {
        one.builder(builder -> builder.executor(steps).workers(16));
        Conveyor conveyor = one.open(WRITE, CREATE);
        conveyor.write(Bytes.buffer("one"), 0);
        Started<Boolean> earlier = one.startFlush();
        earlier.awaitWaiting();
        conveyor.write(Bytes.buffer("two"), 3);
        Started<Boolean> later = one.startFlush();
        later.awaitWaiting();

        stepUntilVisible(conveyor, "one".length());

        assertThat(one.stored()).isEqualTo(Bytes.of("one"));
        earlier.result();
        stepUntilVisible(conveyor, "onetwo".length());
        assertThat(one.stored()).isEqualTo(Bytes.of("onetwo"));
        later.result();
        one.closeSteppingBy(steps);
    }

    @Test
    void aPublicationWhoseAnswerGotLostIsNotMadeAgainByItself() throws Exception {
        Conveyor conveyor = one.open(WRITE, CREATE);
        one.plan.on(FLUSH).next().loseTheAnswer();
        conveyor.write(Bytes.buffer("version"));

        assertThatThrownBy(conveyor::flush).isInstanceOf(WriteBehindException.class);
        assertThat(one.backend.calls(FLUSH)).isOne();
    }

    @Test
    void aCommitWhoseAnswerGotLostIsNotMadeAgain() throws Exception {
        Conveyor conveyor = one.open(WRITE, CREATE, ConveyorOpenOption.ATOMIC_REPLACE);
        one.plan.on(COMMIT).next().loseTheAnswer();
        conveyor.write(Bytes.buffer("version"));

        assertThatThrownBy(conveyor::close).isInstanceOf(WriteBehindException.class);
        assertThat(one.backend.calls(COMMIT)).isOne();
    }

    /** Steps until everything before {@code position} of the log is visible, and not once more. */
    private void stepUntilVisible(Conveyor conveyor, long position) {
        while (conveyor.stats().watermarks().visible() < position) {
            steps.step();
        }
    }
}
