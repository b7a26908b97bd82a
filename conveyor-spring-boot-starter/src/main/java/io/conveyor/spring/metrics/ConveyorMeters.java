package io.conveyor.spring.metrics;

import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorStats;
import io.conveyor.ConveyorStats.Operations;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * The figures of one factory as meters, read from {@link ConveyorFactory#stats()} whenever a registry asks; nothing is counted twice. A
 * registry holds the factory weakly. The names are listed with the package.
 */
final class ConveyorMeters implements MeterBinder {

    private final ConveyorFactory factory;
    private final Tags tags;

    /** Meters of {@code factory}, all of them with these tags. */
    ConveyorMeters(ConveyorFactory factory, Tags tags) {
        this.factory = factory;
        this.tags = tags;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        for (FactoryMeter each : FactoryMeter.values()) {
            switch (each.kind()) {
                case COUNTER -> count(each, registry);
                case GAUGE -> gauge(each, registry);
            }
        }
        time("conveyor.write.stalls", "Writes that had to wait for room", ConveyorStats::writes, registry);
        time("conveyor.read.waits", "Reads that had to wait for storage", ConveyorStats::reads, registry);
    }

    private void count(FactoryMeter each, MeterRegistry registry) {
        FunctionCounter.builder(each.meter(), factory, each)
                .description(each.description())
                .baseUnit(each.unit())
                .tags(tags)
                .register(registry);
    }

    private void gauge(FactoryMeter each, MeterRegistry registry) {
        Gauge.builder(each.meter(), factory, each)
                .description(each.description())
                .baseUnit(each.unit())
                .tags(tags)
                .register(registry);
    }

    private void time(String name, String description, Function<ConveyorStats, Operations> of, MeterRegistry registry) {
        FunctionTimer.builder(
                        name,
                        factory,
                        from -> of.apply(from.stats().total()).stalls(),
                        from -> of.apply(from.stats().total()).stallNanos(),
                        TimeUnit.NANOSECONDS)
                .description(description)
                .tags(tags)
                .register(registry);
    }
}
