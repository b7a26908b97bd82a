package io.conveyor.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.ConveyorFactory;
import io.conveyor.spring.ConveyorStores;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.io.Resource;

/** A bean that is made before all post-processors are there is proxied, observed and configured by none of the later ones. */
@Timeout(120)
@ExtendWith(OutputCaptureExtension.class)
class EarlyBeansTest {

    private static final String COMPLAINT = "is not eligible for getting processed by all BeanPostProcessors";

    @TempDir
    Path directory;

    @Test
    void noBeanComesBeforeThePostProcessors(CapturedOutput output) {
        try (var context = start(Application.class)) {
            assertThat(output).doesNotContain(COMPLAINT);
            assertThat(context.getBean(LastPostProcessor.class).seen)
                    .containsAll(Set.of(context.getBeanNamesForType(ConveyorFactory.class)))
                    .containsAll(Set.of(context.getBeanNamesForType(ConveyorStores.class)))
                    .contains("conveyorBackend", "conveyorLifecycle", "conveyorHealthContributor", "conveyorMeters");
        }
    }

    @Test
    void aResourceThatAPostProcessorNeedsMakesNoStore(CapturedOutput output) {
        try (var context = start(Application.class, EarlyConfiguration.class)) {
            assertThat(context.getBean(LastPostProcessor.class).seen).contains("conveyorFactory", "conveyorBackend");
            assertThat(output.toString().lines().filter(line -> line.contains(COMPLAINT)))
                    .as("the only bean that came early is the application's own configuration")
                    .allMatch(line -> line.contains("EarlyConfiguration"))
                    .isNotEmpty();
        }
    }

    private ConfigurableApplicationContext start(Class<?>... sources) {
        return new SpringApplication(sources)
                .run(
                        "--server.port=0",
                        "--conveyor.posix.root=" + directory.resolve("default"),
                        "--conveyor.stores.archive.posix.root=" + directory.resolve("archive"));
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {

        @Value("conveyor:seed.txt")
        @SuppressWarnings({"NullAway.Init", "UnusedVariable"})
        private Resource seed;

        @Bean
        static LastPostProcessor last() {
            return new LastPostProcessor();
        }
    }

    /** As an application should not do it: what the post-processor needs is made early. */
    @Configuration(proxyBeanMethods = false)
    static class EarlyConfiguration {

        @Value("conveyor:rules.txt")
        @SuppressWarnings({"NullAway.Init", "UnusedVariable"})
        private Resource rules;

        @Bean
        BeanPostProcessor early() {
            return new BeanPostProcessor() {};
        }
    }

    /** Of the lowest precedence, so that it sees no bean that was made before any other. */
    static final class LastPostProcessor implements BeanPostProcessor, Ordered {

        final Set<String> seen = ConcurrentHashMap.newKeySet();

        @Override
        public Object postProcessAfterInitialization(Object bean, String name) {
            seen.add(name);
            return bean;
        }

        @Override
        public int getOrder() {
            return LOWEST_PRECEDENCE;
        }
    }
}
