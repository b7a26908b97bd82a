package io.conveyor.testkit;

import io.conveyor.Extent;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.spi.TimeSource;
import io.conveyor.testkit.Fault.Progress;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongPredicate;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Which storage calls go wrong, and how. A {@link FaultInjectingBackend} executes it.
 *
 * <pre>{@code
 * plan.on(PWRITE).nth(3).failWith(Kind.UNAVAILABLE, Retry.SAFE);
 * plan.on(PREAD).always().moveAtMost(7);
 * plan.on(SYNC).onKey("a").from(2).failWith(Kind.IO, Retry.NEVER);
 * Hold hold = plan.hold(PWRITE);
 * }</pre>
 *
 * <p>Each rule counts the calls that match it from the moment it was made, so "the first" means the first from now. When several rules
 * choose one call, the call waits for all of them, moves the least number of bytes, and fails as the rule that was made first says.
 *
 * <p><b>Threads.</b> Any thread may call it, while calls are running too.
 */
public final class FaultPlan {

    private final List<FaultRule> rules = new CopyOnWriteArrayList<>();
    private final List<Hold> holds = new CopyOnWriteArrayList<>();

    private final AtomicLong generation = new AtomicLong();

    private FaultPlan() {}

    /** A plan by which nothing goes wrong yet. */
    public static FaultPlan create() {
        return new FaultPlan();
    }

    /** Begins a rule about calls of these operations, or of all if none is named. */
    public When on(StorageOperation... operations) {
        Set<StorageOperation> set = EnumSet.noneOf(StorageOperation.class);
        set.addAll(operations.length == 0 ? List.of(StorageOperation.values()) : List.of(operations));
        return new When(call -> set.contains(call.operation()));
    }

    /** Holds all calls of these operations from now on. */
    public Hold hold(StorageOperation... operations) {
        return on(operations).always().hold();
    }

    /** Forgets all rules and lets everything go on that is held. */
    public void clear() {
        generation.incrementAndGet();
        rules.clear();
        holds.forEach(Hold::release);
        holds.clear();
    }

    Fault faultFor(StorageCall call) {
        Fault fault = new Fault();
        for (FaultRule rule : rules) {
            rule.apply(call, fault);
        }
        return fault;
    }

    /** Which of the calls that match: the second half of a rule's condition. */
    public final class When {

        private final Predicate<StorageCall> matches;

        private When(Predicate<StorageCall> matches) {
            this.matches = matches;
        }

        /** Only calls on this object. */
        public When onKey(String key) {
            return where(call -> call.key().equals(key));
        }

        /** Only reads and writes that touch a byte of this range, and truncations that cut one. */
        public When within(Extent range) {
            return where(call -> call.operation() == StorageOperation.TRUNCATE
                    ? call.extent().offset() < range.end()
                    : call.extent().overlaps(range));
        }

        /** Only calls of which this holds. */
        public When where(Predicate<? super StorageCall> condition) {
            return new When(call -> matches.test(call) && condition.test(call));
        }

        /** Every call that matches. */
        public Then always() {
            return new Then(matches, number -> true);
        }

        /** The {@code n}-th call that matches, counted from 1. */
        public Then nth(long n) {
            return new Then(matches, number -> number == n);
        }

        /** The next call that matches. */
        public Then next() {
            return nth(1);
        }

        /** The next {@code count} calls that match. */
        public Then next(long count) {
            return new Then(matches, number -> number <= count);
        }

        /** The {@code n}-th call that matches and all after it. */
        public Then from(long n) {
            return new Then(matches, number -> number >= n);
        }

        /** Every {@code n}-th call that matches. */
        public Then every(long n) {
            return new Then(matches, number -> number % n == 0);
        }
    }

    /** What happens to the calls that were chosen; each method completes the rule. */
    public final class Then {

        private final Predicate<StorageCall> matches;
        private final LongPredicate chooses;

        private Then(Predicate<StorageCall> matches, LongPredicate chooses) {
            this.matches = matches;
            this.chooses = chooses;
        }

        /** They fail, without effect, with a {@link StorageException} of this kind. */
        public FaultRule failWith(Kind kind, Retry retry) {
            return failure(call -> storageException(call, kind, retry), Progress.NOT_APPLIED);
        }

