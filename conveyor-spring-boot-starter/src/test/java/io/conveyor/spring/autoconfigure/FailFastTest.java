package io.conveyor.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.spi.StorageBackend;
import io.conveyor.spring.ConveyorBackendFactory;
import io.conveyor.testkit.FaultInjectingBackend;
import io.conveyor.testkit.FaultPlan;
import io.conveyor.testkit.MemoryBackend;
import io.conveyor.testkit.StorageOperation;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Timeout(60)
class FailFastTest {

    private final FaultPlan plan = FaultPlan.create();
    private final FaultInjectingBackend backend = FaultInjectingBackend.over(MemoryBackend.create(), plan);

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(ConveyorAutoConfiguration.class))
            .withBean(ConveyorBackendFactory.class, () -> BackendFactories.of("memory", backend))
            .withPropertyValues("conveyor.backend=memory", "conveyor.fail-fast=true");

    @Test
    void aStoreThatAnswersIsAskedOnce() {
        runner.run(context -> assertThat(context).hasNotFailed());

        assertThat(backend.calls(StorageOperation.PING)).isEqualTo(1);
    }

    @Test
    void aStoreIsNotAskedUnlessThatIsWanted() {
        runner.withPropertyValues("conveyor.fail-fast=false")
                .run(context -> assertThat(context).hasNotFailed());

        assertThat(backend.calls(StorageOperation.PING)).isZero();
    }

    @Test
    void whateverThePingThrowsEndsTheStartAndClosesTheStore() {
        for (Throwable thrown : List.of(
                new IOException("no route"),
                new IllegalStateException("no client"),
                new NoClassDefFoundError("Gone"))) {
            plan.clear();
            plan.on(StorageOperation.PING).always().failWith(() -> thrown);

            runner.run(context -> assertThat(context)
                    .getFailure()
                    .hasRootCause(thrown)
                    .hasStackTraceContaining(UnreachableStoreException.class.getName()
                            + ": the store 'default' does not answer: " + thrown.getMessage()));
            assertThat(backend.isClosed()).isTrue();
        }
    }

    /** The deadline is all that ends this ping: without it the start would wait for the test to end. */
    @Test
    void aStoreThatHangsDoesNotHangTheStartAndIsInterrupted() throws InterruptedException {
        CountDownLatch interrupted = new CountDownLatch(1);
        plan.on(StorageOperation.PING).always().run(() -> hangUntilInterrupted(interrupted));

        runner.withPropertyValues("conveyor.health.timeout=20ms")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .isInstanceOf(TimeoutException.class)
                        .hasMessage("no answer within PT0.02S"));
        interrupted.await();
    }

    @Test
    void aNamedStoreThatHangsDoesNotHangTheStartEither() throws InterruptedException {
        CountDownLatch interrupted = new CountDownLatch(1);
        plan.on(StorageOperation.PING).always().run(() -> hangUntilInterrupted(interrupted));

        runner.withPropertyValues(
                        "conveyor.health.timeout=20ms",
                        "conveyor.fail-fast=false",
                        "conveyor.stores.archive.backend=memory",
                        "conveyor.stores.archive.fail-fast=true")
                .run(context -> assertThat(context)
                        .getFailure()
                        .hasStackTraceContaining("the store 'archive' does not answer: no answer within PT0.02S"));
        interrupted.await();
    }

    private static void hangUntilInterrupted(CountDownLatch interrupted) {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException expected) {
            interrupted.countDown();
        }
    }

    @Test
    void aStartThatIsInterruptedWaitsNoLonger() {
        plan.hold(StorageOperation.PING);
        StoreDefinition store = StoreDefinition.ofDefault(new ConveyorProperties());

        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> FirstPing.require(store, backend, Duration.ofSeconds(50)))
                .isInstanceOf(UnreachableStoreException.class)
                .hasCauseInstanceOf(InterruptedException.class)
                .hasMessage("the store 'default' does not answer: InterruptedException");
        assertThat(Thread.interrupted()).isTrue();
        plan.clear();
    }

    @Test
    @ExtendWith(OutputCaptureExtension.class)
    void anAnalysisOfAStoreThatHangsNamesTheTimeout(CapturedOutput output) {
        SpringApplication application = new SpringApplication(Application.class);
        application.setWebApplicationType(WebApplicationType.NONE);

        assertThatThrownBy(() -> application.run(
                        "--conveyor.backend=hanging", "--conveyor.fail-fast=true", "--conveyor.health.timeout=20ms"))
                .isNotNull();

        assertThat(output)
                .contains("APPLICATION FAILED TO START")
                .contains("conveyor.fail-fast is true, and the store 'default' on 'hanging' does not answer: no answer"
                        + " within PT0.02S")
                .contains("If it is only slow, set conveyor.health.timeout higher.");
    }

    /** Its properties say nothing about it: {@code conveyor.backend} is posix there. */
    @Test
    @ExtendWith(OutputCaptureExtension.class)
    void anAnalysisOfABackendThatTheApplicationMadeNamesItsBean(CapturedOutput output) {
        SpringApplication application = new SpringApplication(OwnBackend.class);
        application.setWebApplicationType(WebApplicationType.NONE);

        assertThatThrownBy(() -> application.run("--conveyor.fail-fast=true")).isNotNull();

        assertThat(output)
                .contains("APPLICATION FAILED TO START")
                .contains("the store 'default' on 'memory' does not answer: no route")
                .contains("Check that it runs, and the StorageBackend bean of the application.")
                .doesNotContain("conveyor.posix", "on 'posix'");
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration(ConveyorAutoConfiguration.class)
    static class OwnBackend {

        @Bean
        StorageBackend tape() {
            FaultPlan plan = FaultPlan.create();
            plan.on(StorageOperation.PING).always().failWith(() -> new IOException("no route"));
            return FaultInjectingBackend.over(MemoryBackend.create(), plan);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration(ConveyorAutoConfiguration.class)
    static class Application {

        @Bean
        ConveyorBackendFactory hanging() {
            FaultPlan plan = FaultPlan.create();
            plan.on(StorageOperation.PING).always().run(() -> hangUntilInterrupted(new CountDownLatch(1)));
            return BackendFactories.of("hanging", FaultInjectingBackend.over(MemoryBackend.create(), plan));
        }
    }
}
