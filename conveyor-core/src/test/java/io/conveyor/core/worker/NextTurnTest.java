package io.conveyor.core.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.conveyor.testkit.Concurrently;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A turn that is given is taken, once; nobody looks for ever. */
@Timeout(60)
class NextTurnTest {

    private static final int TIMES = 2_000;

    private final NextTurn next = new NextTurn();
    private final AtomicInteger queued = new AtomicInteger();
    private final AtomicInteger handed = new AtomicInteger();

    @Test
    void whereNobodyLooksATurnIsNotGiven() {
        assertThat(next.give()).isFalse();
        assertThat(next.reserve()).isFalse();
        assertThat(next.await()).as("looked in vain, and came back").isNull();
        assertThat(next.give()).as("nobody looks any more").isFalse();
        assertThat(next.reserve()).isFalse();
    }

    @Test
    void asManyTurnsAreTakenAsAreGiven() throws Exception {
        assumeTrue(Runtime.getRuntime().availableProcessors() > 1, "alone on a processor nobody looks");
        AtomicBoolean over = new AtomicBoolean();
        List<Concurrently.Started<Boolean>> workers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            workers.add(Concurrently.start(() -> {
                while (!over.get()) {
                    take();
                }
                return true;
            }));
        }
        List<Concurrently.Started<Integer>> givers = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            givers.add(Concurrently.start(this::giveOften));
        }
        int given = 0;
        for (Concurrently.Started<Integer> giver : givers) {
            given += giver.result();
        }
        over.set(true);
        for (Concurrently.Started<Boolean> worker : workers) {
            assertThat(worker.result()).isTrue();
        }
        assertThat(given).isEqualTo(2 * TIMES);
        assertThat(queued).hasValue(given / 2);
        assertThat(handed).hasValue(given / 2);
    }

    private void take() {
        Runnable turn = next.await();
        if (turn == NextTurn.QUEUED) {
            queued.incrementAndGet();
        } else if (turn != null) {
            turn.run();
        }
    }

    private int giveOften() {
        int given = 0;
        while (given < TIMES) {
            if (given % 2 == 0 && next.reserve()) {
                next.hand(handed::incrementAndGet);
                given++;
            } else if (given % 2 == 1 && next.give()) {
                given++;
            } else {
                Thread.onSpinWait();
            }
        }
        return given;
    }
}
