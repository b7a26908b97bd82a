package io.conveyor.core;

import static io.conveyor.testkit.StorageOperation.PWRITE;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.Conveyor;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.WriteBehindException;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.Concurrently;
import io.conveyor.testkit.Concurrently.Started;
import io.conveyor.testkit.Hold;
import java.io.InterruptedIOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A write that has waited for room is counted, and told of, however the wait ends. */
class StallTest {

    @RegisterExtension
    final OneConveyor one = new OneConveyor();

    private final AtomicInteger told = new AtomicInteger();

    @BeforeEach
    void listen() {
        one.builder(builder -> builder.memoryBudget(64 << 10).listener(new ConveyorListener() {
            @Override
            public void stalled(Conveyor conveyor, long nanos) {
                told.incrementAndGet();
            }
        }));
    }

    private static Started<Integer> writeTooMuch(Conveyor conveyor, Hold hold) throws InterruptedException {
        Started<Integer> write = Concurrently.start(() -> conveyor.write(Bytes.buffer(0, 1 << 20, 1)));
        hold.awaitHeld();
        return write.awaitWaiting();
    }

    @Test
    void aWaitThatIsInterruptedIsCounted() throws Exception {
        Conveyor conveyor = one.open(WRITE, CREATE);
        Hold hold = one.plan.hold(PWRITE);
        Started<Integer> write = writeTooMuch(conveyor, hold);

        write.thread().interrupt();

        assertThatThrownBy(write::result).isInstanceOf(InterruptedIOException.class);
        assertThat(conveyor.stats().writes().stalls()).isEqualTo(1);
        assertThat(told).hasValue(1);
    }

    @Test
    void aWaitThatEndsInAFailureIsCounted() throws Exception {
        Conveyor conveyor = one.open(WRITE, CREATE);
        Hold hold = one.plan.hold(PWRITE);
        one.plan.on(PWRITE).always().failWith(Kind.IO, Retry.NEVER);
        Started<Integer> write = writeTooMuch(conveyor, hold);

        hold.release();

        assertThatThrownBy(write::result).isInstanceOf(WriteBehindException.class);
        assertThat(conveyor.stats().writes().stalls()).isEqualTo(1);
        assertThat(told).hasValue(1);
    }
}
