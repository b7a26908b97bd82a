package io.conveyor.spring.test;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.ConveyorFactory;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.context.ApplicationContext;
import org.springframework.core.env.Environment;
import org.springframework.core.io.Resource;
import org.springframework.stereotype.Component;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.TestContext;
import org.springframework.test.context.TestContextManager;
import org.springframework.test.context.TestPropertySource;

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

        assertThat(root.toString()).contains("conveyor-test-");
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

        assertThat(own.getParent()).doesNotExist();
    }

    @Test
    void theConfigurationOfTheApplicationDoesNotLeadToItsRealStore() throws Exception {
        Environment environment = environment(Configured.class);

        assertThat(environment.getProperty("sample.configured")).isEqualTo("true");
        assertThat(environment.getProperty("conveyor.backend")).isEqualTo("posix");
        assertThat(environment.getProperty("conveyor.posix.root")).contains("conveyor-test-");
        assertThat(environment.getProperty("conveyor.posix.create-root")).isEqualTo("true");
        assertThat(environment.getProperty("conveyor.journal.directory")).contains("conveyor-test-");
    }

    @Test
    void whatTheTestSaysComesFirst() throws Exception {
        assertThat(environment(OwnRoot.class).getProperty("conveyor.posix.root"))
                .isEqualTo("target/own-root");
        assertThat(environment(OwnFile.class).getProperty("conveyor.posix.root"))
                .isEqualTo("target/own-file-root");
    }

    private static Environment environment(Class<?> testClass) throws Exception {
        TestContext testContext = new TestContextManager(testClass).getTestContext();
        try {
            return testContext.getApplicationContext().getEnvironment();
        } finally {
            testContext.markApplicationContextDirty(DirtiesContext.HierarchyMode.EXHAUSTIVE);
        }
    }

    @ConveyorTest(properties = "spring.config.name=real-store")
    static class Configured {}

    @ConveyorTest(properties = "spring.config.name=real-store")
    @TestPropertySource("classpath:own-file.properties")
    static class OwnFile {}

    @ConveyorTest(properties = {"spring.config.name=real-store", "conveyor.posix.root=target/own-root"})
    static class OwnRoot {}

    @ConveyorTest(properties = "conveyor.workers=3")
    static class OwnContext {}

    @SpringBootApplication
    static class Application {}

    @Component
    static class Unwanted {}
}
