package io.conveyor.benchmarks.s3;

import io.conveyor.benchmarks.contest.Contest;
import io.conveyor.benchmarks.contest.Result;
import io.conveyor.benchmarks.contest.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/** Reads at random from several threads. */
public final class S3Random {

    private static final int READS = Integer.getInteger("conveyor.benchmarks.s3-reads", 1000);
    private static final int THREADS = 8;
    private static final int BLOCK = 64 << 10;

    /** How much is read in order between reads at random. */
    private static final long RUN = S3Contenders.BYTES / 4;

    private S3Random() {}

    /**
     * Measures, each contender {@code rounds} times, an object of {@code -Dconveyor.benchmarks.s3-mib=} (1024) by {@code -Dconveyor.benchmarks.s3-reads=} (1000)
     * reads: a hundred are enough for those peers that need minutes for a thousand.
     */
    public static List<Result> run(int rounds) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try (S3Contenders contenders = S3Contenders.start()) {
            contenders.put("read", S3Contenders.BYTES);
            int few = Math.min(rounds, 5);
            return List.of(time(contenders, threads, few), waste(contenders, threads, few), turns(contenders, few));
        } finally {
            threads.shutdown();
        }
    }

    private static Result time(S3Contenders contenders, ExecutorService threads, int rounds) throws Exception {
        Contest contest = Contest.perRun(
                        READS + " reads of 64 KiB at random from " + THREADS + " threads, open included, ms",
                        READS,
                        BLOCK)
                .target("<= 1.1 x bare ranged GETs");
        return contenders
                .with(contest, "read", (access, key, bytes) -> readAll(contenders, access, threads, key, bytes))
                .run(1, rounds);
    }

    private static Result waste(S3Contenders contenders, ExecutorService threads, int rounds) throws Exception {
        return Contest.ofFigures("The same: bytes fetched per byte asked for", "B")
                .target("<= 1.1")
                .contender("conveyor", () -> {
                    long before = contenders.conveyor().fetchedBytes();
                    readAll(contenders, contenders.conveyor(), threads, "read", S3Contenders.BYTES);
                    return (contenders.conveyor().fetchedBytes() - before) / ((double) READS * BLOCK);
                })
                .run(0, rounds);
    }

    /** From random to sequential and back, and again, on one conveyor. */
    private static Result turns(S3Contenders contenders, int rounds) throws Exception {
        return Contest.perRun((RUN >> 20) + " MiB in order in 64 KiB reads, ms", RUN / BLOCK, BLOCK)
                .target("the same after reads at random as from the open on")
                .note(SlowS3.slowness())
                .contender(
                        "conveyor, from the open on",
                        () -> contenders.conveyor().turns("read", 0, RUN))
                .contender(
                        "conveyor, after 100 at random",
                        () -> contenders.conveyor().turns("read", 1, RUN))
                .contender(
                        "conveyor, after both, twice",
                        () -> contenders.conveyor().turns("read", 2, RUN))
                .run(1, rounds);
    }

    private static double readAll(
            S3Contenders contenders, S3Access access, ExecutorService threads, String key, long bytes)
            throws Exception {
        long[] offsets = new SplittableRandom(1)
                .longs(READS, 0, bytes / BLOCK)
                .map(block -> block * BLOCK)
                .toArray();
        AtomicInteger next = new AtomicInteger();
        try (S3Access.RandomReader reader = access.open(key)) {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                running.add(threads.submit(() -> {
                    readSome(contenders, reader, offsets, next);
                    return null;
                }));
            }
            for (Future<?> each : running) {
                each.get();
            }
        }
        return Task.ELAPSED;
    }

    private static void readSome(
            S3Contenders contenders, S3Access.RandomReader reader, long[] offsets, AtomicInteger next)
            throws Exception {
        byte[] chunk = contenders.chunk();
        byte[] dst = new byte[BLOCK];
        for (int i = next.getAndIncrement(); i < offsets.length; i = next.getAndIncrement()) {
            reader.read(dst, offsets[i]);
            if (dst[0] != chunk[(int) (offsets[i] % chunk.length)]
                    || dst[BLOCK - 1] != chunk[(int) ((offsets[i] + BLOCK - 1) % chunk.length)]) {
                throw new IllegalStateException("wrong bytes at " + offsets[i]);
            }
        }
    }
}
