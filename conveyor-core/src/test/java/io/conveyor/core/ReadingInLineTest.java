package io.conveyor.core;

import static io.conveyor.testkit.StorageOperation.PREAD;
import static io.conveyor.testkit.StorageOperation.REST_READS;
import static java.nio.file.StandardOpenOption.READ;
import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorOptions;
import io.conveyor.Extent;
import io.conveyor.spi.StorageCapabilities;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.Concurrently;
import io.conveyor.testkit.Concurrently.Started;
import io.conveyor.testkit.Hold;
import io.conveyor.testkit.ManualClock;
import io.conveyor.testkit.MemoryBackend;
import io.conveyor.testkit.StorageCall;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A store that goes on more cheaply than it begins elsewhere is asked for one piece after the other, as long as it is quick. */
class ReadingInLineTest {

    private static final int BLOCK = 64 << 10;
    private static final int BLOCKS = 256;
    private static final int SIZE = BLOCKS * BLOCK;
    private static final Duration QUICK = Duration.ofNanos(20_000);
    private static final Duration SLOW = Duration.ofMillis(15);

    @RegisterExtension
    final OneConveyor one = new OneConveyor(MemoryBackend.withCapabilities(StorageCapabilities.builder()
            .interruptSafeReads(false)
            .continuesReads(true)
            .preferredReadBytes(BLOCK)
            .build()));

    private final ManualClock clock = ManualClock.create();
    private volatile Duration takes = QUICK;

    @BeforeEach
    void storesAnObjectOfManyBlocks() {
        one.memory.put(OneConveyor.KEY, Bytes.at(0, SIZE, 1));
        one.builder(builder -> builder.timeSource(clock));
        one.plan.on(PREAD).always().run(() -> clock.advance(takes));
    }

    private static void read(Conveyor conveyor, int from, int to) throws IOException {
        ByteBuffer dst = ByteBuffer.allocate(BLOCK / 4);
        for (int at = from; at < to; at += dst.position()) {
            conveyor.read(dst.clear(), at);
            assertThat(Bytes.difference(
                            Bytes.at(at, dst.position(), 1),
                            Bytes.remaining(dst.duplicate().flip()),
                            at))
                    .isEmpty();
        }
    }

    private void passTimeUntil(String what, BooleanSupplier come) throws InterruptedException {
        Concurrently.await(what, () -> {
            clock.advance(Duration.ofSeconds(1));
            return come.getAsBoolean();
        });
    }

    @Test
    void eachFetchBeginsWhereTheLastOneEndedAndNoneIsBesideAnother() throws Exception {
        Conveyor conveyor = one.open(READ);

        read(conveyor, 0, SIZE);

        assertThat(one.backend.peak(PREAD)).isOne();
        long end = 0;
        for (StorageCall fetch : one.backend.log(PREAD)) {
            assertThat(fetch.extent().offset()).isEqualTo(end);
            end = fetch.extent().end();
        }
        assertThat(end).isEqualTo(SIZE);
        assertThat(conveyor.stats().readAhead().fetchedBytes())
                .as("most of it is there before it is asked for")
                .isGreaterThan(SIZE / 2);
    }

    @Test
    void aSlowStoreIsAskedForSeveralPiecesAtATime() throws Exception {
        takes = SLOW;
        Hold fetches = one.plan
                .on(PREAD)
                .within(new Extent(SIZE / 2, SIZE / 2))
                .always()
                .hold();
        Conveyor conveyor = one.open(READ);
        Started<Boolean> reader = one.start(() -> read(conveyor, 0, SIZE));

        assertThat(fetches.awaitHeld(2)).hasSizeGreaterThanOrEqualTo(2);

        fetches.release();
        reader.result();
    }

    @Test
    void whoReadsElsewhereIsNotHeldUp() throws Exception {
        Conveyor conveyor = one.open(READ);
        read(conveyor, 0, 8 * BLOCK);
        Hold first = one.plan.on(PREAD).within(new Extent(0, SIZE / 2)).always().hold();
        Started<Boolean> reader = one.start(() -> read(conveyor, 8 * BLOCK, SIZE / 2));
        first.awaitHeld();

        read(conveyor, SIZE - BLOCK, SIZE);

        first.release();
        reader.result();
    }

    @Test
    void aFetchThatHangsHoldsUpNothingForLongerThanACallMayTake() throws Exception {
        Conveyor conveyor = one.open(
                ConveyorOptions.builder()
                        .callTimeout(Duration.ofSeconds(10))
                        .readTimeout(Duration.ofHours(1))
                        .build(),
                READ);
        read(conveyor, 0, 8 * BLOCK);
        Hold hanging = one.plan.on(PREAD).next().hold();
        Started<Boolean> reader = one.start(() -> read(conveyor, 8 * BLOCK, SIZE));
        hanging.awaitHeld();

        passTimeUntil("all is read", reader::isDone);

        reader.result();
        assertThat(hanging.held()).as("it hangs still").hasSize(1);
        hanging.release();
    }

    @Test
    void closingEndsTheLine() throws Exception {
        Conveyor conveyor = one.open(READ);
        read(conveyor, 0, 8 * BLOCK);
        Hold first = one.plan.on(PREAD).next().hold();
        Started<Boolean> reader = one.start(() -> {
            try {
                read(conveyor, 8 * BLOCK, SIZE);
            } catch (IOException closed) {
                // as it should be
            }
        });
        first.awaitHeld();
        long before = one.backend.calls(PREAD);
        Started<Boolean> close = one.start(conveyor::close);

        reader.result();
        first.release();
        close.result();

        assertThat(one.backend.calls(PREAD)).as("what waited is not fetched").isEqualTo(before);
    }

    @Test
    void aConveyorThatNobodyReadsLetsTheStoreRestOnce() throws Exception {
        Conveyor conveyor = one.open(READ);
        read(conveyor, 0, 8 * BLOCK);

        passTimeUntil("it rests", () -> one.backend.calls(REST_READS) > 0);
        for (int i = 0; i < 20; i++) {
            clock.advance(Duration.ofSeconds(1));
        }

        read(conveyor, 8 * BLOCK, 16 * BLOCK);
        assertThat(one.backend.calls(REST_READS)).isOne();
    }

    @Test
    void itRestsAlsoWhereNothingThatWasFetchedIsLeft() throws Exception {
        Conveyor conveyor = one.open(READ);
        read(conveyor, 0, 8 * BLOCK);
        clock.advance(Duration.ofSeconds(4));
        read(conveyor, 8 * BLOCK, 9 * BLOCK);

        // a check finds that it was used, and drops all that is old
        passTimeUntil("it rests", () -> one.backend.calls(REST_READS) > 0);
    }
}
