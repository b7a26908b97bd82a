package io.conveyor.benchmarks.posix;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.backend.posix.PosixBackend;
import io.conveyor.benchmarks.contest.Contest;
import io.conveyor.benchmarks.contest.Result;
import io.conveyor.benchmarks.contest.Task;
import io.conveyor.benchmarks.store.Scratch;
import io.conveyor.core.Conveyors;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.SplittableRandom;

/** Reads of a file that is in the page cache. */
public final class FileReads {

    private static final long BYTES = Long.getLong("conveyor.benchmarks.file-mib", 1024) << 20;
    private static final int BLOCK = 4 << 10;
    private static final int RANDOM_READS = 50_000;

    private FileReads() {}

    /** Measures, each contender {@code rounds} times, in {@code -Dconveyor.benchmarks.directory=}, else a temporary folder. */
    public static List<Result> run(int rounds) throws Exception {
        try (Scratch scratch = Scratch.create()) {
            return run(scratch.path(), rounds);
        }
    }

    private static List<Result> run(Path directory, int rounds) throws Exception {
        Path file = directory.resolve("read");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
            ByteBuffer src = ByteBuffer.allocateDirect(1 << 20);
            for (long at = 0; at < BYTES; at += src.capacity()) {
                channel.write(src.rewind());
            }
        }
        try (PosixBackend backend = PosixBackend.builder().root(directory).build();
                ConveyorFactory factory = Conveyors.builder(backend).build()) {
            return List.of(sequential(file, factory, Math.min(rounds, 7)), random(file, factory, rounds));
        }
    }

    private static Result sequential(Path file, ConveyorFactory factory, int rounds) throws Exception {
        long count = BYTES / BLOCK;
        return Contest.perRun((BYTES >> 20) + " MiB in 4 KiB reads from the start to the end, ms", count, BLOCK)
                .target("<= 1.11 x BufferedInputStream with its best buffer")
                .contender("BufferedInputStream of 64 KiB", () -> streamed(file, 64 << 10, count))
                .contender("BufferedInputStream of 256 KiB", () -> streamed(file, 256 << 10, count))
                .contender("FileChannel", () -> {
                    ByteBuffer dst = ByteBuffer.allocateDirect(BLOCK);
                    try (FileChannel channel = FileChannel.open(file)) {
                        for (long i = 0; i < count; i++) {
                            channel.read(dst.clear());
                        }
                    }
                    return Task.ELAPSED;
                })
                .contender("conveyor", () -> {
                    ByteBuffer dst = ByteBuffer.allocateDirect(BLOCK);
                    try (Conveyor conveyor = factory.open("read", StandardOpenOption.READ)) {
                        for (long i = 0; i < count; i++) {
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

    private static double streamed(Path file, int buffer, long count) throws IOException {
        byte[] dst = new byte[BLOCK];
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file), buffer)) {
            for (long i = 0; i < count; i++) {
                in.readNBytes(dst, 0, BLOCK);
            }
        }
        return Task.ELAPSED;
    }

    private static Result random(Path file, ConveyorFactory factory, int rounds) throws Exception {
        long[] offsets =
                new SplittableRandom(1).longs(RANDOM_READS, 0, BYTES - BLOCK).toArray();
        ByteBuffer dst = ByteBuffer.allocateDirect(BLOCK);
        try (FileChannel channel = FileChannel.open(file);
                Conveyor conveyor = factory.open("read", StandardOpenOption.READ)) {
            return Contest.perOperation("4 KiB reads at random, ns per read", RANDOM_READS, BLOCK)
                    .target("<= 1.15 x FileChannel")
                    .contender("FileChannel", () -> {
                        for (long offset : offsets) {
                            channel.read(dst.clear(), offset);
                        }
                        return Task.ELAPSED;
                    })
                    .contender("conveyor", () -> {
                        for (long offset : offsets) {
                            conveyor.read(dst.clear(), offset);
                        }
                        return Task.ELAPSED;
                    })
                    .run(2, rounds);
        }
    }
}
