package io.conveyor.spring.autoconfigure;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;

/** The classes by which the starter tells at run time what is there. In a native image a class that has no hint is not found by its name. */
final class OptionalClasses implements RuntimeHintsRegistrar {

    static final List<String> NAMES = List.of(
            "io.conveyor.backend.s3.S3Backend",
            "io.conveyor.backend.hdfs.HdfsBackend",
            "io.micrometer.context.ContextSnapshotFactory",
            "io.micrometer.observation.ObservationRegistry",
            "org.springframework.web.servlet.resource.ResourceHttpRequestHandler",
            "jakarta.servlet.http.HttpServletRequest");

    /** For Spring. */
    OptionalClasses() {}

    @Override
    public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
        NAMES.forEach(name -> hints.reflection().registerTypeIfPresent(classLoader, name));
    }
}
