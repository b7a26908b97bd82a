package io.conveyor.core;

import static io.conveyor.testkit.StorageOperation.PREAD;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.Concurrently;
import io.conveyor.testkit.Concurrently.Started;
import io.conveyor.testkit.LeakCheck;
import io.conveyor.testkit.MemoryBackend;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What a store that takes 2 ms per call costs, counted and not timed: while one call is under way an application that does not wait gets some 64 small
 * writes accepted. So each call is let go when that many more were accepted, or when a barrier waits for it.
 */
class CoalescingTest {

    private static final int SMALL = 4 << 10;
    private static final int TOTAL = 10 << 20;
    private static final int MOST_CALLS = 64;

    @RegisterExtension
    final LeakCheck leaks = LeakCheck.create();

    private final MemoryBackend memory = MemoryBackend.create();
    private final SingleBufferBackend backend = new SingleBufferBackend(memory);
    private ConveyorFactory factory;

    @BeforeEach
    void open() {
        factory = Conveyors.builder(backend).memoryBudget(64 << 20).build();
        leaks.watch(memory);
        leaks.watch(factory);
    }

    @AfterEach
    void close() throws Exception {
        backend.letAllGo();
        factory.close();
    }

    @Test
    void smallSequentialWritesReachASlowStoreInFewCalls() throws Exception {
        try (Conveyor conveyor = factory.open("object", WRITE, CREATE)) {
            for (int at = 0; at < TOTAL; at += SMALL) {
                conveyor.write(Bytes.buffer(at, SMALL, 1));
                backend.accepted();
            }
            flushWithTheBarrierWaiting(conveyor);

            assertThat(memory.snapshot("object")).isEqualTo(Bytes.at(0, TOTAL, 1));
            assertThat(backend.writes()).isBetween(1, MOST_CALLS);
        }
    }

    @Test
    void smallAppendsOfSixtyFourBytesReachASlowStoreInFewCalls() throws Exception {
        int total = 1 << 20;
        try (Conveyor conveyor = factory.open("object", WRITE, CREATE)) {
            for (int at = 0; at < total; at += 64) {
                conveyor.write(Bytes.buffer(at, 64, 1));
                backend.accepted();
            }
            flushWithTheBarrierWaiting(conveyor);

            assertThat(memory.snapshot("object")).isEqualTo(Bytes.at(0, total, 1));
            // 64 KiB at a time, the store's preferred size, and the pieces at the edges of segments
            assertThat(backend.writes()).isBetween(1, 24);
        }
    }

    @Test
    void smallSequentialReadsAskTheStoreInFewCalls() throws Exception {
        memory.put("object", Bytes.at(0, TOTAL, 1));
        try (Conveyor conveyor = factory.open("object", READ)) {
            ByteBuffer dst = ByteBuffer.allocate(SMALL);
            for (int at = 0; at < TOTAL; at += SMALL) {
                assertThat(conveyor.read(dst.clear())).isEqualTo(SMALL);
                assertThat(Bytes.difference(Bytes.at(at, SMALL, 1), dst.array(), at))
                        .isEmpty();
            }
            assertThat(conveyor.read(dst.clear())).isEqualTo(-1);
        }
        assertThat(memory.calls(PREAD)).isBetween(1L, (long) MOST_CALLS);
    }

    @Test
    void randomReadsFetchWhatWasAskedForAndNoMore() throws Exception {
        memory.put("object", Bytes.at(0, TOTAL, 1));
        int[] places = {77, 3, 1900, 512, 1200, 40, 2400, 900, 15, 1777};
        try (Conveyor conveyor = factory.open("object", READ)) {
            ByteBuffer dst = ByteBuffer.allocate(SMALL);
            for (int place : places) {
                int at = place * SMALL;
                conveyor.read(dst.clear(), at);
                assertThat(Bytes.difference(Bytes.at(at, SMALL, 1), dst.array(), at))
                        .isEmpty();
            }
        }
        assertThat(memory.counts().bytesOf(PREAD)).isEqualTo((long) places.length * SMALL);
        assertThat(memory.calls(PREAD)).isEqualTo(places.length);
    }

    private void flushWithTheBarrierWaiting(Conveyor conveyor) throws Exception {
        Started<Boolean> flush = Concurrently.start(() -> {
            conveyor.flush();
            return true;
        });
        flush.awaitWaiting();
        backend.letAllGo();
        flush.result();
    }
}
