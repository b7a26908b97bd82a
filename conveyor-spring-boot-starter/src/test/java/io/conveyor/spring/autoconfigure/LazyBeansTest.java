package io.conveyor.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.ConveyorFactory;
import io.conveyor.spring.ConveyorStores;
import io.conveyor.spring.resource.ConveyorResourceAutoConfiguration;
import io.conveyor.spring.resource.ConveyorResourcePatternResolver;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** What few applications ask for takes no part in the start of all others. */
class LazyBeansTest {

    @TempDir
    Path root;

    @Test
    void whatNobodyAsksForIsNotMade() {
        runner().run(context -> assertThat(context.getSourceApplicationContext().getBeanFactory())
                .satisfies(beans -> {
                    assertThat(beans.containsSingleton("conveyorStores")).isFalse();
                    assertThat(beans.containsSingleton("conveyorResourcePatternResolver"))
                            .isFalse();
                }));
    }

    @Test
    void itIsThereForWhoeverAsks() {
        runner().run(context -> {
            assertThat(context.getBean(ConveyorStores.class).all()).hasSize(1);
            assertThat(context).hasSingleBean(ConveyorResourcePatternResolver.class);
        });
    }

    /** A store that cannot be made must stop the application when it starts, not when it is used. */
    @Test
    void aStoreIsMadeAtOnce() {
        runner().run(context -> assertThat(context.getSourceApplicationContext().getBeanFactory())
                .satisfies(beans -> {
                    for (String store : context.getBeanNamesForType(ConveyorFactory.class)) {
                        assertThat(beans.containsSingleton(store)).as(store).isTrue();
                    }
                    assertThat(beans.containsSingleton("conveyorFactory")).isTrue();
                }));
    }

    private ApplicationContextRunner runner() {
        return new ApplicationContextRunner()
                .withConfiguration(
                        AutoConfigurations.of(ConveyorAutoConfiguration.class, ConveyorResourceAutoConfiguration.class))
                .withPropertyValues("conveyor.posix.root=" + root);
    }
}
