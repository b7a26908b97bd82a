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
import org.springframework.context.annotation.Configuration;
import org.springframework.test.annotation.DirtiesContext;
import org.testcontainers.junit.jupiter.Container;
import org.testcontainers.junit.jupiter.Testcontainers;
import org.testcontainers.localstack.LocalStackContainer;

/** LocalStack as a field of a test. */
@EnabledIf(
        value = "io.conveyor.spring.connection.ContainerImages#localStack",
        disabledReason = "there is no container engine, or no image of LocalStack")
@Testcontainers
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.NONE,
        properties = {"conveyor.backend=s3", "conveyor.s3.bucket=" + Buckets.NAME})
@DirtiesContext
@Timeout(300)
class LocalStackContainerConnectionTest {

    @Container
    @ServiceConnection
    private static final LocalStackContainer STORE =
            new LocalStackContainer(ContainerImages.LOCALSTACK).withServices("s3");

    @Autowired
    private ConveyorFactory files;

    @Autowired
    private ConveyorS3ConnectionDetails details;

    @Test
    void storesInTheContainer() throws IOException {
        Buckets.create(details);

        assertThat(Report.writeAndRead(files)).isEqualTo(Report.CONTENT);
        assertThat(Buckets.content(details, Report.KEY)).isEqualTo(Report.CONTENT);
        assertThat(details.getEndpoint()).isEqualTo(STORE.getEndpoint());
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {}
}
