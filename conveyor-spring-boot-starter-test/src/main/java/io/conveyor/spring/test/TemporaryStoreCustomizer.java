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
import org.springframework.test.context.ContextCustomizer;
import org.springframework.test.context.MergedContextConfiguration;
import org.springframework.util.FileSystemUtils;

/** Puts the default store into a directory that is deleted after every bean of the context was destroyed. All are equal, so that contexts are shared. */
final class TemporaryStoreCustomizer implements ContextCustomizer {

    private static final String NAME = "conveyorTemporaryStore";

    @Override
    public void customizeContext(ConfigurableApplicationContext context, MergedContextConfiguration configuration) {
        Path directory = create();
        // Last, so that whatever a test says comes first.
        context.getEnvironment()
                .getPropertySources()
                .addLast(new MapPropertySource(NAME, Map.of("conveyor.posix.root", directory.toString())));
        // Singletons are destroyed in reverse order of registration: this one after all others.
        ((DefaultSingletonBeanRegistry) context.getBeanFactory())
                .registerDisposableBean(NAME, () -> FileSystemUtils.deleteRecursively(directory));
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
