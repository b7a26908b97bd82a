package io.conveyor.backend.hdfs;

import static io.conveyor.backend.hdfs.Handles.open;
import static io.conveyor.backend.hdfs.Handles.text;
import static io.conveyor.backend.hdfs.Handles.write;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.ConveyorOpenOption;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.spi.StorageHandle;
import io.conveyor.testkit.Bytes;
import java.io.IOException;
import java.io.OutputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hdfs.DistributedFileSystem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Directories whose files HDFS would spread over datanodes in stripes, of which none can be flushed. */
class HdfsErasureCodingTest {

    /** For three datanodes. */
    private static final String POLICY = "XOR-2-1-1024k";

    private final HdfsCluster cluster = HdfsCluster.shared();
    private final HdfsOptions options = cluster.options().build();
    private DistributedFileSystem admin;
    private HdfsBackend backend;

    @BeforeEach
    void makeADirectoryWithAPolicy() throws IOException {
        admin = cluster.hdfs().getFileSystem();
        Path directory = new Path(options.baseDirectory());
        admin.mkdirs(directory);
        admin.enableErasureCodingPolicy(POLICY);
        admin.setErasureCodingPolicy(directory, POLICY);
        backend = HdfsBackend.create(options);
    }

    @AfterEach
    void closeTheBackend() throws IOException {
        backend.close();
    }

    private Path path(String key) {
        return new Path(options.baseDirectory() + "/" + key);
    }

    private void storeStriped(String key) throws IOException {
        try (OutputStream out = admin.create(path(key))) {
            out.write(Bytes.of("striped"));
        }
        assertThat(admin.getFileStatus(path(key)).isErasureCoded()).isTrue();
    }

    @Test
    void aNewFileIsReplicatedSoThatWhatIsFlushedIsThere() throws IOException {
        try (StorageHandle handle = open(backend, "object", READ, WRITE, CREATE)) {
            write(handle, "flushed", 0);
            handle.flush();
            assertThat(text(backend, "object")).isEqualTo("flushed");
            write(handle, "X", 2);
            handle.sync();
            assertThat(text(backend, "object")).isEqualTo("flXshed");
        }
        assertThat(admin.getFileStatus(path("object")).isErasureCoded()).isFalse();
    }

    @Test
    void aStripedFileIsReadAndReplacedAsAWhole() throws IOException {
        storeStriped("object");
        assertThat(text(backend, "object")).isEqualTo("striped");
        try (StorageHandle draft = open(backend, "object", WRITE, ConveyorOpenOption.ATOMIC_REPLACE)) {
            write(draft, "replicated", 0);
            draft.commit();
        }
        assertThat(text(backend, "object")).isEqualTo("replicated");
        assertThat(admin.getFileStatus(path("object")).isErasureCoded()).isFalse();
        open(backend, "new", WRITE, CREATE).close();
        assertThat(admin.getFileStatus(path("object")).getReplication())
                .isEqualTo(admin.getFileStatus(path("new")).getReplication());
    }

    @Test
    void aStripedFileIsNotOpenedForWriting() throws IOException {
        storeStriped("object");
        assertThatThrownBy(() -> open(backend, "object", WRITE))
                .hasMessageContaining("ATOMIC_REPLACE")
                .isInstanceOfSatisfying(StorageException.class, e -> {
                    assertThat(e.kind()).isEqualTo(Kind.UNSUPPORTED);
                    assertThat(e.retry()).isEqualTo(Retry.NEVER);
                });
        assertThat(text(backend, "object")).isEqualTo("striped");
    }

    @Test
    void aStreamThatCannotBeFlushedIsRefused() throws IOException {
        open(backend, "object", WRITE, CREATE).close();
        try (SteppedClient client = SteppedClient.connect(options)) {
            client.deny();
            assertThatThrownBy(() -> open(HdfsBackend.over(client, options), "object", WRITE))
                    .isInstanceOfSatisfying(
                            StorageException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNSUPPORTED));
        }
        open(backend, "object", WRITE).close();
    }
}
