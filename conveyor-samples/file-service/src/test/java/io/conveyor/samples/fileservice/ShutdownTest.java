package io.conveyor.samples.fileservice;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.event.ContextClosedEvent;

/** What was answered is in the file, though the service was told to stop in between. */
@Timeout(120)
class ShutdownTest {

    @TempDir
    Path root;

    private final CountDownLatch closing = new CountDownLatch(1);

    @Test
    void anUploadUnderWayIsFinishedAndStored() throws Exception {
        assertThat(finishAfterShutdownBegan("PUT")).isEqualTo(201);

        assertThat(root.resolve("key")).hasContent("before after");
    }

    @Test
    void anAppendUnderWayIsFinishedAndStored() throws Exception {
        assertThat(finishAfterShutdownBegan("POST")).isEqualTo(201);

        assertThat(root.resolve("key")).hasContent("before after");
    }

    private int finishAfterShutdownBegan(String method) throws Exception {
        ConfigurableApplicationContext context = start();
        int port = context.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
        try (RawHttp http = new RawHttp(port)) {
            http.lines(method + " /files/key HTTP/1.1", "Host: here", "Content-Length: 12", "Expect: 100-continue", "");
            assertThat(http.status()).as("the body is awaited").isEqualTo(100);
            http.bytes("before ");

            CompletableFuture<Void> closed = CompletableFuture.runAsync(context::close);
            closing.await();
            http.bytes("after");

            int status = http.status();
            closed.get(60, TimeUnit.SECONDS);
            return status;
        }
    }

    private ConfigurableApplicationContext start() throws IOException {
        SpringApplication application = new SpringApplication(FileServiceApplication.class);
        application.addListeners((ApplicationListener<ContextClosedEvent>) event -> closing.countDown());
        return application.run("--server.port=0", "--conveyor.posix.root=" + root);
    }
}
