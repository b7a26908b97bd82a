package io.conveyor.spring.actuate;

import org.jspecify.annotations.Nullable;
import org.springframework.aot.hint.BindingReflectionHintsRegistrar;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;

/** What the endpoint answers and its signatures do not tell: one operation answers with several types. */
final class EndpointHints implements RuntimeHintsRegistrar {

    /** For Spring. */
    EndpointHints() {}

    @Override
    public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
        new BindingReflectionHintsRegistrar()
                .registerReflectionHints(
                        hints.reflection(),
                        ConveyorDescription.class,
                        OrphansDescription.class,
                        JournalsDescription.class);
    }
}
