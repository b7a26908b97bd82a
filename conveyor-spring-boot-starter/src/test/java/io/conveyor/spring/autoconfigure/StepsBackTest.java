package io.conveyor.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.ConveyorFactory;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spring.ConveyorStores;
import io.conveyor.spring.actuate.ConveyorHealthAutoConfiguration;
import io.conveyor.spring.resource.ConveyorResourceAutoConfiguration;
import io.conveyor.spring.resource.ConveyorResourcePatternResolver;
import io.conveyor.spring.transaction.ConveyorTransactionAutoConfiguration;
import io.conveyor.spring.transaction.ConveyorTransactions;
import io.conveyor.testkit.MemoryBackend;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthContributor;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.support.GenericApplicationContext;

/**
 * Where the application has a bean of its own, ours is not made. The rest is in the tests of what the beans are for: factories, backends, clients,
 * credentials, regions, connection details, conventions.
 */
class StepsBackTest {

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    ConveyorAutoConfiguration.class,
                    ConveyorHealthAutoConfiguration.class,
                    ConveyorResourceAutoConfiguration.class,
                    ConveyorTransactionAutoConfiguration.class))
            .withBean(StorageBackend.class, MemoryBackend::create);

    @Test
    void withoutBeansOfTheApplicationAllAreThere() {
        runner.run(context -> assertThat(context)
                .hasSingleBean(ConveyorFactory.class)
                .hasSingleBean(ConveyorStores.class)
                .hasSingleBean(ConveyorResourcePatternResolver.class)
                .hasSingleBean(ConveyorTransactions.class)
                .hasSingleBean(HealthContributor.class));
    }

    @Test
    void forTheStoresThatTheApplicationShows() {
        ConveyorStores own = new ConveyorStores(List.of());

        runner.withBean("own", ConveyorStores.class, () -> own)
                .run(context ->
                        assertThat(context).getBean(ConveyorStores.class).isSameAs(own));
    }

    @Test
    void forTheResolverOfPatterns() {
        try (GenericApplicationContext other = new GenericApplicationContext()) {
            ConveyorResourcePatternResolver own = new ConveyorResourcePatternResolver(other);

            runner.withBean("own", ConveyorResourcePatternResolver.class, () -> own)
                    .run(context -> assertThat(context)
                            .getBean(ConveyorResourcePatternResolver.class)
                            .isSameAs(own));
        }
    }

    @Test
    void forTransactions() {
        ConveyorTransactions own = new ConveyorTransactions();

        runner.withBean("own", ConveyorTransactions.class, () -> own)
                .run(context ->
                        assertThat(context).getBean(ConveyorTransactions.class).isSameAs(own));
    }

    @Test
    void forAHealthThatHasOneOfTheTwoNamesThatSpringBootGives() {
        HealthIndicator own = () -> Health.unknown().build();

        for (String name : List.of("conveyorHealthIndicator", "conveyorHealthContributor")) {
            runner.withBean(name, HealthIndicator.class, () -> own)
                    .run(context ->
                            assertThat(context).getBean(HealthContributor.class).isSameAs(own));
        }
        runner.withBean("another", HealthIndicator.class, () -> own)
                .run(context -> assertThat(context)
                        .getBeanNames(HealthContributor.class)
                        .containsExactlyInAnyOrder("another", "conveyorHealthContributor"));
    }

    /** The store has one of its own, and customizers for it: one that the application has for other things stays as it is. */
    @Test
    void aHadoopConfigurationOfTheApplicationStaysTheOnlyOneAndUntouched() {
        Configuration own = new Configuration(false);

        runner.withPropertyValues(
                        "conveyor.stores.archive.backend=hdfs",
                        "conveyor.stores.archive.hdfs.uri=hdfs://127.0.0.1:1",
                        "conveyor.stores.archive.hdfs.properties.dfs.replication=7")
                .withBean(Configuration.class, () -> own)
                .run(context -> assertThat(context).getBean(Configuration.class).isSameAs(own));

        assertThat(own.size()).isZero();
    }
}
