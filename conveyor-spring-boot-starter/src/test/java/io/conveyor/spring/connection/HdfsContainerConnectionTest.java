package io.conveyor.spring.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.ConveyorFactory;
import io.conveyor.spring.ConveyorHdfsConnectionDetails;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.testcontainers.service.connection.ServiceConnection;
import org.springframework.context.annotation.Configuration;
import org.springframework.test.annotation.DirtiesContext;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.junit.jupiter.Container;
import org.testcontainers.junit.jupiter.Testcontainers;

/** A name node and a datanode in one container. */
@EnabledIf(
        value = "io.conveyor.spring.connection.ContainerImages#hadoop",
        disabledReason = "this is not Linux, there is no container engine, or no image of Hadoop")
@Testcontainers
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.NONE,
        properties = {"conveyor.backend=hdfs", "conveyor.hdfs.base-directory=/reports"})
@DirtiesContext
@Timeout(300)
class HdfsContainerConnectionTest {

    private static final String NAME = "namenode";
    private static final int PORT = 8020;

    @Container
    @ServiceConnection
    private static final GenericContainer<?> STORE = new GenericContainer<>(ContainerImages.HADOOP)
            .withCreateContainerCmdModifier(create -> create.withHostName(NAME))
            .withEnv(Map.of(
                    "ENSURE_NAMENODE_DIR", "/tmp/hadoop-root/dfs/name",
                    "CORE-SITE.XML_fs.defaultFS", "hdfs://" + NAME + ":" + PORT,
                    "HDFS-SITE.XML_dfs.namenode.rpc-bind-host", "0.0.0.0",
                    "HDFS-SITE.XML_dfs.replication", "1",
                    "HDFS-SITE.XML_dfs.permissions.enabled", "false"))
            .withCommand("bash", "-c", "hdfs datanode & exec hdfs namenode")
            .withExposedPorts(PORT)
            .waitingFor(Wait.forLogMessage(".*Successfully sent block report.*", 1));

    @Autowired
    private ConveyorFactory files;

    @Autowired
    private ConveyorHdfsConnectionDetails details;

    @Test
    void storesInTheContainer() throws IOException {
        assertThat(Report.writeAndRead(files)).isEqualTo(Report.CONTENT);
        assertThat(details.getUri()).hasHost(STORE.getHost()).hasPort(STORE.getMappedPort(PORT));
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {}
}
