package io.conveyor.spring.test;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.ConveyorFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.context.ApplicationContext;
import org.springframework.core.io.Resource;
import org.springframework.stereotype.Component;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.TestContext;
import org.springframework.test.context.TestContextManager;

@ConveyorTest(properties = "conveyor.workers=2")
class ConveyorTestSliceTest {

    @Autowired
    ApplicationContext context;

    @Autowired
    ConveyorFactory factory;

    @Value("${conveyor.posix.root}")
    Path root;

    @Test
    void configuresConveyorAndNothingElse() {
        assertThat(factory.stats().workers()).isEqualTo(2);
        assertThat(context.getBeanNamesForType(TaskExecutionAutoConfiguration.class))
                .isEmpty();
        assertThat(context.getBeanNamesForType(Unwanted.class)).isEmpty();
    }

    @Test
    void storesInATemporaryDirectoryThatResourcesSeeToo() throws Exception {
        factory.write("some/key", out -> out.write(ByteBuffer.wrap(new byte[7])));

        assertThat(root.getFileName().toString()).startsWith("conveyor-test-");
        assertThat(root.resolve("some/key")).hasSize(7);
        Resource resource = context.getResource("conveyor:some/key");
        assertThat(resource.contentLength()).isEqualTo(7);
    }

    @Test
    void theDirectoryGoesWithTheContext() throws Exception {
        TestContextManager manager = new TestContextManager(OwnContext.class);
        TestContext testContext = manager.getTestContext();
        Path own = Path.of(
                testContext.getApplicationContext().getEnvironment().getRequiredProperty("conveyor.posix.root"));
        testContext
                .getApplicationContext()
                .getBean(ConveyorFactory.class)
                .write("key", out -> out.write(ByteBuffer.wrap(new byte[7])));
        assertThat(own.resolve("key")).exists();

        testContext.markApplicationContextDirty(DirtiesContext.HierarchyMode.EXHAUSTIVE);

        assertThat(Files.exists(own)).isFalse();
    }

    @ConveyorTest(properties = "conveyor.workers=3")
    static class OwnContext {}

    @SpringBootApplication
    static class Application {}

    @Component
    static class Unwanted {}
}
