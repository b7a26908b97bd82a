package io.conveyor.spring.actuate;

import io.conveyor.spring.ConveyorStores;
import io.conveyor.spring.autoconfigure.ConveyorAutoConfiguration;
import io.conveyor.spring.autoconfigure.ConveyorProperties;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthContributor;
import org.springframework.context.annotation.Bean;

/**
 * The health of the stores: that of the only one, or a composite of all by name. {@code management.health.conveyor.enabled=false} switches it off. It
 * takes no part in liveness: an application need not be killed because its store is away.
 */
@AutoConfiguration(after = ConveyorAutoConfiguration.class)
@ConditionalOnClass({HealthContributor.class, ConditionalOnEnabledHealthIndicator.class})
@ConditionalOnEnabledHealthIndicator("conveyor")
@ConditionalOnBean(ConveyorStores.class)
public final class ConveyorHealthAutoConfiguration {

    ConveyorHealthAutoConfiguration() {}

    @Bean
    @ConditionalOnMissingBean(name = {"conveyorHealthIndicator", "conveyorHealthContributor"})
    HealthContributor conveyorHealthContributor(ConveyorStores stores, ConveyorProperties properties) {
        StoresHealth health = new StoresHealth(
                stores.all(),
                properties.getHealth().getTimeout(),
                properties.getHealth().getMaxPendingAge());
        return stores.all().size() == 1 ? health.single() : health;
    }
}
