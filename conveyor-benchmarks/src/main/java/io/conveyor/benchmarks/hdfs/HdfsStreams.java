package io.conveyor.benchmarks.hdfs;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.benchmarks.contest.Contest;
import io.conveyor.benchmarks.contest.Result;
import io.conveyor.benchmarks.contest.Task;
import io.conveyor.benchmarks.store.HandedOver;
import io.conveyor.benchmarks.store.SlowStore;
import io.conveyor.core.Conveyors;
import io.conveyor.spi.StorageBackend;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hdfs.DistributedFileSystem;

/** A file from its start to its end, written and read, on a cluster of one datanode on this machine. */
public final class HdfsStreams {

    private static final long BYTES = Long.getLong("conveyor.benchmarks.hdfs-mib", 1024) << 20;
    private static final int CHUNK = 64 << 10;
    private static final Duration SLOW = Duration.ofMillis(2);

    /** Where nothing but processor time counts, a program is measured when it is compiled: after so many files of each. */
    private static final int WARM_UPS = 8;

    /** What a conveyor may have pending: a quarter of the budget. */
    private static final List<ByteBuffer> IN_BETWEEN = HandedOver.buffers(64, 1 << 20);

    /** What pending and prefetched bytes may take: the client's own buffers come on top for both. */
    private static final long BUDGET = 256L << 20;

    private final FileSystem client;
    private final Duration perCall;
    private final ConveyorFactory factory;
    private final long bytes;

    private HdfsStreams(FileSystem client, Duration perCall, ConveyorFactory factory, long bytes) {
        this.client = client;
        this.perCall = perCall;
        this.factory = factory;
        this.bytes = bytes;
    }

    /** Measures, each contender {@code rounds} times, a file of {@code -Dconveyor.benchmarks.hdfs-mib=} (1024). */
    public static List<Result> run(int rounds) throws Exception {
        try (HdfsCluster cluster = HdfsCluster.start()) {
            return run(cluster, Math.min(rounds, 7));
        }
    }

    private static List<Result> run(HdfsCluster cluster, int rounds) throws Exception {
        List<Result> results = new ArrayList<>();
        try (FileSystem client = cluster.client()) {
            try (ConveyorFactory factory = factory(cluster.backend())) {
                HdfsStreams near = new HdfsStreams(client, Duration.ZERO, factory, BYTES);
                results.add(near.writes("on loopback", "<= 1.05 x the client's stream", rounds));
                results.add(near.reads("on loopback", "<= 1.05 x the client's stream", rounds));
            }
            try (ConveyorFactory factory = factory(new SlowStore(cluster.backend(), SLOW))) {
                // an eighth of it is enough to know
                HdfsStreams far = new HdfsStreams(client, SLOW, factory, BYTES / 8);
                results.add(far.writes("2 ms per call", "<= 0.33 x the client's stream", rounds));
                results.add(far.reads("2 ms per call", "<= 0.33 x the client's stream", rounds));
            }
        }
        return results;
    }

    private static ConveyorFactory factory(StorageBackend backend) {
        return Conveyors.builder(backend).memoryBudget(BUDGET).build();
    }

    private Contest contest(String what, String where, String target) {
        return Contest.perRun(
                        (bytes >> 20) + " MiB of HDFS " + where + " in 64 KiB " + what + ", ms", bytes / CHUNK, CHUNK)
                .target(target);
    }

    private Result writes(String where, String target, int rounds) throws Exception {
        return contest("writes, close included", where, target)
                .contender("the client's stream", () -> writeBare("bare"))
                .contender("the same, full blocks synced as a conveyor's are", () -> writeTo(syncedBlocks()))
                .contender("that by a second thread, through 64 MiB", this::writeByAnother)
                .contender("conveyor", this::writeByConveyor)
                .run(perCall.isZero() ? WARM_UPS : 1, rounds);
    }

    private Result reads(String where, String target, int rounds) throws Exception {
        writeBare("read");
        return contest("reads", where, target)
                .contender("the client's stream", this::readBare)
                .contender("that by a second thread, through 64 MiB", this::readByAnother)
                .contender("conveyor", this::readByConveyor)
                .run(perCall.isZero() ? WARM_UPS : 1, rounds);
    }

    private void pause() {
        SlowStore.pause(perCall.toNanos());
    }

    private double writeBare(String name) throws IOException {
        return writeTo(client.create(new Path(HdfsCluster.FOLDER, name), true));
    }

    /** Full blocks are synced as they end, so that a later sync can speak for all: what a conveyor's handle has to ask for. */
    private FSDataOutputStream syncedBlocks() throws IOException {
        return ((DistributedFileSystem) client)
                .createFile(new Path(HdfsCluster.FOLDER, "bare"))
                .overwrite(true)
                .recursive()
                .syncBlock()
                .build();
    }

    private double writeTo(FSDataOutputStream stream) throws IOException {
        byte[] chunk = new byte[CHUNK];
        try (stream) {
            for (long i = 0; i < bytes / CHUNK; i++) {
                pause();
                stream.write(chunk);
            }
        }
        return Task.ELAPSED;
    }

    /** What any write-behind costs that keeps what it was given until it is flushed: a second copy, in memory that no cache holds. */
    private double writeByAnother() throws Exception {
        byte[] piece = new byte[CHUNK];
        try (FSDataOutputStream out = syncedBlocks();
                HandedOver other = new HandedOver(IN_BETWEEN, full -> {
                    while (full.hasRemaining()) {
                        full.get(piece);
                        pause();
                        out.write(piece);
                    }
                })) {
            other.write(ByteBuffer.allocateDirect(CHUNK), bytes / CHUNK);
        }
        return Task.ELAPSED;
    }

    private double writeByConveyor() throws IOException {
        ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);
        try (Conveyor conveyor = factory.open(
                "written", StandardOpenOption.WRITE, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING)) {
            for (long i = 0; i < bytes / CHUNK; i++) {
                conveyor.write(chunk.rewind());
            }
        }
        return Task.ELAPSED;
    }

    private double readBare() throws IOException {
        byte[] chunk = new byte[CHUNK];
        long total = 0;
        try (FSDataInputStream in = client.open(new Path(HdfsCluster.FOLDER, "read"))) {
            for (int count = 0; count >= 0; count = in.read(chunk)) {
                total += count;
                pause();
            }
        }
        return whole(total);
    }

    /** What any read-ahead costs that keeps what it has fetched until it is read. */
    private double readByAnother() throws Exception {
        byte[] piece = new byte[CHUNK];
        long[] total = {0};
        try (FSDataInputStream in = client.open(new Path(HdfsCluster.FOLDER, "read"));
                HandedOver other = new HandedOver(IN_BETWEEN, full -> {
                    while (full.hasRemaining()) {
                        full.get(piece);
                        total[0] += piece.length;
                    }
                })) {
            other.fill(buffer -> {
                pause();
                return in.read(buffer.slice(buffer.position(), Math.min(CHUNK, buffer.remaining())));
            });
        }
        return whole(total[0]);
    }

    private double readByConveyor() throws IOException {
        ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);
        long total = 0;
        try (Conveyor conveyor = factory.open("read", StandardOpenOption.READ)) {
            for (int count = 0; count >= 0; count = conveyor.read(chunk.clear())) {
                total += count;
            }
        }
        return whole(total);
    }

    private double whole(long total) {
        if (total != bytes) {
            throw new IllegalStateException(total + " of " + bytes + " bytes were read");
        }
        return Task.ELAPSED;
    }
}
