package io.conveyor.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.ConveyorFactory;
import io.conveyor.spi.StorageBackend;
import io.conveyor.testkit.Bytes;
import io.conveyor.testkit.FaultInjectingBackend;
import io.conveyor.testkit.FaultPlan;
import io.conveyor.testkit.MemoryBackend;
import io.conveyor.testkit.StorageOperation;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

@Timeout(60)
class VirtualThreadsTest {

    private final FaultPlan plan = FaultPlan.create();
    private final Queue<String> workers = new ConcurrentLinkedQueue<>();

    private void write(String... properties) {
        plan.on(StorageOperation.PWRITE).always().run(() -> workers.add(String.valueOf(Thread.currentThread())));
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(ConveyorAutoConfiguration.class))
                .withPropertyValues(properties)
                .withBean(StorageBackend.class, () -> FaultInjectingBackend.over(MemoryBackend.create(), plan))
                .run(context ->
                        context.getBean(ConveyorFactory.class).write("key", out -> out.write(Bytes.buffer("content"))));
    }

    @Test
    @EnabledForJreRange(min = JRE.JAVA_21, disabledReason = "virtual threads came with Java 21")
    void workersAreVirtualThreadsWhereSpringUsesThem() {
        write("spring.threads.virtual.enabled=true");

        assertThat(workers)
                .isNotEmpty()
                .allMatch(thread -> thread.startsWith("VirtualThread[") && thread.contains("conveyor-default-"));
    }

    @Test
    void workersArePlatformThreadsOtherwise() {
        write();

        assertThat(workers).isNotEmpty().allMatch(thread -> thread.startsWith("Thread["));
    }
}
