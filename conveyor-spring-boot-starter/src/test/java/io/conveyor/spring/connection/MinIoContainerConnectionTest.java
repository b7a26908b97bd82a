package io.conveyor.spring.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.ConveyorFactory;
import io.conveyor.spring.ConveyorS3ConnectionDetails;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.testcontainers.service.connection.ServiceConnection;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.test.annotation.DirtiesContext;
import org.testcontainers.containers.MinIOContainer;
import org.testcontainers.utility.DockerImageName;

/** MinIO as a bean, as the configuration of a test or of development has it. */
@EnabledIf(
        value = "io.conveyor.spring.connection.ContainerImages#minIo",
        disabledReason = "there is no container engine, or no image of MinIO")
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.NONE,
        properties = {"conveyor.backend=s3", "conveyor.s3.bucket=" + Buckets.NAME})
@DirtiesContext
@Timeout(300)
class MinIoContainerConnectionTest {

    @Autowired
    private ConveyorFactory files;

    @Autowired
    private ConveyorS3ConnectionDetails details;

    @Test
    void storesInTheContainerWithItsUserAndPassword() throws IOException {
        Buckets.create(details);

        assertThat(Report.writeAndRead(files)).isEqualTo(Report.CONTENT);
        assertThat(Buckets.content(details, Report.KEY)).isEqualTo(Report.CONTENT);
        assertThat(details.getAccessKeyId()).isEqualTo("conveyor");
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {

        @Bean
        @ServiceConnection
        MinIOContainer store() {
            return new MinIOContainer(
                            DockerImageName.parse(ContainerImages.MINIO).asCompatibleSubstituteFor("minio/minio"))
                    .withUserName("conveyor")
                    .withPassword("of-the-tests");
        }
    }
}
