package io.conveyor.spring.metrics;

import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorStats;
import io.conveyor.FactoryStats;
import io.conveyor.JournalInfo;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * The figures of a factory that are meters of their own, one line each; a wait is a timer, see {@link ConveyorMeters}. They are values of an enumeration
 * and not lambdas, because each lambda is a class that is made at every start of every application.
 */
enum FactoryMeter implements ToDoubleFunction<ConveyorFactory> {
    WRITES(Kind.COUNTER, "conveyor.writes", null, "Writes of the application"),
    BYTES_WRITTEN(Kind.COUNTER, "conveyor.bytes.written", Unit.BYTES, "Bytes that the application wrote"),
    READS(Kind.COUNTER, "conveyor.reads", null, "Reads of the application"),
    BYTES_READ(Kind.COUNTER, "conveyor.bytes.read", Unit.BYTES, "Bytes that the application read"),

    PENDING(Kind.GAUGE, "conveyor.pending", Unit.BYTES, "Accepted and not yet written"),
    STORAGE_WRITES(Kind.COUNTER, "conveyor.storage.writes", null, "Writes that storage took"),
    STORAGE_WRITTEN(Kind.COUNTER, "conveyor.storage.written", Unit.BYTES, "Bytes that storage took"),
    STORAGE_READS(Kind.COUNTER, "conveyor.storage.reads", null, "Reads that storage answered"),
    STORAGE_READ(Kind.COUNTER, "conveyor.storage.read", Unit.BYTES, "Bytes that storage delivered"),
    STORAGE_FLUSHES(Kind.COUNTER, "conveyor.storage.flushes", null, "Flushes and commits"),
    STORAGE_SYNCS(Kind.COUNTER, "conveyor.storage.syncs", null, "Syncs"),
    RETRIES(Kind.COUNTER, "conveyor.retries", null, "Storage calls that were repeated"),
    RECOVERIES(Kind.COUNTER, "conveyor.recoveries", null, "Times that storage lost something and made up for it"),
    FAILURES(Kind.COUNTER, "conveyor.failures", null, "Times that a background failure stuck"),

    HITS(Kind.COUNTER, "conveyor.readahead.hits", null, "Reads served from memory"),
    WAITS(Kind.COUNTER, "conveyor.readahead.waits", null, "Reads that waited for a fetch"),
    MISSES(Kind.COUNTER, "conveyor.readahead.misses", null, "Reads that asked storage"),
    FETCHED(Kind.COUNTER, "conveyor.readahead.fetched", Unit.BYTES, "Fetched ahead"),
    WASTED(Kind.COUNTER, "conveyor.readahead.wasted", Unit.BYTES, "Dropped unread"),
    WINDOW(Kind.GAUGE, "conveyor.readahead.window", Unit.BYTES, "How far ahead fetching runs"),

    OPENED(Kind.COUNTER, "conveyor.opened", null, "Conveyors opened"),
    OPEN(Kind.GAUGE, "conveyor.open", null, "Conveyors open now"),
    FAILED(Kind.GAUGE, "conveyor.failed", null, "Open conveyors with a sticky failure"),

    JOURNALS(Kind.GAUGE, "conveyor.journals", null, "Journals that are not resolved"),
    JOURNALS_PENDING(Kind.GAUGE, "conveyor.journals.pending", Unit.BYTES, "Accepted bytes in them"),

    MEMORY_USED(Kind.GAUGE, "conveyor.memory.used", Unit.BYTES, "Memory that all conveyors use"),
    MEMORY_BUDGET(Kind.GAUGE, "conveyor.memory.budget", Unit.BYTES, "Memory that they may use"),
    WORKERS(Kind.GAUGE, "conveyor.workers", null, "Background threads allowed"),
    WORKERS_BUSY(Kind.GAUGE, "conveyor.workers.busy", null, "Background threads at work");

    /** Whether a figure only grows. */
    enum Kind {
        COUNTER,
        GAUGE
    }

    /** The units of what is not simply counted. */
    private static final class Unit {

        static final String BYTES = "bytes";

        private Unit() {}
    }

    private final Kind kind;
    private final String meter;
    private final @Nullable String unit;
    private final String description;

    FactoryMeter(Kind kind, String meter, @Nullable String unit, String description) {
        this.kind = kind;
        this.meter = meter;
        this.unit = unit;
        this.description = description;
    }

    Kind kind() {
        return kind;
    }

    String meter() {
        return meter;
    }

    /** None if things are counted. */
    @Nullable
    String unit() {
        return unit;
    }

    String description() {
        return description;
    }

    /** Reads the figure now. Any thread. */
    @Override
    public double applyAsDouble(ConveyorFactory factory) {
        return switch (this) {
            case JOURNALS -> factory.journals().size();
            case JOURNALS_PENDING ->
                factory.journals().stream().mapToLong(JournalInfo::bytes).sum();
            default -> of(factory.stats());
        };
    }

    private double of(FactoryStats stats) {
        return switch (this) {
            case OPENED -> stats.opened();
            case OPEN -> stats.open();
            case FAILED -> stats.failed();
            case MEMORY_USED -> stats.memoryUsedBytes();
            case MEMORY_BUDGET -> stats.memoryBudgetBytes();
            case WORKERS -> stats.workers();
            case WORKERS_BUSY -> stats.busyWorkers();
            default -> of(stats.total());
        };
    }

    private double of(ConveyorStats total) {
        return switch (this) {
            case WRITES -> total.writes().count();
            case BYTES_WRITTEN -> total.writes().bytes();
            case READS -> total.reads().count();
            case BYTES_READ -> total.reads().bytes();
            case PENDING -> total.pendingBytes();
            case STORAGE_WRITES -> total.pwrites().count();
            case STORAGE_WRITTEN -> total.pwrites().bytes();
            case STORAGE_READS -> total.preads().count();
            case STORAGE_READ -> total.preads().bytes();
            case STORAGE_FLUSHES -> total.flushes().count();
            case STORAGE_SYNCS -> total.syncs().count();
            case RETRIES -> total.retries();
            case RECOVERIES -> total.recoveries();
            case FAILURES -> total.failures();
            case HITS -> total.readAhead().hits();
            case WAITS -> total.readAhead().waits();
            case MISSES -> total.readAhead().misses();
            case FETCHED -> total.readAhead().fetchedBytes();
            case WASTED -> total.readAhead().wastedBytes();
            case WINDOW -> total.readAhead().windowBytes();
            default -> throw new IllegalStateException(name() + " is no figure of its conveyors");
        };
    }
}
