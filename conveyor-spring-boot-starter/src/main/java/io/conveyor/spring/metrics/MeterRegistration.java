package io.conveyor.spring.metrics;

import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorStats;
import io.conveyor.FactoryStats;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** Registers meters that read one factory's figures, all with the same tags. */
final class MeterRegistration {

    static final String BYTES = "bytes";

    private final MeterRegistry registry;
    private final ConveyorFactory factory;
    private final Tags tags;

    MeterRegistration(MeterRegistry registry, ConveyorFactory factory, Tags tags) {
        this.registry = registry;
        this.factory = factory;
        this.tags = tags;
    }

    void count(String name, String description, ToDoubleFunction<FactoryStats> value) {
        FunctionCounter.builder(name, factory, from -> value.applyAsDouble(from.stats()))
                .description(description)
                .tags(tags)
                .register(registry);
    }

    void countTotal(String name, String description, ToDoubleFunction<ConveyorStats> value) {
        count(name, description, stats -> value.applyAsDouble(stats.total()));
    }

    void countBytes(String name, String description, ToDoubleFunction<ConveyorStats> value) {
        FunctionCounter.builder(
                        name, factory, from -> value.applyAsDouble(from.stats().total()))
                .description(description)
                .baseUnit(BYTES)
                .tags(tags)
                .register(registry);
    }

    void time(
            String name,
            String description,
            ToLongFunction<ConveyorStats> count,
            ToDoubleFunction<ConveyorStats> nanos) {
        FunctionTimer.builder(
                        name,
                        factory,
                        from -> count.applyAsLong(from.stats().total()),
                        from -> nanos.applyAsDouble(from.stats().total()),
                        TimeUnit.NANOSECONDS)
                .description(description)
                .tags(tags)
                .register(registry);
    }

    void gauge(String name, String description, ToDoubleFunction<FactoryStats> value) {
        gaugeFactory(name, null, description, from -> value.applyAsDouble(from.stats()));
    }

    void gaugeBytes(String name, String description, ToDoubleFunction<FactoryStats> value) {
        gaugeFactory(name, BYTES, description, from -> value.applyAsDouble(from.stats()));
    }

    void gaugeFactory(String name, @Nullable String unit, String description, ToDoubleFunction<ConveyorFactory> value) {
        Gauge.builder(name, factory, value)
                .description(description)
                .baseUnit(unit)
                .tags(tags)
                .register(registry);
    }
}
