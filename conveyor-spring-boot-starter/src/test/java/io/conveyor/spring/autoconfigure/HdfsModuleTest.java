package io.conveyor.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.spi.StorageBackend;
import io.conveyor.spring.ConveyorHadoopConfigurationCustomizer;
import io.conveyor.spring.ConveyorHdfsConnectionDetails;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.Ordered;

/** No name node is there: the client is made at the first use. */
class HdfsModuleTest {

    private static final String RETRIES = "ipc.client.connect.max.retries";

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(ConveyorAutoConfiguration.class))
            .withPropertyValues("conveyor.backend=hdfs");

    @Test
    void propertiesBecomeOptions() {
        runner.withPropertyValues(
                        "conveyor.hdfs.uri=hdfs://127.0.0.1:1",
                        "conveyor.hdfs.base-directory=/files",
                        "conveyor.hdfs.user=alice",
                        "conveyor.hdfs.staging-size=1MB",
                        "conveyor.hdfs.properties.dfs.client.socket-timeout=hush-hush")
                .run(context -> {
                    StorageBackend backend = context.getBean(StorageBackend.class);

                    assertThat(backend.name()).isEqualTo("hdfs");
                    assertThat(backend.capabilities().heldBackBytes()).isEqualTo(1 << 20);
                    assertThat(context.getBean(ConveyorProperties.class)
                                    .getHdfs()
                                    .getProperties())
                            .containsEntry("dfs.client.socket-timeout", "hush-hush");
                });
    }

    @Test
    void itsOwnConfigurationIsNoBean() {
        runner.withPropertyValues("conveyor.hdfs.uri=hdfs://127.0.0.1:1")
                .run(context ->
                        assertThat(context).doesNotHaveBean(Configuration.class).doesNotHaveBean(FileSystem.class));
    }

    @Test
    void customizersHaveTheLastWordOneAfterTheOther() {
        List<String> seen = new ArrayList<>();
        ConveyorHadoopConfigurationCustomizer first = new InOrder(1, (configuration, store) -> {
            seen.add("first: " + store + " " + configuration.get(RETRIES));
            configuration.set(RETRIES, "0");
        });
        ConveyorHadoopConfigurationCustomizer second = new InOrder(
                2, (configuration, store) -> seen.add("second: " + store + " " + configuration.get(RETRIES)));
        runner.withPropertyValues("conveyor.hdfs.uri=hdfs://127.0.0.1:1", "conveyor.hdfs.properties." + RETRIES + "=7")
                .withBean("b", ConveyorHadoopConfigurationCustomizer.class, () -> second)
                .withBean("a", ConveyorHadoopConfigurationCustomizer.class, () -> first)
                .run(context -> {
                    StorageBackend backend = context.getBean(StorageBackend.class);
                    assertThat(seen).isEmpty();
                    assertThatThrownBy(backend::ping).isInstanceOf(IOException.class);
                    assertThat(seen).containsExactly("first: default 7", "second: default 0");
                });
    }

    /** A customizer that says where it comes. */
    private record InOrder(int getOrder, ConveyorHadoopConfigurationCustomizer what)
            implements ConveyorHadoopConfigurationCustomizer, Ordered {

        @Override
        public void customize(Configuration configuration, String store) {
            what.customize(configuration, store);
        }
    }

    @Test
    void connectionDetailsComeBeforeTheProperty() {
        ConveyorHdfsConnectionDetails details = () -> URI.create("hdfs://127.0.0.1:2");

        runner.withBean(ConveyorHdfsConnectionDetails.class, () -> details)
                .run(context -> assertThat(context).hasNotFailed());
    }

    /** As of placeholders whose variables are not set: neither another user nor Kerberos is wanted. */
    @Test
    void blankPropertiesSayNothing() {
        runner.withPropertyValues(
                        "conveyor.hdfs.uri=hdfs://127.0.0.1:1",
                        "conveyor.hdfs.user=",
                        "conveyor.hdfs.principal=",
                        "conveyor.hdfs.keytab= ",
                        "conveyor.hdfs.properties." + RETRIES + "=0")
                .run(context -> assertThatThrownBy(context.getBean(StorageBackend.class)::ping)
                        .isInstanceOf(IOException.class)
                        .hasRootCauseInstanceOf(ConnectException.class));
    }

    @Test
    void anAddressOfAnotherKindIsRefused() {
        runner.withPropertyValues("conveyor.hdfs.uri=file:/tmp")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .hasMessageContaining("is not of the form hdfs://host:port"));
    }

    @Test
    void aSizeOutOfBoundsIsRefusedBeforeTheBackendIsMade() {
        runner.withPropertyValues("conveyor.hdfs.uri=hdfs://127.0.0.1:1", "conveyor.hdfs.block-size=1000B")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .hasMessageContaining("must be a multiple of 512B"));
    }
}
