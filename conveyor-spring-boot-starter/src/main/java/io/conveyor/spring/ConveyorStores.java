package io.conveyor.spring;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The stores of an application by name: every {@link io.conveyor.ConveyorFactory} bean. Immutable; any thread. */
public final class ConveyorStores {

    private final Map<String, ConveyorStore> stores = new LinkedHashMap<>();

    /** The given stores, in this order. */
    public ConveyorStores(Collection<ConveyorStore> stores) {
        stores.forEach(store -> this.stores.put(store.name(), store));
    }

    /** All stores, the default one first. */
    public Collection<ConveyorStore> all() {
        return Collections.unmodifiableCollection(stores.values());
    }

    /** The store of that name. */
    public Optional<ConveyorStore> find(String name) {
        return Optional.ofNullable(stores.get(name));
    }
}
