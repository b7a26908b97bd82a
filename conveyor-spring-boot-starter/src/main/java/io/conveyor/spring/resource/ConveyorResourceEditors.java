package io.conveyor.spring.resource;

import org.springframework.beans.PropertyEditorRegistrar;
import org.springframework.beans.PropertyEditorRegistry;
import org.springframework.beans.PropertyEditorRegistrySupport;
import org.springframework.context.ApplicationContext;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.ResourceArrayPropertyEditor;

/**
 * Has {@code Resource[]} values found by {@link ConveyorResourcePatternResolver}, which leaves all patterns but those of Conveyor to the context. An
 * editor that the application registers for that type comes first.
 */
final class ConveyorResourceEditors implements PropertyEditorRegistrar {

    private final ConveyorResourcePatternResolver resolver;
    private final ApplicationContext context;

    ConveyorResourceEditors(ApplicationContext context) {
        this.resolver = new ConveyorResourcePatternResolver(context);
        this.context = context;
    }

    @Override
    public void registerCustomEditors(PropertyEditorRegistry registry) {
        ResourceArrayPropertyEditor editor = new ResourceArrayPropertyEditor(resolver, context.getEnvironment());
        if (registry instanceof PropertyEditorRegistrySupport support) {
            support.overrideDefaultEditor(Resource[].class, editor);
        } else {
            registry.registerCustomEditor(Resource[].class, editor);
        }
    }

    @Override
    public boolean overridesDefaultEditors() {
        return true;
    }
}
