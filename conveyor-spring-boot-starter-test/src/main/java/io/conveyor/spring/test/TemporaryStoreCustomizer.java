package io.conveyor.spring.test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.support.DefaultSingletonBeanRegistry;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.core.env.PropertySource;
import org.springframework.core.io.support.ResourcePropertySource;
import org.springframework.test.context.ContextCustomizer;
import org.springframework.test.context.MergedContextConfiguration;
import org.springframework.test.context.support.TestPropertySourceUtils;
import org.springframework.util.FileSystemUtils;

/** Puts the default store into a directory that is deleted after every bean of the context was destroyed. All are equal, so that contexts are shared. */
final class TemporaryStoreCustomizer implements ContextCustomizer {

    private static final String NAME = "conveyorTemporaryStore";

    private static final String INLINED = TestPropertySourceUtils.INLINED_PROPERTIES_PROPERTY_SOURCE_NAME;

    @Override
    public void customizeContext(ConfigurableApplicationContext context, MergedContextConfiguration configuration) {
        Path directory = create();
        // Before the configuration of the application, which names its real store; behind what the test says.
        MutablePropertySources sources = context.getEnvironment().getPropertySources();
        MapPropertySource temporary = new MapPropertySource(NAME, properties(directory));
        String said = lastOfTheTest(sources);
        if (said == null) {
            sources.addFirst(temporary);
        } else {
            sources.addAfter(said, temporary);
        }
        // Singletons are destroyed in reverse order of registration: this one after all others.
        ((DefaultSingletonBeanRegistry) context.getBeanFactory())
                .registerDisposableBean(NAME, () -> FileSystemUtils.deleteRecursively(directory));
    }

    /** The files of a {@code TestPropertySource} stand behind inlined properties; none of the application's is read in this way before the refresh. */
    private static @Nullable String lastOfTheTest(MutablePropertySources sources) {
        String last = sources.contains(INLINED) ? INLINED : null;
        for (PropertySource<?> source : sources) {
            if (source instanceof ResourcePropertySource) {
                last = source.getName();
            }
        }
        return last;
    }

    private static Map<String, Object> properties(Path directory) {
        return Map.of(
                "conveyor.backend",
                "posix",
                "conveyor.posix.root",
                directory.resolve("data").toString(),
                // it is not there yet, and an application that has its own made for it says so
                "conveyor.posix.create-root",
                "true",
                "conveyor.journal.directory",
                directory.resolve("journal").toString());
    }

    private static Path create() {
        try {
            return Files.createTempDirectory("conveyor-test-");
        } catch (IOException failure) {
            throw new UncheckedIOException("no temporary directory can be made for the store of the test", failure);
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof TemporaryStoreCustomizer;
    }

    @Override
    public int hashCode() {
        return TemporaryStoreCustomizer.class.hashCode();
    }
}
