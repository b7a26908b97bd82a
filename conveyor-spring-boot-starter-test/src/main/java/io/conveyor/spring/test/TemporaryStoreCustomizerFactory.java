package io.conveyor.spring.test;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.test.context.ContextConfigurationAttributes;
import org.springframework.test.context.ContextCustomizer;
import org.springframework.test.context.ContextCustomizerFactory;
import org.springframework.test.context.TestContextAnnotationUtils;

/** Gives each context of a {@link ConveyorTest} a temporary store. */
final class TemporaryStoreCustomizerFactory implements ContextCustomizerFactory {

    /** For Spring. */
    TemporaryStoreCustomizerFactory() {}

    @Override
    public @Nullable ContextCustomizer createContextCustomizer(
            Class<?> testClass, List<ContextConfigurationAttributes> attributes) {
        return TestContextAnnotationUtils.hasAnnotation(testClass, AutoConfigureConveyor.class)
                ? new TemporaryStoreCustomizer()
                : null;
    }
}
