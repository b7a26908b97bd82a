package io.conveyor.spring.actuate;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.spring.ConveyorStore;
import io.conveyor.spring.RecordingFactory;
import io.conveyor.testkit.FaultInjectingBackend;
import io.conveyor.testkit.FaultPlan;
import io.conveyor.testkit.MemoryBackend;
import io.conveyor.testkit.StorageOperation;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Questions are asked by the thread of the test. */
@Timeout(30)
class StorePingTest {

    private final FaultPlan plan = FaultPlan.create();

    private StorePing ping(Executor asking) {
        var backend = FaultInjectingBackend.over(MemoryBackend.create(), plan);
        return new StorePing(
                new ConveyorStore(
                        "store", new RecordingFactory(), Optional.of(backend), Optional.of(backend), Optional.empty()),
                asking);
    }

    @Test
    void aQuestionWithoutAThreadFailsAndTheNextOneIsAsked() {
        Queue<Executor> machine = new ArrayDeque<>();
        machine.add(question -> {
            throw new InternalError("no native thread"); // the machine's OutOfMemoryError would end JUnit, too
        });
        machine.add(Runnable::run);
        StorePing ping = ping(question -> machine.remove().execute(question));

        assertThat(ping.ask())
                .isCompletedExceptionally()
                .failsWithin(0, SECONDS)
                .withThrowableThat()
                .withCauseInstanceOf(InternalError.class);
        assertThat(ping.ask()).isCompleted();
    }

    @Test
    void whatABackendThrowsUndeclaredIsAnAnswer() {
        plan.on(StorageOperation.PING).next().run(() -> undeclared(new Exception("as Kotlin may")));
        StorePing ping = ping(Runnable::run);

        assertThat(ping.ask()).failsWithin(0, SECONDS).withThrowableThat().withMessageContaining("as Kotlin may");
        assertThat(ping.ask()).isCompleted();
    }

    /** The compiler takes it for an unchecked one. */
    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void undeclared(Throwable failure) throws T {
        throw (T) failure;
    }
}
