package io.conveyor.spring.actuate;

import io.conveyor.spring.ConveyorStore;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.HealthContributor;

/** The health of several stores by name. Whoever goes through all of them begins one round of checks; whoever wants a single one asks no other. */
final class StoresHealth implements CompositeHealthContributor {

    private final Map<ConveyorStore, StorePing> pings = new LinkedHashMap<>();
    private final Duration timeout;
    private final @Nullable Duration maxPendingAge;

    StoresHealth(Collection<ConveyorStore> stores, Duration timeout, @Nullable Duration maxPendingAge) {
        stores.forEach(store -> pings.put(store, new StorePing(store)));
        this.timeout = timeout;
        this.maxPendingAge = maxPendingAge;
    }

    @Override
    public @Nullable HealthContributor getContributor(String name) {
        for (Map.Entry<ConveyorStore, StorePing> entry : pings.entrySet()) {
            if (entry.getKey().name().equals(name)) {
                return indicator(entry, new PingRound(List.of(entry.getValue()), timeout));
            }
        }
        return null;
    }

    @Override
    public Stream<Entry> stream() {
        PingRound round = new PingRound(List.copyOf(pings.values()), timeout);
        return pings.entrySet().stream().map(entry -> new Entry(entry.getKey().name(), indicator(entry, round)));
    }

    /** The health of the only store. */
    ConveyorHealthIndicator single() {
        Map.Entry<ConveyorStore, StorePing> only = pings.entrySet().iterator().next();
        return indicator(only, new PingRound(List.of(only.getValue()), timeout));
    }

    private ConveyorHealthIndicator indicator(Map.Entry<ConveyorStore, StorePing> entry, PingRound round) {
        return new ConveyorHealthIndicator(entry.getKey(), entry.getValue(), round, maxPendingAge);
    }
}
