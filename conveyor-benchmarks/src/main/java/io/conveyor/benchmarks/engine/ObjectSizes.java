package io.conveyor.benchmarks.engine;

import io.conveyor.benchmarks.contest.Contest;
import io.conveyor.benchmarks.contest.Result;
import io.conveyor.benchmarks.contest.Task;
import io.conveyor.benchmarks.store.ArrayStore;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** What a write costs at the end of ever larger objects. */
public final class ObjectSizes {

    private static final int BLOCK = 4 << 10;
    private static final long WRITTEN = 64 << 20;

    private ObjectSizes() {}

    /** Measures, each point {@code rounds} times. */
    public static List<Result> run(int rounds) throws Exception {
        long count = WRITTEN / BLOCK;
        ByteBuffer src = ByteBuffer.allocateDirect(BLOCK);
        Contest contest = Contest.perOperation(
                        "64 MiB in 4 KiB writes at the end of an object, flushed, ns per write", count, BLOCK)
                .along("MiB there before")
                .target("the same for all");
        List<Opened> all = new ArrayList<>();
        try {
            for (long mebibytes : new long[] {0, 1 << 10, 64 << 10, 1 << 20}) {
                Opened opened = Opened.on(ArrayStore.forgetful(), 16L << 20);
                all.add(opened);
                contest.point(mebibytes, () -> {
                    opened.conveyor().position(mebibytes << 20);
                    for (long i = 0; i < count; i++) {
                        src.rewind();
                        opened.conveyor().write(src);
                    }
                    opened.conveyor().flush();
                    return Task.ELAPSED;
                });
            }
            return List.of(contest.run(3, rounds));
        } finally {
            for (Opened opened : all) {
                opened.close();
            }
        }
    }
}
