package io.conveyor.spring.actuate;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorStats;
import io.conveyor.spring.ConveyorStore;
import io.conveyor.spring.ConveyorStores;
import io.conveyor.spring.RecordingFactory;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ListedConveyorsTest {

    private final AtomicInteger described = new AtomicInteger();

    @Test
    void onlyTheConveyorsThatAreListedAreDescribed() {
        RecordingFactory factory = new RecordingFactory();
        factory.show(IntStream.range(0, StoreDescription.LISTED + 500)
                .mapToObj(i -> conveyor())
                .toList());
        ConveyorEndpoint endpoint = new ConveyorEndpoint(
                new ConveyorStores(List.of(
                        new ConveyorStore("default", factory, Optional.empty(), Optional.empty(), Optional.empty()))),
                false);

        StoreDescription store = endpoint.store("default");

        assertThat(store).isNotNull();
        assertThat(store.conveyors())
                .hasSize(StoreDescription.LISTED)
                .extracting(ConveyorDescription::id)
                .isSorted();
        assertThat(described).hasValue(StoreDescription.LISTED);
    }

    /** Counts how often it is asked for its figures. */
    private Conveyor conveyor() {
        return (Conveyor) Proxy.newProxyInstance(
                Conveyor.class.getClassLoader(),
                new Class<?>[] {Conveyor.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "stats" -> {
                        described.incrementAndGet();
                        yield ConveyorStats.NONE;
                    }
                    case "failure" -> Optional.empty();
                    case "openOptions" -> Set.of();
                    case "pendingAge" -> Duration.ZERO;
                    case "hashCode" -> System.identityHashCode(proxy);
                    case "equals" -> proxy == arguments[0];
                    default -> throw new UnsupportedOperationException(method.getName());
                });
    }
}
