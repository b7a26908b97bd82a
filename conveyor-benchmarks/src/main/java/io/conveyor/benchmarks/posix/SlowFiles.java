package io.conveyor.benchmarks.posix;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.backend.posix.PosixBackend;
import io.conveyor.benchmarks.contest.Contest;
import io.conveyor.benchmarks.contest.Result;
import io.conveyor.benchmarks.contest.Task;
import io.conveyor.benchmarks.store.Scratch;
import io.conveyor.benchmarks.store.SlowStore;
import io.conveyor.core.Conveyors;
import io.conveyor.spi.StorageHandle;
import java.nio.ByteBuffer;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** Files of which every call takes 2 ms longer, as on a file system across a network. */
public final class SlowFiles {

    private static final int BLOCK = 64 << 10;
    private static final int BYTES = 64 << 20;
    private static final Duration SLOW = Duration.ofMillis(2);

    private SlowFiles() {}

    /** Measures, each contender {@code rounds} times, in {@code -Dconveyor.benchmarks.directory=}, else a temporary folder. */
    public static List<Result> run(int rounds) throws Exception {
        try (Scratch scratch = Scratch.create();
                SlowStore store = new SlowStore(
                        PosixBackend.builder().root(scratch.path()).build(), SLOW);
                ConveyorFactory factory = Conveyors.builder(store).build()) {
            return List.of(writes(store, factory, Math.min(rounds, 5)), reads(store, factory, Math.min(rounds, 5)));
        }
    }

    private static Result writes(SlowStore store, ConveyorFactory factory, int rounds) throws Exception {
        int count = BYTES / BLOCK;
        ByteBuffer src = ByteBuffer.allocateDirect(BLOCK);
        try (StorageHandle raw = store.open("file", Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE))) {
            return Contest.perRun("a file with 2 ms per call: 64 MiB in 64 KiB writes, flushed, ms", count, BLOCK)
                    .target("<= 0.33 x the store itself")
                    .contender("the store itself", () -> {
                        for (int i = 0; i < count; i++) {
                            raw.pwrite(src.rewind(), (long) i * BLOCK);
                        }
                        return Task.ELAPSED;
                    })
                    .contender("conveyor", () -> {
                        try (Conveyor conveyor = factory.open("file", StandardOpenOption.WRITE)) {
                            for (int i = 0; i < count; i++) {
                                conveyor.write(src.rewind());
                            }
                        }
                        return Task.ELAPSED;
                    })
                    .run(1, rounds);
        }
    }

    private static Result reads(SlowStore store, ConveyorFactory factory, int rounds) throws Exception {
        int count = BYTES / BLOCK;
        ByteBuffer dst = ByteBuffer.allocateDirect(BLOCK);
        try (StorageHandle raw = store.open("file", Set.of(StandardOpenOption.READ))) {
            return Contest.perRun("a file with 2 ms per call: 64 MiB in 64 KiB reads, ms", count, BLOCK)
                    .target("<= 0.33 x the store itself")
                    .contender("the store itself", () -> {
                        for (int i = 0; i < count; i++) {
                            raw.pread(dst.clear(), (long) i * BLOCK);
                        }
                        return Task.ELAPSED;
                    })
                    .contender("conveyor", () -> {
                        try (Conveyor conveyor = factory.open("file", StandardOpenOption.READ)) {
                            for (int i = 0; i < count; i++) {
                                dst.clear();
                                while (dst.hasRemaining()) {
                                    conveyor.read(dst);
                                }
                            }
                        }
                        return Task.ELAPSED;
                    })
                    .run(1, rounds);
        }
    }
}
