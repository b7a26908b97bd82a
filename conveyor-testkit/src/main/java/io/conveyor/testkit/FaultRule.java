package io.conveyor.testkit;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongPredicate;
import java.util.function.Predicate;

/** One rule of a {@link FaultPlan}: which calls it chooses, and what becomes of them. Any thread may call it. */
public final class FaultRule {

    private final Predicate<StorageCall> matches;
    private final LongPredicate chooses;
    private final Consumer<Fault> effect;
    private final AtomicLong matched = new AtomicLong();
    private final AtomicLong chosen = new AtomicLong();
    private volatile boolean cancelled;

    FaultRule(Predicate<StorageCall> matches, LongPredicate chooses, Consumer<Fault> effect) {
        this.matches = matches;
        this.chooses = chooses;
        this.effect = effect;
    }

    void apply(StorageCall call, Fault fault) {
        if (!cancelled && matches.test(call) && chooses.test(matched.incrementAndGet())) {
            chosen.incrementAndGet();
            effect.accept(fault);
        }
    }

    /** How many calls the rule has chosen so far. */
    public long chosen() {
        return chosen.get();
    }

    /** Chooses no further call. Those that were chosen go on as planned. */
    public void cancel() {
        cancelled = true;
    }
}
