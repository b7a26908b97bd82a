package io.conveyor.backend.hdfs;

import static io.conveyor.backend.hdfs.Handles.load;
import static io.conveyor.backend.hdfs.Handles.open;
import static io.conveyor.backend.hdfs.Handles.text;
import static io.conveyor.backend.hdfs.Handles.write;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.spi.StorageHandle;
import io.conveyor.testkit.Bytes;
import java.net.URI;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.crypto.key.KeyProvider;
import org.apache.hadoop.crypto.key.KeyProviderFactory;
import org.apache.hadoop.hdfs.DistributedFileSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A directory whose files are encrypted with keys that not everybody gets. */
class HdfsEncryptionZoneTest {

    private static final String KEY = "key";

    @TempDir
    private Path directory;

    private HdfsCluster startACluster() throws Exception {
        URI keys = URI.create("recording://file" + directory.resolve("keys.jceks"));
        makeTheKey(keys);
        return HdfsCluster.start(
                "zone", configuration -> configuration.set(KeyProviderFactory.KEY_PROVIDER_PATH, keys.toString()));
    }

    @Test
    void theKeysAreAskedForAsTheUserOfTheBackendWhoeverCalls() throws Exception {
        try (HdfsCluster cluster = startACluster()) {
            HdfsOptions options = optionsOfAlice(cluster);
            RecordingKeys.users().clear();
            try (HdfsBackend backend = HdfsBackend.create(options)) {
                try (StorageHandle handle = open(backend, "object", READ, WRITE, CREATE)) {
                    write(handle, "0123456789", 0);
                    handle.flush();
                    assertThat(backend.attributes("object").size()).isEqualTo(10);
                    assertThat(load(handle)).isEqualTo(Bytes.of("0123456789"));
                    write(handle, "XY", 3);
                    handle.flush();
                }
                try (StorageHandle handle = open(backend, "object", WRITE)) {
                    write(handle, " more", 10);
                    handle.flush();
                }
                assertThat(text(backend, "object")).isEqualTo("012XY56789 more");
            }
            assertThat(RecordingKeys.users()).containsExactly("alice");
        }
    }

    @Test
    void aDatanodeThatDiesUnderAnEncryptedFileIsCounted() throws Exception {
        try (HdfsCluster cluster = startACluster();
                HdfsBackend backend = HdfsBackend.create(optionsOfAlice(cluster));
                StorageHandle handle = open(backend, "object", WRITE, CREATE)) {
            write(handle, "0123456789", 0);
            handle.flush();
            cluster.hdfs().stopDataNode(0);
            write(handle, " more", 10);
            handle.flush();
            assertThat(backend.stats().pipelineRecoveries()).isEqualTo(1);
        }
    }

    /** Before the cluster starts, since the namenode reads the store then. */
    private static void makeTheKey(URI keys) throws Exception {
        Configuration configuration = new Configuration();
        KeyProvider provider = KeyProviderFactory.get(keys, configuration);
        provider.createKey(KEY, KeyProvider.options(configuration));
        provider.flush();
    }

    private static HdfsOptions optionsOfAlice(HdfsCluster cluster) throws Exception {
        HdfsOptions options = cluster.options().user("alice").build();
        makeAZone(cluster.hdfs().getFileSystem(), new org.apache.hadoop.fs.Path(options.baseDirectory()));
        return options;
    }

    private static void makeAZone(DistributedFileSystem admin, org.apache.hadoop.fs.Path zone) throws Exception {
        admin.mkdirs(zone);
        admin.setOwner(zone, "alice", null);
        admin.createEncryptionZone(zone, KEY);
    }
}
