package io.conveyor.backend.hdfs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.HdfsConfiguration;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.jspecify.annotations.Nullable;

/** A namenode and three datanodes in this process, with short intervals, so that nothing waits for a heartbeat. */
final class HdfsCluster implements AutoCloseable {

    static final int DATANODES = 3;
    static final int BLOCK_BYTES = 1 << 20;

    private static final Object LOCK = new Object();
    private static @Nullable HdfsCluster shared;

    /** Where nodes are killed they are to be missed soon. Elsewhere a machine with much to do must not make living ones seem dead. */
    private static final int SOON_MISSED_MILLIS = 1_000;

    private static final int LATE_MISSED_MILLIS = 60_000;

    private final MiniDFSCluster cluster;

    private HdfsCluster(String name, int missedMillis, Consumer<Configuration> customizer) throws IOException {
        Path directory = Files.createDirectories(Path.of("target", "hdfs")).toAbsolutePath();
        Path base = Files.createTempDirectory(directory, name);
        Configuration configuration = new HdfsConfiguration();
        configuration.set(MiniDFSCluster.HDFS_MINIDFS_BASEDIR, base.toString());
        configuration.setInt("dfs.replication", DATANODES);
        configuration.setLong("dfs.blocksize", BLOCK_BYTES);
        configuration.setLong("dfs.namenode.fs-limits.min-block-size", 4096);
        configuration.set("dfs.heartbeat.interval", "25ms");
        configuration.setInt("dfs.namenode.heartbeat.recheck-interval", missedMillis);
        configuration.setInt("dfs.namenode.redundancy.interval.seconds", 1);
        configuration.setInt("dfs.namenode.reconstruction.pending.timeout-sec", 2);
        configuration.setBoolean("dfs.namenode.edits.noeditlogchannelflush", true);
        customizer.accept(configuration);
        cluster = new MiniDFSCluster.Builder(configuration)
                .numDataNodes(DATANODES)
                .build();
        cluster.waitActive();
    }

    /** The cluster that the tests of this process share; whoever breaks something in it takes one of his own. */
    static HdfsCluster shared() {
        synchronized (LOCK) {
            HdfsCluster cluster = shared;
            if (cluster == null) {
                cluster = start("shared", LATE_MISSED_MILLIS, configuration -> {});
                shared = cluster;
                Runtime.getRuntime().addShutdownHook(new Thread(cluster::close));
            }
            return cluster;
        }
    }

    /** A cluster of one's own. */
    static HdfsCluster start(String name) {
        return start(name, SOON_MISSED_MILLIS, configuration -> {});
    }

    /** A cluster of one's own with other settings, of which no node will be missing. */
    static HdfsCluster start(String name, Consumer<Configuration> customizer) {
        return start(name, LATE_MISSED_MILLIS, customizer);
    }

    private static HdfsCluster start(String name, int missedMillis, Consumer<Configuration> customizer) {
        try {
            return new HdfsCluster(name, missedMillis, customizer);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    MiniDFSCluster hdfs() {
        return cluster;
    }

    URI uri() {
        try {
            return cluster.getFileSystem().getUri();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Options for a directory of their own, with a client that does not wait long for what is dead. */
    HdfsOptions.Builder options() {
        return options(uri(), "/" + UUID.randomUUID());
    }

    /** The same for a process that only knows the address. */
    static HdfsOptions.Builder options(URI uri, String directory) {
        return HdfsOptions.builder(uri)
                .baseDirectory(directory)
                .replication(DATANODES)
                .blockSize(BLOCK_BYTES)
                .property("dfs.client.retry.window.base", "100")
                .property("dfs.client.block.write.locateFollowingBlock.initial.delay.ms", "50")
                .property("ipc.client.connect.max.retries", "2")
                .property("ipc.client.connect.retry.interval", "100");
    }

    @Override
    public void close() {
        cluster.shutdown(true);
    }
}
