package io.conveyor.samples.fileservice;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.hdfs.HdfsConfiguration;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.slf4j.LoggerFactory;

/** What the application may store in, each with a server of its own. */
enum Store {
    POSIX {
        @Override
        Running start(Path directory) {
            return new Running(List.of("--conveyor.backend=posix", "--conveyor.posix.root=" + directory), () -> {});
        }
    },

    S3 {
        @Override
        Running start(Path directory) throws IOException {
            Files.createDirectory(directory.resolve("bucket"));
            ServerProcess server = ServerProcess.start(directory, 0);
            return new Running(
                    List.of(
                            "--conveyor.backend=s3",
                            "--conveyor.s3.bucket=bucket",
                            "--conveyor.s3.region=us-east-1",
                            "--conveyor.s3.endpoint=http://127.0.0.1:" + server.port(),
                            "--conveyor.s3.access-key-id=smoke",
                            "--conveyor.s3.secret-access-key=of-the-smoke-test"),
                    server::kill);
        }
    },

    HDFS {
        @Override
        Running start(Path directory) throws IOException {
            ((Logger) LoggerFactory.getLogger("org.apache.hadoop")).setLevel(Level.OFF);
            HdfsConfiguration configuration = new HdfsConfiguration();
            configuration.set(MiniDFSCluster.HDFS_MINIDFS_BASEDIR, directory.toString());
            configuration.set("dfs.heartbeat.interval", "100ms");
            MiniDFSCluster cluster =
                    new MiniDFSCluster.Builder(configuration).numDataNodes(1).build();
            cluster.waitActive();
            return new Running(
                    List.of(
                            "--conveyor.backend=hdfs",
                            "--conveyor.hdfs.uri=hdfs://localhost:" + cluster.getNameNodePort(),
                            "--conveyor.hdfs.replication=1",
                            "--logging.level.org.apache.hadoop=off"),
                    () -> cluster.shutdown(true));
        }
    };

    /** Starts what serves this store, with its files below {@code directory}. */
    abstract Running start(Path directory) throws IOException;

    /**
     * A store that can be used.
     *
     * @param properties how the application finds it, as arguments
     * @param server ends it
     */
    record Running(List<String> properties, Server server) implements AutoCloseable {

        @Override
        public void close() throws Exception {
            server.stop();
        }
    }

    /** A server that can be stopped. */
    @FunctionalInterface
    interface Server {

        void stop() throws Exception;
    }
}
