package io.conveyor.spring.actuate;

import io.conveyor.spring.ConveyorStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.HealthContributor;

/** The health of several stores by name. Whoever goes through all of them begins one round of checks; whoever wants a single one asks no other. */
final class StoresHealth implements CompositeHealthContributor {

    private final List<StorePing> pings = new ArrayList<>();
    private final Duration timeout;
    private final @Nullable Duration maxPendingAge;

    StoresHealth(Collection<ConveyorStore> stores, Duration timeout, @Nullable Duration maxPendingAge) {
        for (ConveyorStore store : stores) {
            pings.add(new StorePing(store));
        }
        this.timeout = timeout;
        this.maxPendingAge = maxPendingAge;
    }

    @Override
    public @Nullable HealthContributor getContributor(String name) {
        for (StorePing ping : pings) {
            if (ping.store().name().equals(name)) {
                return indicator(ping, new PingRound(List.of(ping), timeout));
            }
        }
        return null;
    }

    @Override
    public Stream<Entry> stream() {
        PingRound round = new PingRound(pings, timeout);
        return pings.stream().map(ping -> new Entry(ping.store().name(), indicator(ping, round)));
    }

    /** The health of the only store. */
    ConveyorHealthIndicator single() {
        StorePing only = pings.get(0);
        return indicator(only, new PingRound(List.of(only), timeout));
    }

    private ConveyorHealthIndicator indicator(StorePing ping, PingRound round) {
        return new ConveyorHealthIndicator(ping, round, maxPendingAge);
    }
}
