package io.conveyor.benchmarks.engine;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.benchmarks.contest.Contest;
import io.conveyor.benchmarks.contest.Result;
import io.conveyor.benchmarks.contest.Task;
import io.conveyor.benchmarks.store.ArrayStore;
import io.conveyor.benchmarks.store.HandedOver;
import io.conveyor.benchmarks.store.SlowStore;
import io.conveyor.core.Conveyors;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Several threads on one conveyor, and many threads with a conveyor each on few workers. */
public final class ManyThreads {

    private static final int BLOCK = 4 << 10;
    private static final int BYTES = 64 << 20;

    /** How often all bytes are written in a run: 64 MiB take five milliseconds, of which to start threads would be a part. */
    private static final int PASSES = 8;

    /** The compilers have not done before some hundreds of passes. */
    private static final int WARM_UPS = 20;

    private ManyThreads() {}

    /** Measures, each contender {@code rounds} times. */
    public static List<Result> run(int rounds) throws Exception {
        return List.of(shared(rounds), handed(rounds), fairness(rounds));
    }

    private static Result shared(int rounds) throws Exception {
        try (Opened opened = Opened.on(new ArrayStore(BYTES, 1), 64L << 20)) {
            Contest contest = contest("512 MiB in 4 KiB positional writes on one conveyor, flushed, ms")
                    .target("four threads <= one thread");
            return byThreads(
                    contest, opened.conveyor()::write, () -> opened.conveyor().flush(), rounds);
        }
    }

    /** The least that as many threads can do who take turns at a lock, on as many processors, of which one empties what they fill. */
    private static Result handed(int rounds) throws Exception {
        ByteBuffer target = ByteBuffer.allocateDirect(BYTES);
        try (HandedOver handed = new HandedOver(HandedOver.buffers(2, 1 << 20), full -> {
            if (target.remaining() < full.remaining()) {
                target.clear();
            }
            target.put(full);
        })) {
            Contest contest = contest("The same through two buffers of 1 MiB that another thread empties, ms");
            return byThreads(contest, (src, offset) -> handed.put(src), handed::finish, rounds);
        }
    }

    private static Contest contest(String title) {
        return Contest.perRun(title, PASSES * (BYTES / BLOCK), BLOCK).along("threads");
    }

    /** Takes all of a buffer, at an offset where there are such. */
    @FunctionalInterface
    private interface Sink {
        void write(ByteBuffer src, long offset) throws Exception;
    }

    /** Lets 1, 2, 4 and 8 threads write all bytes, eight times; {@code end} waits until they have arrived, and counts. */
    private static Result byThreads(Contest contest, Sink sink, Contest.Step end, int rounds) throws Exception {
        ExecutorService threads = Executors.newCachedThreadPool();
        try {
            for (int writers : new int[] {1, 2, 4, 8}) {
                contest.point(writers, () -> {
                    writeBy(writers, threads, sink);
                    end.run();
                    return Task.ELAPSED;
                });
            }
            return contest.run(WARM_UPS, rounds);
        } finally {
            threads.shutdown();
        }
    }

    private static void writeBy(int writers, ExecutorService threads, Sink sink) throws Exception {
        long share = BYTES / writers;
        List<Future<?>> running = new ArrayList<>();
        for (int i = 0; i < writers; i++) {
            long from = i * share;
            running.add(threads.submit(() -> {
                writeRange(sink, from, from + share);
                return null;
            }));
        }
        for (Future<?> each : running) {
            each.get();
        }
    }

    private static void writeRange(Sink sink, long from, long to) throws Exception {
        ByteBuffer src = ByteBuffer.allocateDirect(BLOCK);
        for (int pass = 0; pass < PASSES; pass++) {
            for (long at = from; at < to; at += BLOCK) {
                src.rewind();
                sink.write(src, at);
            }
        }
    }

    /** Each of 64 threads writes and flushes 1 MiB at a time; what is compared is how far the fastest and the slowest have come after as much time. */
    private static Result fairness(int rounds) throws Exception {
        ExecutorService threads = Executors.newCachedThreadPool();
        int writers = 64;
        SlowStore store = new SlowStore(new ArrayStore(1 << 20, 1), Duration.ofMillis(1));
        try (ConveyorFactory factory =
                Conveyors.builder(store).workers(2).memoryBudget(256L << 20).build()) {
            List<Conveyor> conveyors = new ArrayList<>();
            for (int i = 0; i < writers; i++) {
                conveyors.add(factory.open("object-" + i, Opened.READ_WRITE));
            }
            Result result = Contest.perRun("64 threads, a conveyor each, 2 workers: slowest over fastest", 1, 0)
                    .target("<= 1.2")
                    .contender("slowest / fastest", () -> spread(threads, conveyors))
                    .run(1, Math.min(rounds, 5));
            for (Conveyor conveyor : conveyors) {
                conveyor.close();
            }
            return result;
        } finally {
            threads.shutdown();
        }
    }

    private static double spread(ExecutorService threads, List<Conveyor> conveyors) throws Exception {
        List<Future<Long>> running = new ArrayList<>();
        long end = System.nanoTime() + 1_000_000_000L;
        for (Conveyor conveyor : conveyors) {
            running.add(threads.submit(() -> {
                ByteBuffer src = ByteBuffer.allocateDirect(BLOCK);
                long done = 0;
                while (System.nanoTime() < end) {
                    src.rewind();
                    conveyor.write(src, done % 256 * BLOCK);
                    conveyor.flush();
                    done++;
                }
                return done;
            }));
        }
        long least = Long.MAX_VALUE;
        long most = 0;
        for (Future<Long> each : running) {
            least = Math.min(least, each.get());
            most = Math.max(most, each.get());
        }
        return (double) most / least;
    }
}
