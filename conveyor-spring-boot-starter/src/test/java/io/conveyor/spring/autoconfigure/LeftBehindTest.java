package io.conveyor.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.testkit.Bytes;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.health.contributor.HealthContributors;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.registry.HealthContributorRegistry;
import org.springframework.context.ConfigurableApplicationContext;

/** An application that starts another context, as a restart in development does, must not gather threads and stores. */
@Timeout(120)
class LeftBehindTest {

    @TempDir
    Path directory;

    @Test
    void noThreadIsLeftAfterTheContext() throws Exception {
        for (int round = 0; round < 2; round++) {
            Set<Thread> before = Thread.getAllStackTraces().keySet();
            ConfigurableApplicationContext context = start();
            use(context);
            context.close();
            for (Thread thread : Thread.getAllStackTraces().keySet()) {
                if (!before.contains(thread)
                        && (!thread.isDaemon() || thread.getName().contains("conveyor"))) {
                    // One that ends now may be on its last instructions; the class has a timeout.
                    thread.join();
                }
            }
        }
    }

    @Test
    void nothingKeepsTheStoreOfAContextThatIsClosed() throws Exception {
        WeakReference<ConveyorFactory> factory = startUseAndClose();

        while (factory.get() != null) {
            System.gc();
            Thread.onSpinWait();
        }
        assertThat(factory.get()).isNull();
    }

    private WeakReference<ConveyorFactory> startUseAndClose() throws Exception {
        try (var context = start()) {
            use(context);
            return new WeakReference<>(context.getBean(ConveyorFactory.class));
        }
    }

    private ConfigurableApplicationContext start() {
        return new SpringApplication(Application.class)
                .run(
                        "--server.port=0",
                        "--conveyor.posix.root=" + directory.resolve("default"),
                        "--conveyor.stores.archive.posix.root=" + directory.resolve("archive"));
    }

    /** Makes every thread that the starter and the engine make on their own. */
    private static void use(ConfigurableApplicationContext context) throws Exception {
        for (ConveyorFactory factory :
                context.getBeansOfType(ConveyorFactory.class).values()) {
            factory.write("key", out -> out.write(Bytes.buffer("content")));
            try (Conveyor conveyor = factory.open("key", StandardOpenOption.READ)) {
                assertThat(conveyor.read(ByteBuffer.allocate(7))).isEqualTo(7);
            }
        }
        var contributor = context.getBean(HealthContributorRegistry.class).getContributor("conveyor");
        assertThat(contributor)
                .isInstanceOfSatisfying(
                        HealthContributors.class,
                        all -> all.forEach(entry -> assertThat(((HealthIndicator) entry.contributor()).health())
                                .isNotNull()));
    }

    @EnableAutoConfiguration
    static class Application {}
}
