package io.conveyor.benchmarks.hdfs;

import io.conveyor.backend.hdfs.HdfsBackend;
import io.conveyor.backend.hdfs.HdfsOptions;
import io.conveyor.benchmarks.process.ChildProcess;
import io.conveyor.benchmarks.store.Scratch;
import io.conveyor.spi.StorageBackend;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;

/** A cluster of one datanode in a process of its own, in {@code -Dconveyor.benchmarks.directory=}, else a temporary folder. */
final class HdfsCluster implements AutoCloseable {

    /** Where the files are. */
    static final String FOLDER = "/bench";

    /** How long a client's close waits before it asks again whether the namenode has heard of the last block: 400 ms, unless set, would hide all else. */
    private static final String ASK_AGAIN = "dfs.client.block.write.locateFollowingBlock.initial.delay.ms";

    private static final int ASK_AGAIN_MILLIS = 10;

    private final Scratch scratch;
    private final ChildProcess process;

    private HdfsCluster(Scratch scratch, ChildProcess process) {
        this.scratch = scratch;
        this.process = process;
    }

    static HdfsCluster start() throws IOException {
        Scratch scratch = Scratch.create();
        return new HdfsCluster(
                scratch,
                ChildProcess.start(
                        HdfsServer.class, List.of("-Xmx512m"), scratch.path().toString()));
    }

    private URI uri() {
        return URI.create(process.answer());
    }

    /** The bare client; whoever asks closes it. */
    FileSystem client() throws IOException {
        Configuration configuration = new Configuration();
        configuration.setInt("dfs.replication", 1);
        configuration.setInt(ASK_AGAIN, ASK_AGAIN_MILLIS);
        return FileSystem.newInstance(uri(), configuration);
    }

    /** The store of a conveyor, with a client of its own. */
    StorageBackend backend() {
        return HdfsBackend.create(HdfsOptions.builder(uri())
                .baseDirectory(FOLDER)
                .replication(1)
                .property(ASK_AGAIN, Integer.toString(ASK_AGAIN_MILLIS))
                .build());
    }

    @Override
    public void close() throws IOException {
        process.close();
        scratch.close();
    }
}
