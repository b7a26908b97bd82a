package io.conveyor.spring.resource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOptions;
import io.conveyor.core.Conveyors;
import io.conveyor.spring.ConveyorOptionsCustomizer;
import io.conveyor.spring.RecordingFactory;
import io.conveyor.spring.autoconfigure.ConveyorAutoConfiguration;
import io.conveyor.testkit.MemoryBackend;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.config.BeanDefinitionCustomizer;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.support.GenericApplicationContext;

class StoresOfContextTest {

    @TempDir
    Path directory;

    private final ApplicationContextRunner runner =
            new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(ConveyorAutoConfiguration.class));

    @Test
    void howFarAStoreFetchesAheadIsWhatPropertiesAndCustomizersSay() {
        runner.withPropertyValues(
                        "conveyor.posix.root=" + directory.resolve("default"),
                        "conveyor.read.max-window=1MB",
                        "conveyor.stores.archive.posix.root=" + directory.resolve("archive"))
                .withBean(
                        ConveyorOptionsCustomizer.class,
                        () -> (options, store) -> Stream.of(store)
                                .filter("archive"::equals)
                                .forEach(archive -> options.readMaxWindowBytes(2 << 20)))
                .run(context -> {
                    Stores stores = new StoresOfContext(context);
                    assertThat(stores.maxWindowBytes("default")).isEqualTo(1 << 20);
                    assertThat(stores.maxWindowBytes("archive")).isEqualTo(2 << 20);
                });
    }

    @Test
    void ofAStoreThatTheApplicationMadeItIsTheDefault() {
        runner.withBean(ConveyorFactory.class, RecordingFactory::new)
                .run(context -> assertThat(new StoresOfContext(context).maxWindowBytes("default"))
                        .isEqualTo(ConveyorOptions.inherited().readMaxWindowBytes()));
    }

    /** Beans are destroyed in the reverse order of their making, and nothing says that this one depends on the store. */
    @Test
    void whoUsesAResourceAfterItsStoreIsToldWhatToDo() {
        assertThat(failureOfAReaderThatIsDestroyed(store -> {}))
                .isInstanceOf(IOException.class)
                .hasMessage(
                        "conveyor resource [conveyor:key] cannot be used, as its store is closed. A bean that uses it"
                                + " while it is itself destroyed has to depend on the store: by @DependsOn, or by injecting the"
                                + " ConveyorFactory");
    }

    @Test
    void whoDependsOnTheStoreUsesAResourceWhenItIsDestroyed() {
        AtomicReference<Boolean> found = new AtomicReference<>();
        try (var context = new GenericApplicationContext()) {
            context.registerBean(
                    "user",
                    DisposableBean.class,
                    () -> () -> found.set(resource(context).exists()),
                    definition -> definition.setDependsOn("store"));
            context.registerBean("store", ConveyorFactory.class, StoresOfContextTest::store);
            context.refresh();
        }

        assertThat(found).hasValue(false);
    }

    @Test
    void aStoreThatNobodyHasUsedIsNotMadeAtTheEnd() {
        assertThat(failureOfAReaderThatIsDestroyed(store -> store.setLazyInit(true)))
                .hasMessage(
                        "the Conveyor store 'default' was not used before the application context is closed, and cannot"
                                + " be made any more");
    }

    /** What a bean meets that reads a resource when it is itself destroyed, and does not depend on the store. */
    private static @Nullable Throwable failureOfAReaderThatIsDestroyed(BeanDefinitionCustomizer store) {
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        try (var context = new GenericApplicationContext()) {
            context.registerBean(
                    "user",
                    DisposableBean.class,
                    () -> () -> failure.set(catchThrowable(resource(context)::getInputStream)));
            context.registerBean("store", ConveyorFactory.class, StoresOfContextTest::store, store);
            context.refresh();
        }
        return failure.get();
    }

    private static ConveyorFactory store() {
        return Conveyors.builder(MemoryBackend.create()).build();
    }

    private static ConveyorResource resource(GenericApplicationContext context) {
        return new ConveyorResource(new ConveyorLocation("default", "key"), new StoresOfContext(context));
    }
}
