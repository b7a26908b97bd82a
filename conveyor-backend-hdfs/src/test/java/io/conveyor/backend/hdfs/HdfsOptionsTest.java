package io.conveyor.backend.hdfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.spi.StorageBackend;
import io.conveyor.spi.StorageBackendProvider;
import io.conveyor.spi.StorageSettings;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HdfsOptionsTest {

    private static final URI SOMEWHERE = URI.create("hdfs://nameservice");

    @TempDir
    private Path directory;

    @Test
    void theProviderIsFoundByItsName() throws IOException {
        StorageBackendProvider provider = ServiceLoader.load(StorageBackendProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(found -> found.name().equals("hdfs"))
                .findFirst()
                .orElseThrow();
        try (StorageBackend backend = provider.create(StorageSettings.of(Map.of("uri", "hdfs://nowhere:1")))) {
            assertThat(backend.name()).isEqualTo("hdfs");
        }
    }

    @Test
    void everySettingReachesItsOption() throws IOException {
        Map<String, String> settings = new TreeMap<>();
        settings.put("uri", "hdfs://nameservice");
        settings.put("base-directory", "/data/app");
        settings.put("user", "etl");
        settings.put("principal", "etl@EXAMPLE.ORG");
        settings.put("keytab", "/etc/etl.keytab");
        settings.put("replication", "2");
        settings.put("block-size", "256MB");
        settings.put("buffer-size", "128KB");
        settings.put("staging-size", "16MB");
        settings.put("max-hole-size", "2GB");
        settings.put("hedged-read-threads", "8");
        settings.put("hedged-read-threshold", "50ms");
        settings.put("lease-timeout", "30s");
        settings.put("lease-wait", "5s");
        settings.put("take-over-lease", "true");
        settings.put("truncate-timeout", "20s");
        settings.put("replace-datanode-best-effort", "false");
        settings.put("configuration-resources", "a.xml, b.xml");
        settings.put("properties", "dfs.client.use.datanode.hostname=true\ndfs.nameservices=one,two");

        StorageSettings given = StorageSettings.of(settings);
        HdfsOptions options = HdfsBackendProvider.options(given);
        given.rejectUnknown();

        assertThat(options.uri()).isEqualTo(SOMEWHERE);
        assertThat(options.baseDirectory()).isEqualTo("/data/app");
        assertThat(options.user()).contains("etl");
        assertThat(options.principal()).contains("etl@EXAMPLE.ORG");
        assertThat(options.keytab()).contains("/etc/etl.keytab");
        assertThat(options.replication()).isEqualTo(2);
        assertThat(options.blockSize()).isEqualTo(256L << 20);
        assertThat(options.bufferSize()).isEqualTo(128 << 10);
        assertThat(options.stagingBytes()).isEqualTo(16 << 20);
        assertThat(options.maxHoleBytes()).isEqualTo(2L << 30);
        assertThat(options.hedgedReadThreads()).isEqualTo(8);
        assertThat(options.hedgedReadThreshold()).isEqualTo(Duration.ofMillis(50));
        assertThat(options.leaseTimeout()).isEqualTo(Duration.ofSeconds(30));
        assertThat(options.leaseWait()).isEqualTo(Duration.ofSeconds(5));
        assertThat(options.takeOverLease()).isTrue();
        assertThat(options.truncateTimeout()).isEqualTo(Duration.ofSeconds(20));
        assertThat(options.replaceDatanodeBestEffort()).isFalse();
        assertThat(options.configurationResources()).containsExactly("a.xml", "b.xml");
        assertThat(options.properties())
                .containsOnly(
                        Map.entry("dfs.client.use.datanode.hostname", "true"),
                        Map.entry("dfs.nameservices", "one,two"));
    }

    @Test
    void settingsThatMakeNoSenseAreRefusedByName() {
        assertRefused(Map.of(), "uri");
        assertRefused(Map.of("uri", "file:///tmp"), "file:///tmp");
        assertRefused(Map.of("uri", "hdfs:///no-authority"), "hdfs:///no-authority");
        assertRefused(Map.of("uri", "hdfs://n/data/app"), "make '/data/app' the base directory");
        assertRefused(Map.of("uri", "hdfs://n", "base-directory", "relative"), "relative");
        assertRefused(Map.of("uri", "hdfs://n", "base-directory", "/data/./app"), "/data/./app");
        assertRefused(Map.of("uri", "hdfs://n", "base-directory", "/data/.."), "/data/..");
        assertRefused(Map.of("uri", "hdfs://n", "block-size", "1000"), "blockSize 1000");
        assertRefused(Map.of("uri", "hdfs://n", "principal", "p"), "keytab");
        assertRefused(Map.of("uri", "hdfs://n", "staging-size", "1KB"), "stagingBytes 1024");
        assertRefused(Map.of("uri", "hdfs://n", "replicaton", "3"), "replicaton");
    }

    private static void assertRefused(Map<String, String> settings, String named) {
        assertThatThrownBy(() -> new HdfsBackendProvider().create(StorageSettings.of(settings)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(named);
    }

    @Test
    void laterSourcesOfHadoopSettingsWin() throws IOException {
        Path site = Files.writeString(directory.resolve("hdfs-site.xml"), """
                <configuration>
                  <property><name>dfs.nameservices</name><value>from-file</value></property>
                  <property><name>dfs.replication</name><value>5</value></property>
                  <property><name>dfs.blocksize</name><value>1048576</value></property>
                  <property><name>dfs.client.block.write.replace-datanode-on-failure.best-effort</name><value>false</value></property>
                </configuration>
                """);
        Configuration configuration = HdfsConfiguration.of(HdfsOptions.builder(SOMEWHERE)
                .configurationResource(site.toString())
                .replication(2)
                .hedgedReads(3, Duration.ofMillis(70))
                .property("dfs.blocksize", "2097152")
                .property("dfs.client.socket-timeout", "1000")
                .customizer(hadoop -> hadoop.set("dfs.client.socket-timeout", "2000"))
                .build());

        assertThat(configuration.get("dfs.nameservices")).isEqualTo("from-file");
        assertThat(configuration.getInt("dfs.replication", 0)).isEqualTo(2);
        assertThat(configuration.get("dfs.blocksize")).isEqualTo("2097152");
        assertThat(configuration.get("dfs.client.socket-timeout")).isEqualTo("2000");
        assertThat(configuration.getInt("dfs.client.hedged.read.threadpool.size", 0))
                .isEqualTo(3);
        assertThat(configuration.getBoolean("dfs.client.block.write.replace-datanode-on-failure.best-effort", true))
                .as("a site file that speaks wins over our default")
                .isFalse();
        assertThat(configuration.getBoolean("fs.automatic.close", true)).isFalse();
    }

    @Test
    void aPipelineGoesOnWithFewerDatanodesUnlessASiteFileSaysOtherwise() {
        Configuration configuration =
                HdfsConfiguration.of(HdfsOptions.builder(SOMEWHERE).build());
        assertThat(configuration.getBoolean("dfs.client.block.write.replace-datanode-on-failure.best-effort", false))
                .isTrue();
    }

    @Test
    void aConfigurationResourceThatIsNotThereIsNamed() {
        HdfsOptions options = HdfsOptions.builder(SOMEWHERE)
                .configurationResource("/no/such/site.xml")
                .build();
        assertThatThrownBy(() -> HdfsConfiguration.of(options))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("/no/such/site.xml");
    }

    @Test
    void valuesOfPropertiesAreNotPrinted() {
        HdfsOptions options = HdfsOptions.builder(SOMEWHERE)
                .property("ssl.client.keystore.password", "s3cret")
                .build();
        assertThat(options.toString()).contains("ssl.client.keystore.password").doesNotContain("s3cret");
    }

    @Test
    void namesThatHdfsDoesNotAllowAreRefusedBeforeAnyIo() throws IOException {
        try (HdfsBackend backend = HdfsBackend.create(
                HdfsOptions.builder(URI.create("hdfs://localhost:1")).build())) {
            for (String key :
                    new String[] {"a:b", ".snapshot/x", "a/.reserved", "x/.conveyor-copy-" + "0".repeat(32) + ".tmp"}) {
                assertThatThrownBy(() -> backend.attributes(key)).as(key).isInstanceOf(InvalidPathException.class);
            }
        }
    }
}
