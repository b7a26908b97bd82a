package io.conveyor.benchmarks.engine;

import io.conveyor.JournalOptions;
import io.conveyor.benchmarks.contest.Contest;
import io.conveyor.benchmarks.contest.Result;
import io.conveyor.benchmarks.contest.Task;
import io.conveyor.benchmarks.store.ArrayStore;
import io.conveyor.benchmarks.store.HeldStore;
import io.conveyor.benchmarks.store.Scratch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/** What it costs to survive the end of the process: the same writes without and with a journal. */
public final class JournalledWrites {

    private static final int MANY_BYTES = 64 << 20;
    private static final int FEW_BYTES = 8 << 20;
    private static final long JOURNAL_BYTES = 256 << 20;

    /** So many times a run fills the memory: once is ten milliseconds, which is less than a compiler's thread or a neighbour takes away. */
    private static final int FILLINGS = 6;

    /** So many runs are for nothing: the compilers share two processors with what they compile. */
    private static final int WARM_UPS = 6;

    private JournalledWrites() {}

    /** Measures, each contender {@code rounds} times; the journal is in {@code -Dconveyor.benchmarks.directory=}, else a temporary folder. */
    public static List<Result> run(int rounds) throws Exception {
        try (Scratch scratch = Scratch.create()) {
            return List.of(
                    absorbed(scratch.path(), 4 << 10, rounds),
                    steady(scratch.path(), 4 << 10, rounds),
                    absorbed(scratch.path(), 64, rounds));
        }
    }

    /** Accepted while storage is still; only the writes are timed, not what storage does later. */
    private static Result absorbed(Path directory, int size, int rounds) throws Exception {
        ByteBuffer src = ByteBuffer.allocateDirect(size);
        long bytes = size < 1024 ? MANY_BYTES / 4 : MANY_BYTES;
        long each = bytes / size;
        long count = FILLINGS * each;
        HeldStore plainStore = new HeldStore(new ArrayStore(MANY_BYTES, 1));
        HeldStore store = new HeldStore(new ArrayStore(MANY_BYTES, 1));
        try (Opened plain = Opened.on(plainStore, 4L * MANY_BYTES);
                Opened journalled = Opened.on(store, 4L * MANY_BYTES, journal(directory))) {
            return Contest.perOperation(size + " B writes with a journal into memory, ns per write", count, size)
                    .target("<= 1.5 x the write without a journal (4 KiB)")
                    .contender("without a journal", () -> filled(plainStore, plain, src, each) / count)
                    .contender("with a journal", () -> filled(store, journalled, src, each) / count)
                    .run(WARM_UPS, rounds);
        }
    }

    private static double filled(HeldStore store, Opened opened, ByteBuffer src, long count) throws IOException {
        double nanos = 0;
        for (int i = 0; i < FILLINGS; i++) {
            nanos += store.nanosWhileHeld(opened.conveyor(), () -> opened.write(src, count));
        }
        return nanos;
    }

    /** Storage keeps up. */
    private static Result steady(Path directory, int size, int rounds) throws Exception {
        ByteBuffer src = ByteBuffer.allocateDirect(size);
        long count = 16L * MANY_BYTES / size;
        try (Opened plain = Opened.on(ArrayStore.forgetful(), 2L * FEW_BYTES);
                Opened journalled = Opened.on(ArrayStore.forgetful(), 2L * FEW_BYTES, journal(directory))) {
            return Contest.perOperation(
                            size + " B writes with a journal, storage keeping up, ns per write", count, size)
                    .target("<= 1.5 x the write without a journal")
                    .contender("without a journal, flush included", () -> flushed(plain, src, count))
                    .contender("with a journal, flush included", () -> flushed(journalled, src, count))
                    .run(WARM_UPS, rounds);
        }
    }

    private static double flushed(Opened opened, ByteBuffer src, long count) throws IOException {
        opened.write(src, count);
        opened.conveyor().flush();
        return Task.ELAPSED;
    }

    private static JournalOptions journal(Path directory) {
        return JournalOptions.builder(directory).maxBytes(JOURNAL_BYTES).build();
    }
}
