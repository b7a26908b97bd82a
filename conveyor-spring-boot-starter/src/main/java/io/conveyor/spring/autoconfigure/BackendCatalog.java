package io.conveyor.spring.autoconfigure;

import io.conveyor.spi.StorageBackend;
import io.conveyor.spi.StorageBackendProvider;
import io.conveyor.spi.StorageSettings;
import io.conveyor.spring.ConveyorBackendFactory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The backends an application could have: {@link ConveyorBackendFactory} beans first, then what the modules on its class path provide. Used
 * by one thread, while a bean is made.
 */
final class BackendCatalog {

    private final List<ConveyorBackendFactory> factories;
    private final List<StorageBackendProvider> providers;
    private final List<String> unloadable;

    private BackendCatalog(
            List<ConveyorBackendFactory> factories, List<StorageBackendProvider> providers, List<String> unloadable) {
        this.factories = factories;
        this.providers = providers;
        this.unloadable = unloadable;
    }

    /** The given factories, and the providers that the class loader sees. */
    static BackendCatalog of(List<ConveyorBackendFactory> factories, @Nullable ClassLoader classLoader) {
        List<StorageBackendProvider> providers = new ArrayList<>();
        List<String> unloadable = new ArrayList<>();
        Iterator<StorageBackendProvider> found =
                ServiceLoader.load(StorageBackendProvider.class, classLoader).iterator();
        while (addNext(found, providers, unloadable)) {
            // one at a time: a provider that lacks a library must not keep the others away
        }
        return new BackendCatalog(factories, providers, unloadable);
    }

    private static boolean addNext(
            Iterator<StorageBackendProvider> found, List<StorageBackendProvider> providers, List<String> unloadable) {
        try {
            if (!found.hasNext()) {
                return false;
            }
            providers.add(found.next());
        } catch (ServiceConfigurationError | LinkageError broken) {
            unloadable.add(String.valueOf(broken.getMessage()));
        }
        return true;
    }

    /**
     * Makes the backend of that name, in any case.
     *
     * @throws UnknownBackendException if nothing here makes one
     * @throws UnusableBackendException if it cannot be made
     */
    StorageBackend create(String name, BackendSettings settings) {
        try {
            Optional<ConveyorBackendFactory> factory = factories.stream()
                    .filter(candidate -> candidate.name().equalsIgnoreCase(name))
                    .findFirst();
            if (factory.isPresent()) {
                return factory.get().create();
            }
            StorageBackendProvider provider = provider(name);
            return provider.create(StorageSettings.of(settings.of(provider.name())));
        } catch (IOException | IllegalArgumentException cause) {
            throw new UnusableBackendException(name, cause);
        }
    }

    private StorageBackendProvider provider(String name) {
        return providers.stream()
                .filter(candidate -> candidate.name().equalsIgnoreCase(name))
                .findFirst()
                .orElseThrow(() -> new UnknownBackendException(name, names(), unloadable));
    }

    private List<String> names() {
        TreeSet<String> names = new TreeSet<>();
        factories.forEach(factory -> names.add(factory.name()));
        providers.forEach(provider -> names.add(provider.name()));
        return List.copyOf(names);
    }
}
