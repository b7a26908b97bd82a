package io.conveyor.samples.cloudaws;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.ConveyorFactory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import software.amazon.awssdk.services.s3.S3Client;

/** Where the store is, and as whom to ask it, is said below {@code spring.cloud.aws} alone. */
@Timeout(120)
class PublisherTest {

    private static final String CREDENTIALS = "Credential=of-spring-cloud/";

    @SuppressWarnings("NullAway.Init")
    private RecordingServer server;

    @BeforeEach
    void start() throws IOException {
        server = new RecordingServer();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private ConfigurableApplicationContext run(String... more) {
        SpringApplication application = new SpringApplication(ReportApplication.class);
        application.setDefaultProperties(Map.of(
                "spring.cloud.aws.s3.endpoint", server.url(),
                "spring.cloud.aws.s3.path-style-access-enabled", "true",
                "spring.cloud.aws.region.static", "eu-central-1",
                "spring.cloud.aws.credentials.access-key", "of-spring-cloud",
                "spring.cloud.aws.credentials.secret-key", "hush-hush"));
        return application.run(more);
    }

    @Test
    void conveyorWritesByTheClientOfSpringCloudAws() throws IOException {
        try (var context = run()) {
            assertThat(context.getBeansOfType(S3Client.class)).hasSize(1);

            var url = context.getBean(Publisher.class)
                    .publish("2026/november.csv", out -> out.write(ByteBuffer.wrap(new byte[] {1, 2, 3})));

            assertThat(url).asString().startsWith(server.url() + "/reports/2026/november.csv?");
            assertThat(server.requests())
                    .anyMatch(request -> request.startsWith("PUT /reports/2026/november.csv "))
                    .allMatch(request -> request.contains(CREDENTIALS) && request.contains("/eu-central-1/s3/"));
        }
    }

    @Test
    void theClientStaysOpenWhenTheStoreIsClosed() throws IOException {
        try (var context = run()) {
            context.getBean(ConveyorFactory.class).close();

            // One that is closed throws IllegalStateException.
            assertThat(context.getBean(S3Client.class)
                            .headBucket(request -> request.bucket("reports"))
                            .sdkHttpResponse()
                            .isSuccessful())
                    .isTrue();
        }
    }

    @Test
    void aClientOfItsOwnHasTheCredentialsAndTheRegionOfSpringCloudAws() throws IOException {
        try (var context = run("--conveyor.s3.endpoint=" + server.url())) {
            assertThat(context.getBean(ConveyorFactory.class).exists("nothing")).isFalse();

            assertThat(server.requests())
                    .isNotEmpty()
                    .allMatch(request -> request.contains(CREDENTIALS) && request.contains("/eu-central-1/s3/"));
        }
    }
}
