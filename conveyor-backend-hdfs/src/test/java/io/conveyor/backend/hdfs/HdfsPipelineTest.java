package io.conveyor.backend.hdfs;

import static io.conveyor.backend.hdfs.Handles.open;
import static io.conveyor.backend.hdfs.Handles.write;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.spi.StorageHandle;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Blocks with one replica each, which lie on any of the datanodes. */
class HdfsPipelineTest {

    private static final int PIECE_BYTES = HdfsCluster.BLOCK_BYTES / 8;

    /** Enough for some to lie elsewhere than the one before, as good as surely. */
    private static final int BLOCKS = 16;

    private final HdfsOptions options =
            HdfsCluster.shared().options().replication(1).build();
    private SteppedClient client;
    private HdfsBackend backend;

    @BeforeEach
    void connect() throws IOException {
        client = SteppedClient.connect(options);
        backend = HdfsBackend.over(client, options);
    }

    @AfterEach
    void closeThem() throws IOException {
        backend.close();
        client.close();
    }

    @Test
    void thatTheNextBlockLiesElsewhereIsNoChangeOfDatanodes() throws IOException {
        open(backend, "object", WRITE, CREATE).close();
        try (StorageHandle handle = open(backend, "object", WRITE)) {
            write(handle, new byte[PIECE_BYTES / 2], 0);
            for (long end = PIECE_BYTES / 2; end < (long) BLOCKS * HdfsCluster.BLOCK_BYTES; end += PIECE_BYTES) {
                long next = end;
                client.afterNextFlush(() -> write(handle, new byte[PIECE_BYTES], next));
                handle.flush();
            }
            handle.flush();
        }
        assertThat(backend.stats().pipelineRecoveries()).isZero();
    }
}
