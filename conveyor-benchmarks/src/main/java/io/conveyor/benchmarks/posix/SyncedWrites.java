package io.conveyor.benchmarks.posix;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.backend.posix.PosixBackend;
import io.conveyor.benchmarks.contest.Contest;
import io.conveyor.benchmarks.contest.Result;
import io.conveyor.benchmarks.contest.Task;
import io.conveyor.benchmarks.store.Scratch;
import io.conveyor.core.Conveyors;
import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Writes that are to survive a loss of power: forced to the disk at the end, or each for itself. */
public final class SyncedWrites {

    private static final int BLOCK = 4 << 10;
    private static final long BYTES = 64 << 20;
    private static final int DURABLE_WRITES = 200;
    private static final int WRITERS = 4;

    private SyncedWrites() {}

    /** Measures, each contender {@code rounds} times, in {@code -Dconveyor.benchmarks.directory=}, else a temporary folder. */
    public static List<Result> run(int rounds) throws Exception {
        ExecutorService writers = Executors.newFixedThreadPool(WRITERS);
        try (Scratch scratch = Scratch.create();
                PosixBackend backend =
                        PosixBackend.builder().root(scratch.path()).build();
                ConveyorFactory factory = Conveyors.builder(backend).build()) {
            Path file = scratch.path().resolve("written");
            return List.of(forcedAtTheEnd(file, factory, rounds), forcedEach(file, factory, writers, rounds));
        } finally {
            writers.shutdown();
        }
    }

    private static Result forcedAtTheEnd(Path file, ConveyorFactory factory, int rounds) throws Exception {
        long count = BYTES / BLOCK;
        return Contest.perRun("64 MiB to a new file in 4 KiB writes, forced to the disk, ms", count, BLOCK)
                .target("<= 1.05 x the fastest of the others")
                .contender("conveyor", () -> {
                    ByteBuffer src = ByteBuffer.allocateDirect(BLOCK);
                    try (Conveyor conveyor =
                            factory.open("written", StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
                        for (long i = 0; i < count; i++) {
                            conveyor.write(src.rewind());
                        }
                        conveyor.sync();
                    }
                    return deleted(file);
                })
                .contender("BufferedOutputStream of 64 KiB", () -> {
                    byte[] src = new byte[BLOCK];
                    try (FileOutputStream stream = new FileOutputStream(file.toFile());
                            OutputStream out = new BufferedOutputStream(stream, 64 << 10)) {
                        for (long i = 0; i < count; i++) {
                            out.write(src);
                        }
                        out.flush();
                        stream.getFD().sync();
                    }
                    return deleted(file);
                })
                .contender("FileChannel", () -> {
                    ByteBuffer src = ByteBuffer.allocateDirect(BLOCK);
                    try (FileChannel channel =
                            FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
                        for (long i = 0; i < count; i++) {
                            channel.write(src.rewind());
                        }
                        channel.force(true);
                    }
                    return deleted(file);
                })
                .run(1, rounds);
    }

    /** Four threads, each of whose writes is durable when it returns. */
    private static Result forcedEach(Path file, ConveyorFactory factory, ExecutorService writers, int rounds)
            throws Exception {
        OpenOption[] options = {StandardOpenOption.WRITE, StandardOpenOption.CREATE, StandardOpenOption.DSYNC};
        try (Conveyor conveyor = factory.open("written", options);
                FileChannel channel = FileChannel.open(file, options)) {
            return Contest.perRun(
                            "4 KiB writes that are durable when they return, 50 by each of four threads, ms",
                            DURABLE_WRITES,
                            BLOCK)
                    .target("<= 1.05 x FileChannel; threads that wait at the same time share one fsync")
                    .contender("conveyor", () -> byEach(writers, conveyor::write))
                    .contender("FileChannel", () -> byEach(writers, channel::write))
                    .run(1, rounds);
        } finally {
            Files.delete(file);
        }
    }

    /** A positional write. */
    @FunctionalInterface
    private interface Pwrite {
        int write(ByteBuffer src, long position) throws Exception;
    }

    private static double byEach(ExecutorService writers, Pwrite pwrite) throws Exception {
        int each = DURABLE_WRITES / WRITERS;
        List<Future<?>> running = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++) {
            int first = i * each;
            running.add(writers.submit(() -> {
                ByteBuffer src = ByteBuffer.allocateDirect(BLOCK);
                for (int block = first; block < first + each; block++) {
                    pwrite.write(src.rewind(), (long) block * BLOCK);
                }
                return null;
            }));
        }
        for (Future<?> one : running) {
            one.get();
        }
        return Task.ELAPSED;
    }

    private static double deleted(Path file) throws Exception {
        // the same for all: the next run begins with a new file
        Files.delete(file);
        return Task.ELAPSED;
    }
}
