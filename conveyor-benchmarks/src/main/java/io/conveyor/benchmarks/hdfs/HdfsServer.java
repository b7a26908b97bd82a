package io.conveyor.benchmarks.hdfs;

import io.conveyor.benchmarks.process.ChildProcess;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.HdfsConfiguration;
import org.apache.hadoop.hdfs.MiniDFSCluster;

/** A namenode and a datanode over a folder, in a process of their own. */
final class HdfsServer {

    private HdfsServer() {}

    /**
     * Runs until the process that started it is gone.
     *
     * @param arguments the folder
     */
    public static void main(String[] arguments) throws Exception {
        Configuration configuration = new HdfsConfiguration();
        configuration.set(MiniDFSCluster.HDFS_MINIDFS_BASEDIR, arguments[0]);
        configuration.setInt("dfs.replication", 1);
        MiniDFSCluster cluster =
                new MiniDFSCluster.Builder(configuration).numDataNodes(1).build();
        cluster.waitActive();
        ChildProcess.ready(cluster.getURI().toString());
        cluster.shutdown();
        Runtime.getRuntime().halt(0);
    }
}
