package io.conveyor.spring.autoconfigure;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.context.annotation.Import;

/**
 * Makes a {@link io.conveyor.ConveyorFactory} of each name below {@code conveyor.stores}; that name is the name of the bean, and so its qualifier. After
 * the default store, which would step back for these.
 */
@AutoConfiguration(after = ConveyorAutoConfiguration.class)
@ConditionalOnBooleanProperty(name = "conveyor.enabled", matchIfMissing = true)
@Import(NamedStoresRegistrar.class)
public final class ConveyorStoresAutoConfiguration {

    ConveyorStoresAutoConfiguration() {}
}
