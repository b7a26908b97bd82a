package io.conveyor.testkit;

import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOptions;
import io.conveyor.spi.StorageBackend;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * Compares conveyors with the simplest thing they could be: an array of bytes. A seed decides on a long sequence of operations (reads and
 * writes at the cursor and at positions, appends, truncations, seeks, flushes, syncs, reopenings, faults of the storage, clearings of
 * what stuck), each is done to a conveyor and to a {@link ReferenceFile}, and what they answer must be the same.
 *
 * <pre>{@code
 * ConveyorModel.of(MemoryBackend::create, (backend, options) -> Conveyors.builder(backend).options(options).build())
 *         .withFaults(true)
 *         .check(Seed.current(), 5_000);
 * }</pre>
 *
 * <p>A failure names the option that repeats the run and lists the operations of the shortest prefix of the sequence that fails. {@link
 * #stress} is the same idea for several threads on one conveyor. Immutable; each check makes a store of its own.
 */
public final class ConveyorModel {

    /** Makes the factory that is checked. */
    @FunctionalInterface
    public interface Maker {

        /** A factory over {@code backend}, which it closes in the end. */
        ConveyorFactory make(StorageBackend backend, ConveyorOptions options) throws IOException;
    }

    private static final ConveyorOptions OPTIONS =
            ConveyorContractBase.patient().build();

    private final Supplier<? extends StorageBackend> stores;
    private final Maker maker;
    private final ConveyorOptions options;
    private final boolean faults;

    private ConveyorModel(
            Supplier<? extends StorageBackend> stores, Maker maker, ConveyorOptions options, boolean faults) {
        this.stores = Objects.requireNonNull(stores, "stores");
        this.maker = Objects.requireNonNull(maker, "maker");
        this.options = Objects.requireNonNull(options, "options");
        this.faults = faults;
    }

    /** A model over stores that hold no object, each used for one check and then closed; without faults. */
    public static ConveyorModel of(Supplier<? extends StorageBackend> stores, Maker maker) {
        return new ConveyorModel(stores, maker, OPTIONS, false);
    }

    /** The same model with these options where they are set: small bounds make rare things happen all the time. */
    public ConveyorModel withOptions(ConveyorOptions changed) {
        return new ConveyorModel(stores, maker, changed.orElse(options), faults);
    }

    /** The same model with or without storage calls that fail, stop short and lose their answers. */
    public ConveyorModel withFaults(boolean wanted) {
        return new ConveyorModel(stores, maker, options, wanted);
    }

    /**
     * Does {@code count} operations.
     *
     * @throws AssertionError at the first difference; it names the seed and lists what was done
     */
    public void check(Seed seed, int count) throws Exception {
        List<ModelStep> steps = new ModelSteps(seed.random(), faults).generate(count);
        try (StorageBackend store = stores.get()) {
            FaultPlan plan = FaultPlan.create();
            FaultInjectingBackend backend = FaultInjectingBackend.lent(store, plan);
            try (ConveyorFactory factory = maker.make(backend, options)) {
                new ModelRun(store, backend, factory, seed).run(steps);
            } finally {
                plan.clear();
            }
        }
    }

    /**
     * Lets several threads write, read, flush and clear failures on one conveyor for so long: each writer has ranges of its own, each reader looks at
     * any range and finds in each word the last write that had returned before, or a later one.
     *
     * @throws AssertionError at the first difference; it names the seed
     */
    public void stress(Seed seed, Duration duration) throws Exception {
        try (StorageBackend store = stores.get()) {
            FaultPlan plan = FaultPlan.create();
            FaultInjectingBackend backend = FaultInjectingBackend.lent(store, plan);
            try (ConveyorFactory factory = maker.make(backend, options)) {
                new ModelStress(store, backend, factory, seed, faults).run(duration);
            } finally {
                plan.clear();
            }
        }
    }
}
