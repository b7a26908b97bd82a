package io.conveyor.spring.actuate;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.spring.ConveyorStore;
import io.conveyor.spring.RecordingFactory;
import io.conveyor.testkit.FaultInjectingBackend;
import io.conveyor.testkit.FaultPlan;
import io.conveyor.testkit.Hold;
import io.conveyor.testkit.MemoryBackend;
import io.conveyor.testkit.StorageOperation;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Time is an alarm that rings when the test says so. */
@Timeout(30)
class PingRoundTest {

    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    private final FaultPlan planOfTheFirst = FaultPlan.create();
    private final FaultPlan plan = FaultPlan.create();
    private final List<StorePing> stores =
            IntStream.range(0, 3).mapToObj(this::store).toList();
    private final List<CompletableFuture<Void>> alarms = new CopyOnWriteArrayList<>();
    private final PingRound round = new PingRound(stores, TIMEOUT, this::alarm);

    private StorePing store(int number) {
        var backend = FaultInjectingBackend.over(MemoryBackend.create(), number == 0 ? planOfTheFirst : plan);
        return new StorePing(new ConveyorStore(
                "store-" + number,
                new RecordingFactory(),
                Optional.of(backend),
                Optional.of(backend),
                Optional.empty()));
    }

    private CompletableFuture<Void> alarm(Duration after) {
        assertThat(after).isEqualTo(TIMEOUT);
        CompletableFuture<Void> alarm = new CompletableFuture<>();
        alarms.add(alarm);
        return alarm;
    }

    /** One after the other, as the health endpoint does. */
    private CompletableFuture<List<Optional<Throwable>>> checkAll() {
        return CompletableFuture.supplyAsync(() -> {
            List<Optional<Throwable>> failures = new ArrayList<>();
            for (StorePing store : stores) {
                try {
                    failures.add(round.failure(store));
                } catch (InterruptedException interrupted) {
                    throw new AssertionError(interrupted);
                }
            }
            return failures;
        });
    }

    @Test
    void allStoresThatHangAreLateWhenOneAlarmRings() throws Exception {
        try (Hold first = planOfTheFirst.hold(StorageOperation.PING);
                Hold others = plan.hold(StorageOperation.PING)) {
            var checked = checkAll();
            first.awaitHeld();
            others.awaitHeld(2);
            assertThat(checked).isNotDone();

            alarms.get(0).complete(null);

            assertThat(checked.get())
                    .hasSize(3)
                    .allSatisfy(failure -> assertThat(failure)
                            .containsInstanceOf(TimeoutException.class)
                            .hasValueSatisfying(late -> assertThat(late).hasMessage("no answer within PT5S")));
            assertThat(alarms).hasSize(1);
        }
    }

    @Test
    void whoHasAnsweredByTheAlarmIsNotLate() throws Exception {
        try (Hold hold = planOfTheFirst.hold(StorageOperation.PING)) {
            plan.on(StorageOperation.PING).always().failWith(() -> new IOException("away"));
            CompletableFuture<List<Optional<Throwable>>> checked;
            try (Hold others = plan.hold(StorageOperation.PING)) {
                checked = checkAll();
                hold.awaitHeld();
                others.awaitHeld(2); // by the round: whoever asks now joins it
            }
            for (StorePing other : stores.subList(1, 3)) {
                assertThat(other.ask()).failsWithin(Duration.ofSeconds(50));
            }

            alarms.get(0).complete(null);

            assertThat(checked.get().get(0)).containsInstanceOf(TimeoutException.class);
            assertThat(checked.get().subList(1, 3))
                    .allSatisfy(failure -> assertThat(failure).containsInstanceOf(IOException.class));
        }
    }

    @Test
    void theNextRoundHasAnAlarmOfItsOwn() throws Exception {
        assertThat(checkAll().get()).containsOnly(Optional.empty());
        assertThat(checkAll().get()).containsOnly(Optional.empty());

        assertThat(alarms).hasSize(2);
    }

    @Test
    void anAlarmIsSwitchedOffByTheLastAnswer() throws InterruptedException {
        assertThat(round.failure(stores.get(0))).isEmpty();
        assertThat(round.failure(stores.get(1))).isEmpty();
        assertThat(alarms.get(0)).isNotDone();

        assertThat(round.failure(stores.get(2))).isEmpty();
        assertThat(alarms.get(0)).isDone();
    }
}
