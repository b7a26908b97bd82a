package io.conveyor.spring.actuate;

import io.conveyor.ConveyorFactory;
import io.conveyor.spring.ConveyorStores;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.springframework.boot.actuate.info.Info;
import org.springframework.boot.actuate.info.InfoContributor;

/** The version, and what kind of store each one is. */
final class ConveyorInfoContributor implements InfoContributor {

    private final ConveyorStores stores;

    ConveyorInfoContributor(ConveyorStores stores) {
        this.stores = stores;
    }

    @Override
    public void contribute(Info.Builder builder) {
        Map<String, Object> kinds = new LinkedHashMap<>();
        stores.all().forEach(store -> kinds.put(store.name(), store.backendName()));
        String version = ConveyorFactory.class.getPackage().getImplementationVersion();
        builder.withDetail(
                "conveyor", Map.of("version", Objects.requireNonNullElse(version, "unknown"), "stores", kinds));
    }
}
