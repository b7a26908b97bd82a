package io.conveyor.spring.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.conveyor.spring.autoconfigure.ChildJvm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Applications as they are developed: Spring Boot starts the services of a compose file, and stops them at the end of the JVM. */
@Timeout(300)
class ComposeConnectionTest {

    private static final Path FILES = Path.of("src/test/resources/compose").toAbsolutePath();

    @BeforeAll
    static void dockerComposeIsThere() {
        assumeTrue(ContainerImages.compose(), "there is no Docker Compose");
    }

    @Test
    void storesInMinIo() throws Exception {
        assumeTrue(ContainerImages.minIo(), "there is no container engine, or no image of MinIO");

        assertThat(run("minio", "--conveyor.backend=s3", "--conveyor.s3.bucket=" + Buckets.NAME))
                .contains("read: " + new String(Report.CONTENT, StandardCharsets.UTF_8));
    }

    @Test
    void storesInLocalStack() throws Exception {
        assumeTrue(ContainerImages.localStack(), "there is no container engine, or no image of LocalStack");

        assertThat(run("localstack", "--conveyor.backend=s3", "--conveyor.s3.bucket=" + Buckets.NAME))
                .contains("read: " + new String(Report.CONTENT, StandardCharsets.UTF_8));
    }

    @Test
    void storesInHdfsAndTakesTheNameNodeAmongServicesOfOneImage() throws Exception {
        assumeTrue(ContainerImages.hadoop(), "this is not Linux, there is no container engine, or no image of Hadoop");

        assertThat(run("hadoop", "--conveyor.backend=hdfs", "--conveyor.hdfs.base-directory=/reports"))
                .contains("read: " + new String(Report.CONTENT, StandardCharsets.UTF_8));
    }

    private static String run(String services, String... properties) throws IOException, InterruptedException {
        return ChildJvm.run(
                ChildJvm.classPathWithDockerCompose(),
                List.of(),
                ComposeApplication.class,
                Stream.concat(
                                Stream.of(
                                        "--spring.main.web-application-type=none",
                                        "--spring.docker.compose.file=" + FILES.resolve(services + ".yaml"),
                                        "--spring.docker.compose.stop.command=down"),
                                Stream.of(properties))
                        .toArray(String[]::new));
    }
}
