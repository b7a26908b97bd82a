package io.conveyor.core;

import static io.conveyor.testkit.StorageOperation.PREAD;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorOptions;
import io.conveyor.spi.StorageCapabilities;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.Concurrently;
import io.conveyor.testkit.Concurrently.Started;
import io.conveyor.testkit.Hold;
import io.conveyor.testkit.MemoryBackend;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What was taken from the budget comes back to it when nobody needs it any more, also after a call that took long. */
class GivenBackMemoryTest {

    private static final int BLOCK = 64 << 10;

    /** Where blocks are held already when a read begins that goes on beyond it. */
    private static final int FETCHED = 16 * BLOCK;

    @RegisterExtension
    final OneConveyor one = new OneConveyor(MemoryBackend.withCapabilities(StorageCapabilities.builder()
            .interruptSafeReads(true)
            .preferredReadBytes(BLOCK)
            .build()));

    @Test
    void whatManyWritesWereChargedForComesBackAfterAReadThatHeldThem() throws Exception {
        one.memory.put(OneConveyor.KEY, new byte[1000]);
        Conveyor conveyor = one.open(ConveyorOptions.builder().readAhead(false).build(), READ, WRITE);
        Hold hold = one.plan.on(PREAD).next().hold();
        Started<String> read = Concurrently.start(() -> one.read(0, 1000));
        hold.awaitHeld();
        for (int i = 0; i < 300; i++) {
            conveyor.write(Bytes.buffer("x"), 2L * i);
        }
        conveyor.flush();
        assertThat(one.factory().stats().memoryUsedBytes()).isPositive();

        hold.release();
        read.result();

        assertThat(one.factory().stats().memoryUsedBytes()).isZero();
    }

    @Test
    void aBlockThatIsFetchedByAReadBesideCloseComesBack() throws Exception {
        one.memory.put(OneConveyor.KEY, Bytes.at(0, 64 * BLOCK, 1));
        Conveyor conveyor = one.open(READ);
        for (int at = FETCHED; at < FETCHED + 3 * BLOCK / 4; at += BLOCK / 4) {
            conveyor.read(ByteBuffer.allocate(BLOCK / 4), at);
        }
        Hold hold = one.plan
                .on(PREAD)
                .where(call -> call.extent().offset() == 0)
                .next()
                .hold();
        Started<Integer> read = Concurrently.start(() -> conveyor.read(ByteBuffer.allocate(FETCHED + BLOCK / 2), 0));
        hold.awaitHeld();
        Started<Boolean> close = one.start(conveyor::close);
        Concurrently.await("the conveyor closes", () -> !conveyor.isOpen());
        close.awaitWaiting();

        hold.release();

        assertThatThrownBy(read::result).isInstanceOf(AsynchronousCloseException.class);
        close.result();
        assertThat(one.factory().stats().memoryUsedBytes()).isZero();
    }
}
