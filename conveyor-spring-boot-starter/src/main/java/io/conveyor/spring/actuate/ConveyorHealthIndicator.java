package io.conveyor.spring.actuate;

import io.conveyor.Conveyor;
import io.conveyor.FactoryStats;
import io.conveyor.JournalInfo;
import io.conveyor.JournalInfo.State;
import io.conveyor.spring.ConveyorStore;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;

/**
 * The health of one store: UP if it answers in time, no conveyor has a sticky failure, no byte has waited longer than allowed, and no journal is stuck.
 * Shows neither keys nor credentials.
 */
final class ConveyorHealthIndicator extends AbstractHealthIndicator {

    private final ConveyorStore store;
    private final StorePing ping;
    private final PingRound round;
    private final @Nullable Duration maxPendingAge;

    ConveyorHealthIndicator(StorePing ping, PingRound round, @Nullable Duration maxPendingAge) {
        super("Conveyor health check failed");
        this.store = ping.store();
        this.ping = ping;
        this.round = round;
        this.maxPendingAge = maxPendingAge;
    }

    @Override
    protected void doHealthCheck(Health.Builder health) throws InterruptedException {
        FactoryStats stats = store.factory().stats();
        Duration oldest = oldest();
        boolean late = maxPendingAge != null && oldest.compareTo(maxPendingAge) > 0;
        List<JournalInfo> journals = store.factory().journals();
        boolean stuck = journals.stream().anyMatch(ConveyorHealthIndicator::isStuck);
        health.status(stats.failed() > 0 || late || stuck ? Status.DOWN : Status.UP)
                .withDetail("backend", store.backendName())
                .withDetail("open", stats.open())
                .withDetail("failed", stats.failed())
                .withDetail("pendingBytes", stats.total().pendingBytes())
                .withDetail("oldestPendingAge", oldest.toString());
        if (late) {
            health.withDetail("maxPendingAge", String.valueOf(maxPendingAge));
        }
        if (!journals.isEmpty()) {
            health.withDetail("journals", byState(journals));
        }
        Optional<Throwable> failure = round.failure(ping);
        if (failure.isPresent()) {
            health.down(failure.get());
        }
    }

    /** What waits or is on its way needs nobody. */
    private static boolean isStuck(JournalInfo journal) {
        return journal.needsDecision() || journal.state() == State.FAILED;
    }

    private static Map<State, Long> byState(List<JournalInfo> journals) {
        return journals.stream()
                .collect(Collectors.groupingBy(JournalInfo::state, TreeMap::new, Collectors.counting()));
    }

    private Duration oldest() {
        return store.factory().openConveyors().stream()
                .map(Conveyor::pendingAge)
                .max(Comparator.naturalOrder())
                .orElse(Duration.ZERO);
    }
}
