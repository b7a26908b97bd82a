package io.conveyor.spring.autoconfigure;

import java.util.List;
import java.util.Map;
import org.springframework.boot.autoconfigure.preinitialize.BackgroundPreinitializer;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.util.ReflectionUtils;

/**
 * Does what is slow only the first time, on the thread that Spring Boot has for it, while the application starts: loads classes, and looks through those
 * that properties are bound to. Opens nothing.
 */
final class ConveyorPreinitializer implements BackgroundPreinitializer {

    /** Spring looks at all methods of a bean, which loads what they are about. */
    private static final List<String> BEANS = List.of(
            "io.conveyor.spring.autoconfigure.StoreAssembly",
            "io.conveyor.backend.posix.PosixBackend",
            "io.conveyor.core.BufferedConveyorFactory",
            "io.conveyor.spring.autoconfigure.ConveyorLifecycle");

    /** For Spring Boot. */
    ConveyorPreinitializer() {}

    @Override
    public void preinitialize() throws ClassNotFoundException {
        new Binder(new MapConfigurationPropertySource(Map.of("conveyor.posix.root", "")))
                .bindOrCreate("conveyor", ConveyorProperties.class);
        for (String bean : BEANS) {
            Class<?> type = Class.forName(bean, true, ConveyorPreinitializer.class.getClassLoader());
            ReflectionUtils.doWithLocalMethods(type, method -> {});
        }
    }
}