        /** They fail, without effect, with what {@code failure} makes: an {@code IOException}, a {@code RuntimeException} or an {@code Error}. */
        public FaultRule failWith(Supplier<? extends Throwable> failure) {
            return failure(call -> failure.get(), Progress.NOT_APPLIED);
        }

        /** They take effect, and yet the caller is told that nobody knows: the answer got lost. */
        public FaultRule loseTheAnswer() {
            return failure(
                    call -> storageException(call, Kind.UNAVAILABLE, Retry.OUTCOME_UNKNOWN), Progress.APPLIED_UNKNOWN);
        }

        /** They have no effect, and the caller is told that nobody knows: the request got lost. */
        public FaultRule loseTheRequest() {
            return failure(
                    call -> storageException(call, Kind.UNAVAILABLE, Retry.OUTCOME_UNKNOWN), Progress.NOT_APPLIED);
        }

        /** They take effect, and then fail with what {@code failure} makes; the positions of buffers have not moved. */
        public FaultRule failAfterwards(Supplier<? extends Throwable> failure) {
            return failure(call -> failure.get(), Progress.APPLIED_UNKNOWN);
        }

        /** Reads and writes move up to {@code bytes} bytes, and then fail; the positions of buffers tell how many. */
        public FaultRule failAfterBytes(int bytes, Kind kind, Retry retry) {
            return effect(fault -> {
                fault.limit(bytes);
                fault.fail(call -> storageException(call, kind, retry), Progress.APPLIED);
            });
        }

        /** Reads and writes are short: they move at most {@code bytes} bytes, at least 1. */
        public FaultRule moveAtMost(int bytes) {
            if (bytes < 1) {
                throw new IllegalArgumentException(bytes + " bytes are not a short read or write; see moveNothing()");
            }
            return effect(fault -> fault.limit(bytes));
        }

        /** Reads and writes are short: they move 1 to {@code bytes} bytes, as {@code random} says. */
        public FaultRule moveRandomly(int bytes, RandomGenerator random) {
            return effect(fault -> {
                synchronized (random) {
                    fault.limit(1 + random.nextInt(bytes));
                }
            });
        }

        /** Reads and writes move nothing and answer 0, which a backend must not do. */
        public FaultRule moveNothing() {
            return effect(fault -> fault.limit(0));
        }

        /** Reads and writes move nothing and answer {@code count}, whatever that means. */
        public FaultRule answer(int count) {
            return effect(fault -> fault.answer(count));
        }

        /** They take so long by this clock, or until the plan is cleared. */
        public FaultRule delay(Duration duration, TimeSource time) {
            long now = generation.get();
            return effect(fault -> fault.before(Fault.delay(duration, time, () -> generation.get() != now)));
        }

        /** They are held before they reach the store, until the test lets them go on; meanwhile they count as under way. */
        public Hold hold() {
            Hold hold = newHold();
            effect(fault -> fault.before(hold::pass));
            return hold;
        }

        /** They reach the store, and are held before the caller learns of it, until the test lets them go on. */
        public Hold holdAfterwards() {
            Hold hold = newHold();
            effect(fault -> fault.after(hold::pass));
            return hold;
        }

        /** Something is done on their thread before they reach the store. */
        public FaultRule run(Runnable action) {
            return effect(fault -> fault.before(call -> action.run()));
        }

        private Hold newHold() {
            Hold hold = new Hold();
            holds.add(hold);
            return hold;
        }

        private FaultRule failure(Function<StorageCall, ? extends Throwable> failure, Progress progress) {
            return effect(fault -> fault.fail(failure, progress));
        }

        private FaultRule effect(Consumer<Fault> effect) {
            FaultRule rule = new FaultRule(matches, chooses, effect);
            rules.add(rule);
            return rule;
        }
    }

    /** A failure as a backend would report it, with the operation, the object and the range of the call. */
    static StorageException storageException(StorageCall call, Kind kind, Retry retry) {
        @Nullable Extent extent = call.extent().length() > 0 ? call.extent() : null;
        String operation = call.operation().name().toLowerCase(Locale.ROOT);
        return new StorageException(kind, retry, operation, call.key(), extent, "as the plan of the test says", null);
    }
}
