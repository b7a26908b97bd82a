package io.conveyor.benchmarks.engine;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.benchmarks.contest.Contest;
import io.conveyor.benchmarks.contest.Result;
import io.conveyor.benchmarks.contest.Task;
import io.conveyor.benchmarks.store.ArrayStore;
import io.conveyor.benchmarks.store.SlowStore;
import io.conveyor.core.Conveyors;
import io.conveyor.spi.StorageHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/** The case that write-behind was invented for: a store that takes 2 ms for whatever it is asked. */
public final class Headline {

    private static final int TEN_MIB = 10 << 20;
    private static final int BLOCK = 4 << 10;
    private static final Duration SLOW = Duration.ofMillis(2);

    /** A run is over in ten milliseconds: with fewer before it the compiler would be measured, which works beside it on the same processors. */
    private static final int READ_WARM_UPS = 30;

    private Headline() {}

    /** Measures, each contender {@code rounds} times. */
    public static List<Result> run(int rounds) throws Exception {
        return List.of(latency(rounds), drained(rounds), tinyDrained(rounds), reads(rounds), seeks(rounds));
    }

    private static Opened slow(Duration perCall) throws IOException {
        return Opened.on(new SlowStore(new ArrayStore(TEN_MIB, 1).fill("object"), perCall), 64L << 20);
    }

    private static Result latency(int rounds) throws Exception {
        ByteBuffer src = ByteBuffer.allocateDirect(BLOCK);
        long count = TEN_MIB / BLOCK;
        ByteBuffer target = ByteBuffer.allocateDirect(TEN_MIB);
        try (Opened opened = slow(SLOW)) {
            return Contest.perOperation("2 ms per call: 10 MiB in 4 KiB writes, ns per write", count, BLOCK)
                    .target("<= 600 to 900 ns")
                    .contender("copy", () -> {
                        for (int i = 0; i < count; i++) {
                            target.put(i * BLOCK, src, 0, BLOCK);
                        }
                        return Task.ELAPSED;
                    })
                    .contender("conveyor", () -> {
                        long began = System.nanoTime();
                        opened.write(src, count);
                        double nanos = System.nanoTime() - began;
                        opened.conveyor().flush();
                        return nanos / count;
                    })
                    .run(3, rounds);
        }
    }

    private static Result drained(int rounds) throws Exception {
        ByteBuffer src = ByteBuffer.allocateDirect(BLOCK);
        long count = TEN_MIB / BLOCK;
        SlowStore store = new SlowStore(new ArrayStore(TEN_MIB, 1), SLOW);
        try (Opened opened = slow(SLOW);
                StorageHandle raw = store.open("object", Set.of(StandardOpenOption.WRITE))) {
            return Contest.perRun("2 ms per call: 10 MiB in 4 KiB writes, until storage has them, ms", count, BLOCK)
                    .target("<= 40 ms")
                    .contender("conveyor", () -> {
                        opened.write(src, count);
                        opened.conveyor().flush();
                        return Task.ELAPSED;
                    })
                    .contender("the store itself", () -> {
                        // a tenth of it is enough to know
                        long began = System.nanoTime();
                        for (int i = 0; i < count / 10; i++) {
                            src.rewind();
                            raw.pwrite(src, (long) i * BLOCK);
                        }
                        return (System.nanoTime() - began) * 10 / 1e6;
                    })
                    .run(2, Math.min(rounds, 5));
        }
    }

    private static Result tinyDrained(int rounds) throws Exception {
        ByteBuffer src = ByteBuffer.allocateDirect(64);
        long count = (1 << 20) / 64;
        try (Opened opened = slow(Duration.ofNanos(100_000))) {
            return Contest.perRun("100 us per call: 1 MiB in 64 B writes, until storage has them, ms", count, 64)
                    .target("<= 10 ms")
                    .contender("conveyor", () -> {
                        opened.write(src, count);
                        opened.conveyor().flush();
                        return Task.ELAPSED;
                    })
                    .run(3, rounds);
        }
    }

    /** The conveyor is opened anew for each run, so that nothing is there already; the factory, and its memory, are those of an application that runs. */
    private static Result reads(int rounds) throws Exception {
        ByteBuffer dst = ByteBuffer.allocateDirect(BLOCK);
        long count = TEN_MIB / BLOCK;
        ArrayStore store = new ArrayStore(TEN_MIB, 1).fill("object");
        ByteBuffer expected = store.contents("object");
        try (ConveyorFactory factory = Conveyors.builder(new SlowStore(store, SLOW))
                .memoryBudget(64L << 20)
                .build()) {
            return Contest.perRun("2 ms per call: 10 MiB in 4 KiB reads, every byte compared, ms", count, BLOCK)
                    .target("<= 12.6 ms, which is 834 MB/s")
                    .contender("conveyor", () -> {
                        try (Conveyor conveyor = factory.open("object", StandardOpenOption.READ)) {
                            long began = System.nanoTime();
                            for (int i = 0; i < count; i++) {
                                Opened.fill(conveyor, dst);
                                check(dst, i * BLOCK, expected);
                            }
                            return (System.nanoTime() - began) / 1e6;
                        }
                    })
                    .run(READ_WARM_UPS, rounds);
        }
    }

    private static void check(ByteBuffer found, int offset, ByteBuffer expected) {
        int mismatch = found.flip().mismatch(expected.limit(offset + BLOCK).position(offset));
        if (mismatch >= 0) {
            throw new IllegalStateException("the byte at " + (offset + mismatch) + " is wrong");
        }
    }

    private static Result seeks(int rounds) throws Exception {
        ByteBuffer src = ByteBuffer.allocateDirect(BLOCK);
        int count = 1000;
        SplittableRandom random = new SplittableRandom(1);
        long[] offsets = random.longs(count, 0, TEN_MIB - BLOCK).toArray();
        try (Opened opened = slow(SLOW)) {
            Conveyor conveyor = opened.conveyor();
            return Contest.perOperation("2 ms per call: position and 4 KiB write at random, ns per pair", count, BLOCK)
                    .target("<= 2000 ns")
                    .contender("conveyor", () -> {
                        long began = System.nanoTime();
                        for (long offset : offsets) {
                            src.rewind();
                            conveyor.position(offset).write(src);
                        }
                        double nanos = System.nanoTime() - began;
                        conveyor.flush();
                        return nanos / count;
                    })
                    .run(1, Math.min(rounds, 5));
        }
    }
}
