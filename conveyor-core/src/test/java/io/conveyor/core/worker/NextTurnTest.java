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

    @Test
    void whereNobodyLooksATurnIsNotGiven() {
        assertThat(next.give()).isFalse();
        assertThat(next.await()).as("looked in vain, and came back").isFalse();
        assertThat(next.give()).as("nobody looks any more").isFalse();
    }

    @Test
    void asManyTurnsAreTakenAsAreGiven() throws Exception {
        assumeTrue(Runtime.getRuntime().availableProcessors() > 1, "alone on a processor nobody looks");
        AtomicBoolean over = new AtomicBoolean();
        AtomicInteger taken = new AtomicInteger();
        List<Concurrently.Started<Boolean>> workers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            workers.add(Concurrently.start(() -> {
                while (!over.get()) {
                    if (next.await()) {
                        taken.incrementAndGet();
                    }
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
        assertThat(taken).hasValue(given);
    }

    private int giveOften() {
        int given = 0;
        while (given < TIMES) {
            if (next.give()) {
                given++;
            } else {
                Thread.onSpinWait();
            }
        }
        return given;
    }
}
