package io.conveyor.spring.actuate;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.spi.StorageBackend;
import io.conveyor.testkit.FaultInjectingBackend;
import io.conveyor.testkit.FaultPlan;
import io.conveyor.testkit.FaultRule;
import io.conveyor.testkit.MemoryBackend;
import io.conveyor.testkit.StorageOperation;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.support.GenericApplicationContext;

/** What a platform that asks over HTTP is told. */
@Timeout(120)
class HealthEndpointTest {

    @TempDir
    Path directory;

    private final FaultPlan plan = FaultPlan.create();
    private ConfigurableApplicationContext application;

    @BeforeEach
    void start() {
        SpringApplication starting = new SpringApplication(Application.class);
        starting.addInitializers(context -> ((GenericApplicationContext) context)
                .registerBean(
                        "memoryBackend",
                        StorageBackend.class,
                        () -> FaultInjectingBackend.over(MemoryBackend.create(), plan)));
        application = starting.run(
                "--server.port=0",
                "--conveyor.stores.archive.posix.root=" + directory,
                "--management.endpoint.health.probes.enabled=true",
                "--management.endpoint.health.show-details=always");
    }

    @AfterEach
    void stop() {
        application.close();
    }

    private HttpResponse<String> health(String path) throws Exception {
        String port = application.getEnvironment().getProperty("local.server.port");
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/actuator/health" + path))
                                .build(),
                        BodyHandlers.ofString());
    }

    @Test
    void eachStoreIsAPartOfTheHealthWithItsDetails() throws Exception {
        assertThat(health("").statusCode()).isEqualTo(200);
        assertThat(health("/conveyor").body()).contains("\"default\":{", "\"archive\":{");
        assertThat(health("/conveyor/default").body())
                .contains("\"status\":\"UP\"", "\"backend\":\"memory\"", "\"open\":0");
        assertThat(health("/conveyor/archive").body()).contains("\"status\":\"UP\"", "\"backend\":\"posix\"");
        assertThat(health("/conveyor/nowhere").statusCode()).isEqualTo(404);
    }

    /** A platform restarts what is not alive, and sends nothing to what is not ready: neither brings a store back. */
    @Test
    void aStoreThatIsDownIsDownAndTheApplicationAliveAndReady() throws Exception {
        FaultRule away = plan.on(StorageOperation.PING).always().failWith(Kind.UNAVAILABLE, Retry.SAFE);

        assertThat(health("").statusCode()).isEqualTo(503);
        assertThat(health("/conveyor").statusCode()).isEqualTo(503);
        assertThat(health("/conveyor/default").body()).contains("\"status\":\"DOWN\"");
        assertThat(health("/conveyor/archive").body()).contains("\"status\":\"UP\"");
        for (String probe : new String[] {"/liveness", "/readiness"}) {
            assertThat(health(probe).statusCode()).as(probe).isEqualTo(200);
            assertThat(health(probe).body()).as(probe).doesNotContain("conveyor");
        }

        away.cancel();
        assertThat(health("").statusCode()).isEqualTo(200);
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {}
}
