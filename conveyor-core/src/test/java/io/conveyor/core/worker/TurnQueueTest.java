package io.conveyor.core.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class TurnQueueTest {

    private final List<Integer> done = new ArrayList<>();
    private final AtomicBoolean full = new AtomicBoolean();
    private final TurnQueue queue = new TurnQueue(length -> {
        if (full.get()) {
            throw new OutOfMemoryError("Java heap space, for the test");
        }
        return new Runnable[length];
    });

    private void add(int number) {
        queue.add(() -> done.add(number));
    }

    private void runAll() {
        for (Runnable turn = queue.poll(); turn != null; turn = queue.poll()) {
            turn.run();
        }
    }

    @Test
    void theOldestComesFirstHoweverManyWait() {
        List<Integer> asked = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            add(i);
            asked.add(i);
            if (i % 3 == 0) {
                Runnable oldest = queue.poll();
                assertThat(oldest).isNotNull();
                oldest.run();
            }
        }
        assertThat(queue.size()).isEqualTo(1_000 - done.size());

        runAll();

        assertThat(done).isEqualTo(asked);
        assertThat(queue.size()).isZero();
    }

    @Test
    void whatWaitsIsKeptThoughThereIsNoMemoryForOneMore() {
        int fitting = 0;
        full.set(true);
        try {
            while (true) {
                add(fitting);
                fitting++;
            }
        } catch (OutOfMemoryError noMemory) {
            assertThat(queue.size()).isEqualTo(fitting);
        }
        int next = fitting;
        assertThatThrownBy(() -> add(next)).isInstanceOf(OutOfMemoryError.class);
        full.set(false);
        add(next);

        runAll();

        assertThat(done).hasSize(fitting + 1).isSorted();
    }
}
