package io.conveyor.benchmarks.posix;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOptions;
import io.conveyor.backend.posix.PosixBackend;
import io.conveyor.benchmarks.contest.Contest;
import io.conveyor.benchmarks.contest.Result;
import io.conveyor.benchmarks.contest.Task;
import io.conveyor.benchmarks.store.HandedOver;
import io.conveyor.benchmarks.store.Scratch;
import io.conveyor.core.Conveyors;
import java.io.BufferedOutputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** Sequential writes of a new file, its close included. */
public final class FileWrites {

    private static final long BYTES = Long.getLong("conveyor.benchmarks.file-mib", 1024) << 20;

    private static final List<ByteBuffer> BUFFERS = HandedOver.buffers(2, 1 << 20);

    private static final ConveyorOptions IN_THE_CACHE =
            ConveyorOptions.builder().maxPendingBytes(2 << 20).build();

    private FileWrites() {}

    /** Measures, each contender {@code rounds} times, in {@code -Dconveyor.benchmarks.directory=}, else a temporary folder. */
    public static List<Result> run(int rounds) throws Exception {
        List<Result> results = new ArrayList<>();
        try (Scratch scratch = Scratch.create();
                PosixBackend backend =
                        PosixBackend.builder().root(scratch.path()).build();
                ConveyorFactory factory = Conveyors.builder(backend).build()) {
            for (int size : new int[] {64, 4 << 10, 64 << 10}) {
                results.add(contest(scratch.path(), factory, size, Math.min(rounds, 7)));
            }
        }
        return results;
    }

    private static Result contest(Path directory, ConveyorFactory factory, int size, int rounds) throws Exception {
        long bytes = size < 1024 ? BYTES / 8 : BYTES;
        long count = bytes / size;
        Path file = directory.resolve("written");
        return Contest.perRun(
                        (bytes >> 20) + " MiB to a new file in writes of " + size + " B, close included, ms",
                        count,
                        size)
                .target("<= 1.05 x the fastest of the others")
                .contender("conveyor", () -> {
                    write(factory, ConveyorOptions.inherited(), size, count);
                    return deleted(file);
                })
                .contender("conveyor that keeps at most 2 MiB, which stay in the cache", () -> {
                    write(factory, IN_THE_CACHE, size, count);
                    return deleted(file);
                })
                .contender("BufferedOutputStream of 64 KiB", () -> {
                    byte[] src = new byte[size];
                    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 64 << 10)) {
                        for (long i = 0; i < count; i++) {
                            out.write(src);
                        }
                    }
                    return deleted(file);
                })
                .contender("FileChannel", () -> {
                    ByteBuffer src = ByteBuffer.allocateDirect(size);
                    try (FileChannel channel =
                            FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
                        for (long i = 0; i < count; i++) {
                            src.rewind();
                            channel.write(src);
                        }
                    }
                    return deleted(file);
                })
                .contender("FileChannel of another thread, through two buffers of 1 MiB", () -> {
                    ByteBuffer src = ByteBuffer.allocateDirect(size);
                    try (FileChannel channel =
                                    FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
                            HandedOver other = new HandedOver(BUFFERS, full -> {
                                while (full.hasRemaining()) {
                                    channel.write(full);
                                }
                            })) {
                        other.write(src, count);
                    }
                    return deleted(file);
                })
                .contender("RandomAccessFile", () -> {
                    byte[] src = new byte[size];
                    try (RandomAccessFile random = new RandomAccessFile(file.toFile(), "rw")) {
                        for (long i = 0; i < count; i++) {
                            random.write(src);
                        }
                    }
                    return deleted(file);
                })
                .run(1, rounds);
    }

    private static void write(ConveyorFactory factory, ConveyorOptions options, int size, long count) throws Exception {
        ByteBuffer src = ByteBuffer.allocateDirect(size);
        try (Conveyor conveyor =
                factory.open("written", options, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
            for (long i = 0; i < count; i++) {
                src.rewind();
                conveyor.write(src);
            }
        }
    }

    private static double deleted(Path file) throws Exception {
        // the same for all: the next run begins with a new file
        Files.delete(file);
        return Task.ELAPSED;
    }
}
