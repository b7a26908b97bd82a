package io.conveyor.benchmarks.engine;

import io.conveyor.Conveyor;
import io.conveyor.benchmarks.contest.Contest;
import io.conveyor.benchmarks.contest.Result;
import io.conveyor.benchmarks.store.ArrayStore;
import io.conveyor.benchmarks.store.HeldStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.SplittableRandom;

/** A read among many pending writes: the more there are, the longer it may take only by little. */
public final class PendingReads {

    private static final int OBJECT = 64 << 20;
    private static final int READS = 2000;
    private static final int TINY = 64;

    private PendingReads() {}

    /** Measures, each contender {@code rounds} times. */
    public static List<Result> run(int rounds) throws Exception {
        return List.of(contest(rounds));
    }

    private static Result contest(int rounds) throws Exception {
        Contest contest = Contest.perOperation("4 KiB read of pending bytes, ns per read", READS, 4 << 10)
                .along("pending writes")
                .target("with 100,000 pending 64 B writes <= 3 x with 10");
        for (int pending : new int[] {10, 1_000, 10_000, 100_000}) {
            contest.point(pending, () -> nanosPerRead(pending));
        }
        return contest.run(2, rounds);
    }

    /** The reads fall where 4 KiB are pending in one piece, so that no storage is asked; the other writes lie around, at random. */
    private static double nanosPerRead(int pending) throws IOException {
        HeldStore held = new HeldStore(new ArrayStore(OBJECT, 1));
        double[] nanos = {0};
        try (Opened opened = Opened.on(held, 256L << 20)) {
            held.nanosWhileHeld(opened.conveyor(), () -> {
                SplittableRandom random = new SplittableRandom(pending);
                ByteBuffer tiny = ByteBuffer.allocateDirect(TINY);
                for (int i = 0; i < pending; i++) {
                    tiny.rewind();
                    opened.conveyor()
                            .write(tiny, (4 << 10) + random.nextLong(OBJECT / TINY / 2) * 2 * TINY % (OBJECT / 2));
                }
                ByteBuffer block = ByteBuffer.allocateDirect(4 << 10);
                opened.conveyor().write(block, 0);
                nanos[0] = read(opened.conveyor(), block);
            });
        }
        return nanos[0] / READS;
    }

    private static double read(Conveyor conveyor, ByteBuffer block) throws IOException {
        long began = System.nanoTime();
        for (int i = 0; i < READS; i++) {
            block.rewind();
            conveyor.read(block, 0);
        }
        return System.nanoTime() - began;
    }
}
