package io.conveyor.spring.resource;

import io.conveyor.ObjectAttributes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationContext;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.ResourcePatternResolver;
import org.springframework.util.AntPathMatcher;

/**
 * Finds stored objects by patterns such as <code>conveyor:reports/&#42;&#42;/&#42;.csv</code>; other patterns are left to the application context. Lists
 * what begins with the part before the first wildcard, so start a pattern with as much as is known. Any thread.
 */
public final class ConveyorResourcePatternResolver implements ResourcePatternResolver {

    private final ApplicationContext context;
    private final Stores stores;
    private final AntPathMatcher matcher = new AntPathMatcher();

    /** A resolver of the stores of a context, and of what else it knows. */
    public ConveyorResourcePatternResolver(ApplicationContext context) {
        this.context = context;
        this.stores = new StoresOfContext(context);
    }

    @Override
    public Resource getResource(String location) {
        ConveyorLocation parsed = ConveyorLocation.parse(location);
        return parsed == null ? context.getResource(location) : new ConveyorResource(parsed, stores);
    }

    /**
     * The resources that match, by key.
     *
     * @throws IOException if the store cannot be listed
     */
    @Override
    public Resource[] getResources(String pattern) throws IOException {
        ConveyorLocation parsed = ConveyorLocation.parse(pattern);
        if (parsed == null) {
            return context.getResources(pattern);
        }
        if (!matcher.isPattern(parsed.key())) {
            return new Resource[] {new ConveyorResource(parsed, stores)};
        }
        try (Stream<ObjectAttributes> found = stores.find(parsed.store()).list(fixedPart(parsed.key()))) {
            return found.map(ObjectAttributes::key)
                    .filter(key -> matcher.match(parsed.key(), key))
                    .sorted()
                    .map(key -> new ConveyorResource(parsed.withKey(key), stores))
                    .toArray(Resource[]::new);
        } catch (UncheckedIOException failure) {
            throw failure.getCause();
        }
    }

    /** What stands before the first wildcard. */
    private static String fixedPart(String pattern) {
        int end = 0;
        while (end < pattern.length() && "*?{".indexOf(pattern.charAt(end)) < 0) {
            end++;
        }
        return pattern.substring(0, end);
    }

    @Override
    public @Nullable ClassLoader getClassLoader() {
        return context.getClassLoader();
    }
}
