package io.conveyor.spring.autoconfigure;

import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationPropertiesBindHandlerAdvisor;
import org.springframework.boot.context.properties.bind.AbstractBindHandler;
import org.springframework.boot.context.properties.bind.BindContext;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName.Form;

/**
 * Binds nothing below {@code conveyor.stores} but the properties of stores. Spring Boot would bind one store by each spelling of its name, and fail at a variable of the environment
 * that is not meant for the application. Any thread.
 *
 * @param names what the stores are called
 */
record BoundStores(Set<String> names) implements ConfigurationPropertiesBindHandlerAdvisor {

    @Override
    public BindHandler apply(BindHandler handler) {
        return new AbstractBindHandler(handler) {
            @Override
            public <T> @Nullable Bindable<T> onStart(
                    ConfigurationPropertyName name, Bindable<T> target, BindContext context) {
                return StoreNames.STORES.isParentOf(name) && !names.contains(name.getLastElement(Form.ORIGINAL))
                        ? null
                        : super.onStart(name, target, context);
            }
        };
    }
}
