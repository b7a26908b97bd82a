package io.conveyor.benchmarks.hdfs;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.benchmarks.contest.Contest;
import io.conveyor.benchmarks.contest.Result;
import io.conveyor.core.Conveyors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** What the time of a conveyor on HDFS grows with: the size of the file, and how often it is flushed. */
public final class HdfsGrowth {

    private static final int CHUNK = 64 << 10;
    private static final long LARGEST = Long.getLong("conveyor.benchmarks.hdfs-mib", 1024) << 20;
    private static final long FLUSHED = LARGEST / 16;

    private final ConveyorFactory factory;
    private final ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);

    private HdfsGrowth(ConveyorFactory factory) {
        this.factory = factory;
    }

    /** Measures, each point {@code rounds} times, files of up to {@code -Dconveyor.benchmarks.hdfs-mib=} (1024). */
    public static List<Result> run(int rounds) throws Exception {
        try (HdfsCluster cluster = HdfsCluster.start();
                ConveyorFactory factory = Conveyors.builder(cluster.backend()).build()) {
            HdfsGrowth growth = new HdfsGrowth(factory);
            int few = Math.min(rounds, 5);
            return List.of(growth.writesBySize(few), growth.readsBySize(few), growth.writesByFlushes(few));
        }
    }

    private Result writesBySize(int rounds) throws Exception {
        Contest contest = Contest.ofFigures("HDFS, by the size of the file: ms per MiB written to a new one", "ms");
        for (long size = LARGEST / 64; size <= LARGEST; size *= 4) {
            long bytes = size;
            contest.contender(mebibytes(bytes), () -> write("file-" + bytes, bytes, 1) / (bytes >> 20));
        }
        return contest.run(1, rounds);
    }

    /** Reads what {@link #writesBySize} has left. */
    private Result readsBySize(int rounds) throws Exception {
        Contest contest = Contest.ofFigures("HDFS, by the size of the file: ms per MiB read", "ms");
        for (long size = LARGEST / 64; size <= LARGEST; size *= 4) {
            long bytes = size;
            contest.contender(mebibytes(bytes), () -> read("file-" + bytes, bytes) / (bytes >> 20));
        }
        return contest.run(1, rounds);
    }

    private Result writesByFlushes(int rounds) throws Exception {
        Contest contest = Contest.ofFigures(
                "HDFS, by the flushes: " + mebibytes(FLUSHED) + " to a new file, close included", "ms");
        for (int flushes : new int[] {1, 4, 16, 64, 256}) {
            contest.contender(flushes + " flushes", () -> write("flushed", FLUSHED, flushes));
        }
        return contest.run(1, rounds);
    }

    private static String mebibytes(long bytes) {
        return (bytes >> 20) + " MiB";
    }

    private double write(String key, long bytes, int flushes) throws IOException {
        long began = System.nanoTime();
        try (Conveyor conveyor = factory.open(
                key, StandardOpenOption.WRITE, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING)) {
            long due = bytes / flushes;
            for (long written = 0; written < bytes; written += CHUNK) {
                conveyor.write(chunk.rewind());
                if ((written + CHUNK) % due == 0) {
                    conveyor.flush();
                }
            }
        }
        return (System.nanoTime() - began) / 1e6;
    }

    private double read(String key, long bytes) throws IOException {
        long began = System.nanoTime();
        long total = 0;
        try (Conveyor conveyor = factory.open(key, StandardOpenOption.READ)) {
            for (int count = 0; count >= 0; count = conveyor.read(chunk.clear())) {
                total += count;
            }
        }
        if (total != bytes) {
            throw new IllegalStateException(total + " of " + bytes + " bytes were read");
        }
        return (System.nanoTime() - began) / 1e6;
    }
}
