package io.conveyor.spring.autoconfigure;

import io.conveyor.spi.StorageBackend;
import io.conveyor.spi.StorageBackendProvider;
import io.conveyor.spi.StorageSettings;
import io.conveyor.spring.ConveyorBackendFactory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The backends an application could have: {@link ConveyorBackendFactory} beans first, then the modules whose properties have types, then what
 * others provide. A provider's class is looked at only if nothing else has the name. Used by one thread, while a bean is made.
 */
final class BackendCatalog {

    private final List<ConveyorBackendFactory> factories;
    private final List<BackendModule> modules;
    private final @Nullable ClassLoader classLoader;
    private final GivenSettings settings;

    /** The given factories and modules, and the providers that the class loader sees. */
    BackendCatalog(
            List<ConveyorBackendFactory> factories,
            List<BackendModule> modules,
            @Nullable ClassLoader classLoader,
            GivenSettings settings) {
        this.factories = List.copyOf(factories);
        this.modules = List.copyOf(modules);
        this.classLoader = classLoader;
        this.settings = settings;
    }

    /**
     * Makes the backend that a store names, in any case.
     *
     * @throws UnknownBackendException if nothing here makes one
     * @throws UnusableBackendException if it cannot be made
     */
    StorageBackend create(StoreDefinition store) {
        String name = store.properties().getBackend();
        try {
            for (ConveyorBackendFactory factory : factories) {
                if (factory.name().equalsIgnoreCase(name)) {
                    return factory.create(store.name());
                }
            }
            for (BackendModule module : modules) {
                if (module.name().equalsIgnoreCase(name) && module.isPresent(classLoader)) {
                    return create(module, store);
                }
            }
            return provided(store);
        } catch (IOException | IllegalArgumentException | LinkageError cause) {
            throw new UnusableBackendException(store, cause);
        }
    }

    private StorageBackend create(BackendModule module, StoreDefinition store) throws IOException {
        settings.rejectUnknown(store.property(module.name()), module.properties());
        return module.create(store);
    }

    private StorageBackend provided(StoreDefinition store) throws IOException {
        List<String> unloadable = new ArrayList<>();
        List<StorageBackendProvider> providers = providers(unloadable);
        StorageBackendProvider provider = providers.stream()
                .filter(candidate ->
                        candidate.name().equalsIgnoreCase(store.properties().getBackend()))
                .findFirst()
                .orElseThrow(() -> new UnknownBackendException(store, names(providers), unloadable));
        return provider.create(StorageSettings.of(settings.below(store.property(provider.name()))));
    }

    private List<StorageBackendProvider> providers(List<String> unloadable) {
        List<StorageBackendProvider> providers = new ArrayList<>();
        Iterator<StorageBackendProvider> found =
                ServiceLoader.load(StorageBackendProvider.class, classLoader).iterator();
        while (addNext(found, providers, unloadable)) {
            // one at a time: a provider that lacks a library must not keep the others away
        }
        return providers;
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

    private List<String> names(List<StorageBackendProvider> providers) {
        TreeSet<String> names = new TreeSet<>();
        factories.forEach(factory -> names.add(factory.name()));
        for (BackendModule module : modules) {
            if (module.isPresent(classLoader)) {
                names.add(module.name());
            }
        }
        providers.forEach(provider -> names.add(provider.name()));
        return List.copyOf(names);
    }
}
