package io.conveyor.samples.hdfscluster;

import java.io.IOException;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.HdfsConfiguration;
import org.apache.hadoop.hdfs.MiniDFSCluster;

/**
 * Runs a namenode and three datanodes in this process until it is told to end, and prints its port. Whoever runs it is the superuser of the file
 * system; what was stored is gone with the next start.
 *
 * <pre>
 * java -jar hdfs-cluster.jar [directory, ./hdfs if none is given [port, a free one if none is given]]
 * </pre>
 */
public final class HdfsCluster {

    private static final int DATANODES = 3;
    private static final int ANY_FREE = 0;

    private HdfsCluster() {}

    /** Starts the cluster; its threads keep the process alive. */
    public static void main(String[] args) throws IOException {
        Path directory = Path.of(args.length == 0 ? "hdfs" : args[0]).toAbsolutePath();
        int port = args.length < 2 ? ANY_FREE : Integer.parseInt(args[1]);
        MiniDFSCluster cluster = new MiniDFSCluster.Builder(configuration(directory))
                .nameNodePort(port)
                .numDataNodes(DATANODES)
                .build();
        cluster.waitActive();
        System.out.println("HDFS started on port " + cluster.getNameNodePort());
    }

    private static Configuration configuration(Path directory) {
        Configuration configuration = new HdfsConfiguration();
        configuration.set(MiniDFSCluster.HDFS_MINIDFS_BASEDIR, directory.toString());
        configuration.setInt("dfs.replication", DATANODES);
        // Block recovery, which a truncation waits for, begins with a heartbeat: 3 s by default.
        configuration.set("dfs.heartbeat.interval", "100ms");
        return configuration;
    }
}
