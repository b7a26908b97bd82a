package io.conveyor.spring.actuate;

import io.conveyor.spring.ConveyorStores;
import io.conveyor.spring.autoconfigure.ConveyorAutoConfiguration;
import io.conveyor.spring.autoconfigure.ConveyorProperties;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.autoconfigure.info.ConditionalOnEnabledInfoContributor;
import org.springframework.boot.actuate.autoconfigure.info.InfoContributorFallback;
import org.springframework.boot.actuate.endpoint.SanitizingFunction;
import org.springframework.boot.actuate.info.InfoContributor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ImportRuntimeHints;
import org.springframework.core.env.Environment;

/**
 * The endpoint {@code conveyor}, if it is exposed; the contribution to {@code info}, if {@code management.info.conveyor.enabled=true} asks for it; and what
 * hides secrets in other endpoints, even if {@code conveyor.enabled=false}.
 */
@AutoConfiguration(after = ConveyorAutoConfiguration.class)
@ConditionalOnClass({SanitizingFunction.class, ConditionalOnAvailableEndpoint.class})
@ImportRuntimeHints(EndpointHints.class)
public final class ConveyorActuatorAutoConfiguration {

    ConveyorActuatorAutoConfiguration() {}

    @Bean
    @ConditionalOnAvailableEndpoint
    @ConditionalOnBean(ConveyorStores.class)
    ConveyorEndpoint conveyorEndpoint(ConveyorStores stores, ConveyorProperties properties) {
        return new ConveyorEndpoint(stores, properties.getEndpoint().isShowKeys());
    }

    @Bean
    @ConditionalOnEnabledInfoContributor(value = "conveyor", fallback = InfoContributorFallback.DISABLE)
    @ConditionalOnBean(ConveyorStores.class)
    InfoContributor conveyorInfoContributor(ConveyorStores stores) {
        return new ConveyorInfoContributor(stores);
    }

    // Without a store, too: the properties are there, though nobody uses them.
    @Bean
    SanitizingFunction conveyorSecretProperties(Environment environment) {
        return new SecretProperties(environment);
    }
}
