package io.conveyor.spring.autoconfigure;

import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOptions;
import io.conveyor.core.ConveyorListener;
import io.conveyor.core.Conveyors;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spring.ConveyorBackendDecorator;
import io.conveyor.spring.ConveyorBackendFactory;
import io.conveyor.spring.ConveyorFactoryCustomizer;
import io.conveyor.spring.ConveyorOptionsCustomizer;
import io.conveyor.spring.ConveyorStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.thread.Threading;
import org.springframework.context.ApplicationContext;
import org.springframework.core.task.VirtualThreadTaskExecutor;

/**
 * Makes the stores of an application: backend, decorators, options, customizers, engine. Everything is decided here, when a bean is made; a condition
 * would be frozen by processing ahead of time. Remembers which store is where.
 */
final class StoreAssembly {

    private final ConveyorProperties properties;
    private final ApplicationContext context;
    private final ListableBeanFactory beans;
    /** By the name of the store: its bean need not be what was made here, as post-processors may wrap that. */
    private final Map<String, Layers> layers = new ConcurrentHashMap<>();

    private final StorePlaces places;
    private final JournalPlaces journals;

    /** Whether the properties choose the backend of the default store. */
    private volatile boolean defaultIsChosen;

    /** A backend as it was made, and as the engine uses it, with the options of the store. */
    private record Layers(StorageBackend innermost, StorageBackend outermost, ConveyorOptions options) {}

    StoreAssembly(ConveyorProperties properties, ApplicationContext context, ListableBeanFactory beans) {
        this.properties = properties;
        this.context = context;
        this.beans = beans;
        StoreAssembly ofParent = ofParent(context);
        this.places = ofParent == null ? new StorePlaces() : new StorePlaces(ofParent.places);
        this.journals = ofParent == null ? new JournalPlaces() : new JournalPlaces(ofParent.journals);
    }

    /** The one that has made the stores of the parent, which are there before those of this context. */
    private static @Nullable StoreAssembly ofParent(ApplicationContext context) {
        ApplicationContext parent = context.getParent();
        return parent == null
                ? null
                : parent.getBeanProvider(StoreAssembly.class).getIfAvailable();
    }

    /** The backend that the default store names; not asked for where the application has one. */
    StorageBackend defaultBackend() {
        defaultIsChosen = true;
        return backend(StoreDefinition.ofDefault(properties));
    }

    /** The default store over {@code backend}, which the factory closes. */
    ConveyorFactory defaultFactory(StorageBackend backend) {
        return factory(
                defaultIsChosen ? StoreDefinition.ofDefault(properties) : StoreDefinition.ofDefaultOnBean(properties),
                backend);
    }

    /**
     * A store of that name, its backend included.
     *
     * @throws InvalidConfigurationPropertyValueException if nothing that is set below its name is a property of a store
     */
    ConveyorFactory namedFactory(String name) {
        StoreProperties named = properties.getStores().get(name);
        if (named == null) {
            throw unknownProperties(name);
        }
        StoreDefinition store = StoreDefinition.named(name, named);
        return factory(store, backend(store));
    }

    /** Such a store would be the default one in all but its name: what it was to be like is misspelt. */
    private InvalidConfigurationPropertyValueException unknownProperties(String name) {
        String store = "conveyor.stores." + name;
        return new InvalidConfigurationPropertyValueException(
                store,
                name,
                "Nothing below it is a property of a store, of "
                        + new GivenSettings(context.getEnvironment()).namesBelow(store) + "; known are "
                        + GivenSettings.namesOf(StoreProperties.class) + ".");
    }

    /** What is known of a store; where it stores and how only if its factory was made here. */
    ConveyorStore describe(String name, ConveyorFactory factory) {
        Optional<Layers> known = Optional.ofNullable(layers.get(name));
        return new ConveyorStore(
                name, factory, known.map(Layers::outermost), known.map(Layers::innermost), known.map(Layers::options));
    }

    private StorageBackend backend(StoreDefinition store) {
        return new BackendCatalog(
                        ordered(ConveyorBackendFactory.class),
                        BackendModule.all(beans),
                        context.getClassLoader(),
                        new GivenSettings(context.getEnvironment()))
                .create(store);
    }

    /** A store over {@code backend}, which is closed together with what lies around it: by the factory, or here if none can be made. */
    private ConveyorFactory factory(StoreDefinition store, StorageBackend backend) {
        StorageBackend outermost = backend;
        try {
            places.take(store, backend.name(), backend.identity());
            journals.take(store, backend);
            for (ConveyorBackendDecorator decorator : ordered(ConveyorBackendDecorator.class)) {
                outermost = decorator.decorate(outermost, store.name());
            }
            return factory(store, backend, outermost);
        } catch (RuntimeException | Error failure) {
            closeAfter(failure, outermost);
            throw failure;
        }
    }

    private ConveyorFactory factory(StoreDefinition store, StorageBackend backend, StorageBackend decorated) {
        if (store.properties().isFailFast()) {
            FirstPing.require(store, decorated, properties.getHealth().getTimeout());
        }
        Conveyors.Builder builder = Conveyors.builder(decorated).name(store.name());
        ConveyorOptions options = options(store);
        builder.options(options);
        share(store, builder);
        ConveyorFactory factory = build(store, builder);
        layers.put(store.name(), new Layers(backend, decorated, options));
        return factory;
    }

    /** Only the journal needs anything that may not be there. */
    private static ConveyorFactory build(StoreDefinition store, Conveyors.Builder builder) {
        try {
            return builder.build();
        } catch (UncheckedIOException unusable) {
            throw new UnusableJournalException(store, Objects.requireNonNull(unusable.getCause()));
        }
    }

    private ConveyorOptions options(StoreDefinition store) {
        ConveyorOptions.Builder options = store.properties().toOptions();
        ordered(ConveyorOptionsCustomizer.class).forEach(customizer -> customizer.customize(options, store.name()));
        return options.build();
    }

    private void share(StoreDefinition store, Conveyors.Builder builder) {
        if (store.properties().getMemoryBudget() != null) {
            builder.memoryBudget(store.properties().getMemoryBudget().toBytes());
        }
        if (store.properties().getWorkers() != null) {
            builder.workers(store.properties().getWorkers());
        }
        if (store.properties().getJournal().isEnabled()) {
            builder.journal(store.properties().getJournal().toOptions());
        }
        if (Threading.VIRTUAL.isActive(context.getEnvironment())) {
            builder.executor(new VirtualThreadTaskExecutor("conveyor-" + store.name() + "-"));
        }
        builder.listener(ListenerChain.of(ordered(ConveyorListener.class)));
        ordered(ConveyorFactoryCustomizer.class).forEach(customizer -> customizer.customize(builder, store.name()));
    }

    private static void closeAfter(Throwable failure, StorageBackend backend) {
        try {
            backend.close();
        } catch (IOException | RuntimeException suppressed) {
            failure.addSuppressed(suppressed);
        }
    }

    private <T> List<T> ordered(Class<T> type) {
        return beans.getBeanProvider(type).orderedStream().toList();
    }
}
