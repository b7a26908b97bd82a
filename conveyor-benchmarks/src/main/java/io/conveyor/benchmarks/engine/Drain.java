package io.conveyor.benchmarks.engine;

import io.conveyor.benchmarks.contest.Contest;
import io.conveyor.benchmarks.contest.Result;
import io.conveyor.benchmarks.contest.Task;
import io.conveyor.benchmarks.store.ArrayStore;
import io.conveyor.spi.StorageHandle;
import java.nio.ByteBuffer;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** A store as fast as memory: nothing is to be hidden there, and nothing should be lost either. */
public final class Drain {

    private static final int BYTES = 64 << 20;

    private Drain() {}

    /** Measures, each contender {@code rounds} times. */
    public static List<Result> run(int rounds) throws Exception {
        List<Result> results = new ArrayList<>();
        for (int size : new int[] {64, 4 << 10, 64 << 10}) {
            results.add(writes(size, rounds));
        }
        results.add(reads(rounds));
        return results;
    }

    private static Result writes(int size, int rounds) throws Exception {
        ByteBuffer src = ByteBuffer.allocateDirect(size);
        long count = BYTES / 4 / size;
        ArrayStore store = new ArrayStore(BYTES, 1);
        try (Opened opened = Opened.on(store, 64L << 20);
                StorageHandle raw = store.open("raw", Set.of(StandardOpenOption.WRITE))) {
            return Contest.perRun("memory: 16 MiB in writes of " + size + " B, until storage has them, ms", count, size)
                    .contender("the store itself", () -> {
                        for (int i = 0; i < count; i++) {
                            src.rewind();
                            raw.pwrite(src, (long) i * size);
                        }
                        return Task.ELAPSED;
                    })
                    .contender("conveyor", () -> {
                        opened.write(src, count);
                        opened.conveyor().flush();
                        return Task.ELAPSED;
                    })
                    .run(3, rounds);
        }
    }

    private static Result reads(int rounds) throws Exception {
        int size = 4 << 10;
        ByteBuffer dst = ByteBuffer.allocateDirect(size);
        long count = BYTES / size;
        ArrayStore store = new ArrayStore(BYTES, 1).fill("object");
        try (Opened opened = Opened.on(store, 64L << 20);
                StorageHandle raw = store.open("object", Set.of(StandardOpenOption.READ))) {
            return Contest.perOperation("memory: 64 MiB in 4 KiB reads, ns per read", count, size)
                    .contender("the store itself", () -> {
                        for (int i = 0; i < count; i++) {
                            dst.rewind();
                            raw.pread(dst, (long) i * size);
                        }
                        return Task.ELAPSED;
                    })
                    .contender("conveyor", () -> {
                        opened.read(dst, count);
                        return Task.ELAPSED;
                    })
                    .run(3, rounds);
        }
    }
}
