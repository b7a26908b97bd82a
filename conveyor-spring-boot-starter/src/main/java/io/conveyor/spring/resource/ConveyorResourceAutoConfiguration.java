package io.conveyor.spring.resource;

import io.conveyor.spring.autoconfigure.ConveyorAutoConfiguration;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Lazy;

/** Finds {@code conveyor:} resources by patterns, also for values of type {@code Resource[]}. Single ones need no bean: {@code spring.factories} brings what resolves them. */
@AutoConfiguration(after = ConveyorAutoConfiguration.class)
@ConditionalOnBooleanProperty(name = "conveyor.enabled", matchIfMissing = true)
public final class ConveyorResourceAutoConfiguration {

    ConveyorResourceAutoConfiguration() {}

    // Lazy, as few applications ask for it: reading its class and its parents takes part in every start otherwise.
    @Bean
    @Lazy
    @ConditionalOnMissingBean(ConveyorResourcePatternResolver.class)
    ConveyorResourcePatternResolver conveyorResourcePatternResolver(ApplicationContext context) {
        return new ConveyorResourcePatternResolver(context);
    }

    @Bean
    static BeanFactoryPostProcessor conveyorResourceEditors(ApplicationContext context) {
        return factory -> factory.addPropertyEditorRegistrar(new ConveyorResourceEditors(context));
    }
}
