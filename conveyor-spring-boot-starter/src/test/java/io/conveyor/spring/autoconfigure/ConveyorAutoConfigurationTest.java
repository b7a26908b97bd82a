package io.conveyor.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spring.ConveyorBackendDecorator;
import io.conveyor.spring.ConveyorBackendFactory;
import io.conveyor.spring.RecordingFactory;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.FaultInjectingBackend;
import io.conveyor.testkit.FaultPlan;
import io.conveyor.testkit.Hold;
import io.conveyor.testkit.MemoryBackend;
import io.conveyor.testkit.StorageOperation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@Timeout(120)
@ExtendWith(OutputCaptureExtension.class)
class ConveyorAutoConfigurationTest {

    @TempDir
    Path directory;

    private final MemoryBackend memory = MemoryBackend.create();

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(ConveyorAutoConfiguration.class, TaskExecutionAutoConfiguration.class));

    @Test
    void storesBelowTheRootOfPosixByDefault() {
        runner.withPropertyValues("conveyor.posix.root=" + directory.resolve("store"))
                .run(context -> {
                    context.getBean(ConveyorFactory.class)
                            .write("reports/one", out -> out.write(Bytes.buffer("content")));

                    assertThat(context.getBean(StorageBackend.class).name()).isEqualTo("posix");
                    assertThat(directory.resolve("store/reports/one")).hasContent("content");
                });
    }

    @Test
    void choosesTheBackendFactoryBeanThatIsNamed() {
        runner.withPropertyValues("conveyor.backend=Memory")
                .withBean("other", ConveyorBackendFactory.class, () -> BackendFactories.of("other", memory.another()))
                .withBean("memory", ConveyorBackendFactory.class, () -> BackendFactories.of("memory", memory))
                .run(context -> {
                    context.getBean(ConveyorFactory.class).write("key", out -> out.write(Bytes.buffer("content")));

                    assertThat(memory.snapshot("key")).asString().isEqualTo("content");
                });
    }

    @Test
    void prefersABackendFactoryBeanToAProviderOfThatName() {
        runner.withPropertyValues("conveyor.posix.root=" + directory.resolve("untouched"))
                .withBean(ConveyorBackendFactory.class, () -> BackendFactories.of("posix", memory))
                .run(context -> {
                    assertThat(context).getBean(StorageBackend.class).isSameAs(memory);
                    assertThat(directory.resolve("untouched")).doesNotExist();
                });
    }

    @Test
    void usesTheStorageBackendOfTheApplication() {
        runner.withPropertyValues("conveyor.backend=nowhere")
                .withBean(StorageBackend.class, () -> memory)
                .run(context -> {
                    assertThat(context).hasSingleBean(StorageBackend.class).hasSingleBean(ConveyorFactory.class);
                    assertThat(context.getBean(ConveyorFactory.class).exists("absent"))
                            .isFalse();
                });
    }

    @Test
    void stepsBackForTheConveyorFactoryOfTheApplication() {
        RecordingFactory own = new RecordingFactory();

        runner.withPropertyValues("conveyor.backend=nowhere")
                .withBean(ConveyorFactory.class, () -> own)
                .run(context -> {
                    assertThat(context).getBean(ConveyorFactory.class).isSameAs(own);
                    assertThat(context).doesNotHaveBean(StorageBackend.class);
                });

        assertThat(own.events()).as("flushed by the life cycle, then destroyed").containsExactly("flush", "close");
    }

    @Test
    void contributesNothingWhenDisabled() {
        runner.withPropertyValues("conveyor.enabled=false")
                .run(context -> assertThat(context)
                        .doesNotHaveBean(ConveyorFactory.class)
                        .doesNotHaveBean(StorageBackend.class)
                        .doesNotHaveBean(ConveyorLifecycle.class)
                        .doesNotHaveBean(ConveyorProperties.class));
    }

    @Test
    void leavesTheTaskExecutorOfSpringBootAlone() {
        runner.withBean(StorageBackend.class, () -> memory)
                .run(context ->
                        assertThat(context).getBeanNames(Executor.class).containsExactly("applicationTaskExecutor"));
    }

    @Test
    void wrapsTheBackendInEveryDecoratorTheFirstClosestToTheStore() {
        List<String> order = new ArrayList<>();

        runner.withBean(StorageBackend.class, () -> memory)
                .withBean("first", ConveyorBackendDecorator.class, () -> recording(order, "first"))
                .withBean("second", ConveyorBackendDecorator.class, () -> recording(order, "second"))
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    assertThat(order).containsExactly("first default memory", "second default memory");
                });
    }

    private static ConveyorBackendDecorator recording(List<String> order, String name) {
        return (backend, store) -> {
            order.add(name + " " + store + " " + backend.name());
            return backend;
        };
    }

    @Test
    void passesTheOptionsToTheEngine() {
        runner.withPropertyValues("conveyor.memory-budget=8MB", "conveyor.workers=3")
                .withBean(StorageBackend.class, () -> memory)
                .run(context -> {
                    var stats = context.getBean(ConveyorFactory.class).stats();

                    assertThat(stats.memoryBudgetBytes()).isEqualTo(8 << 20);
                    assertThat(stats.workers()).isEqualTo(3);
                });
    }

    @Test
    void closesFactoryAndBackendWithTheContext() {
        runner.withBean(StorageBackend.class, () -> memory).run(context -> {
            Conveyor left = context.getBean(ConveyorFactory.class)
                    .open("left-open", StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            left.write(Bytes.buffer("content"));

            context.getSourceApplicationContext().close();

            assertThat(left.isOpen()).isFalse();
            assertThat(memory.snapshot("left-open")).asString().isEqualTo("content");
            assertThat(memory.isClosed()).isTrue();
            assertThat(memory.openHandles()).isZero();
        });
    }

    @Test
    void goesOnAfterTheContextWasStoppedAndStartedAgain() {
        runner.withPropertyValues("conveyor.posix.root=" + directory).run(context -> {
            Conveyor conveyor = context.getBean(ConveyorFactory.class)
                    .open("key", StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            conveyor.write(Bytes.buffer("before "));

            context.getSourceApplicationContext().stop();
            assertThat(Files.readString(directory.resolve("key"))).isEqualTo("before ");

            context.getSourceApplicationContext().start();
            conveyor.write(Bytes.buffer("after"));
            conveyor.close();
            assertThat(directory.resolve("key")).hasContent("before after");
        });
    }

    @Test
    void theFlushAtTheEndIsGivenUpAfterItsTimeoutAndSaysWhatIsMissing(CapturedOutput output) {
        FaultPlan plan = FaultPlan.create();
        runner.withPropertyValues("conveyor.write.delay=0", "conveyor.shutdown.flush-timeout=20ms")
                .withBean(StorageBackend.class, () -> FaultInjectingBackend.over(memory, plan))
                .run(context -> {
                    Conveyor conveyor = context.getBean(ConveyorFactory.class)
                            .open("key", StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    try (Hold hold = plan.hold(StorageOperation.PWRITE)) {
                        conveyor.write(Bytes.buffer("content"));
                        hold.awaitHeld();

                        context.getSourceApplicationContext().stop();

                        assertThat(hold.held()).as("the store still hangs").hasSize(1);
                        assertThat(output)
                                .contains("A store was not flushed within PT0.02S when the application stopped: 7 bytes"
                                        + " are on their way to it, from 1 open conveyors.");
                    }
                    context.getSourceApplicationContext().close();
                    assertThat(memory.snapshot("key")).asString().isEqualTo("content");
                });
    }

    @Test
    void aFactoryThatTheApplicationHasClosedIsClosedOnceMoreWithoutHarm(CapturedOutput output) {
        runner.withBean(StorageBackend.class, () -> memory).run(context -> {
            context.getBean(ConveyorFactory.class).close();
            assertThat(memory.isClosed()).isTrue();

            context.getSourceApplicationContext().close();

            assertThat(output).doesNotContain("WARN").doesNotContain("Exception");
        });
    }

    @Test
    void aContextThatIsPausedIsNotFlushedAndGoesOnWriting() {
        RecordingFactory own = new RecordingFactory();
        runner.withBean(ConveyorFactory.class, () -> own).run(context -> {
            context.getSourceApplicationContext().pause();
            context.getSourceApplicationContext().restart();

            assertThat(own.events()).isEmpty();
            assertThat(context.getBean(ConveyorLifecycle.class).isRunning()).isTrue();
        });
        runner.withPropertyValues("conveyor.posix.root=" + directory).run(context -> {
            Conveyor conveyor = context.getBean(ConveyorFactory.class)
                    .open("key", StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            context.getSourceApplicationContext().pause();
            conveyor.write(Bytes.buffer("while paused, "));
            context.getSourceApplicationContext().restart();
            conveyor.write(Bytes.buffer("and after"));
            conveyor.close();

            assertThat(directory.resolve("key")).hasContent("while paused, and after");
        });
    }
}
