package io.conveyor.spring.metrics;

import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorStats;
import io.conveyor.FactoryStats;
import io.conveyor.JournalInfo;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;

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
        MeterRegistration meters = new MeterRegistration(registry, factory, tags);
        bindApplication(meters);
        bindStorage(meters);
        bindReadAhead(meters);
        bindConveyors(meters);
        bindJournals(meters);
        bindResources(meters);
    }

    private static void bindApplication(MeterRegistration to) {
        to.countTotal(
                "conveyor.writes",
                "Writes of the application",
                stats -> stats.writes().count());
        to.countBytes(
                "conveyor.bytes.written",
                "Bytes that the application wrote",
                stats -> stats.writes().bytes());
        to.time(
                "conveyor.write.stalls",
                "Writes that had to wait for room",
                stats -> stats.writes().stalls(),
                stats -> stats.writes().stallNanos());
        to.countTotal(
                "conveyor.reads",
                "Reads of the application",
                stats -> stats.reads().count());
        to.countBytes(
                "conveyor.bytes.read",
                "Bytes that the application read",
                stats -> stats.reads().bytes());
        to.time(
                "conveyor.read.waits",
                "Reads that had to wait for storage",
                stats -> stats.reads().stalls(),
                stats -> stats.reads().stallNanos());
    }

    private static void bindStorage(MeterRegistration to) {
        to.gaugeBytes(
                "conveyor.pending",
                "Accepted and not yet written",
                stats -> stats.total().pendingBytes());
        to.countTotal(
                "conveyor.storage.writes",
                "Writes that storage took",
                stats -> stats.pwrites().count());
        to.countBytes(
                "conveyor.storage.written",
                "Bytes that storage took",
                stats -> stats.pwrites().bytes());
        to.countTotal(
                "conveyor.storage.reads",
                "Reads that storage answered",
                stats -> stats.preads().count());
        to.countBytes(
                "conveyor.storage.read",
                "Bytes that storage delivered",
                stats -> stats.preads().bytes());
        to.countTotal(
                "conveyor.storage.flushes",
                "Flushes and commits",
                stats -> stats.flushes().count());
        to.countTotal("conveyor.storage.syncs", "Syncs", stats -> stats.syncs().count());
        to.countTotal("conveyor.retries", "Storage calls that were repeated", ConveyorStats::retries);
        to.countTotal(
                "conveyor.recoveries",
                "Times that storage lost something and made up for it",
                ConveyorStats::recoveries);
        to.countTotal("conveyor.failures", "Times that a background failure stuck", ConveyorStats::failures);
    }

    private static void bindReadAhead(MeterRegistration to) {
        to.countTotal(
                "conveyor.readahead.hits",
                "Reads served from memory",
                stats -> stats.readAhead().hits());
        to.countTotal(
                "conveyor.readahead.waits",
                "Reads that waited for a fetch",
                stats -> stats.readAhead().waits());
        to.countTotal(
                "conveyor.readahead.misses",
                "Reads that asked storage",
                stats -> stats.readAhead().misses());
        to.countBytes(
                "conveyor.readahead.fetched",
                "Fetched ahead",
                stats -> stats.readAhead().fetchedBytes());
        to.countBytes(
                "conveyor.readahead.wasted",
                "Dropped unread",
                stats -> stats.readAhead().wastedBytes());
        to.gaugeBytes(
                "conveyor.readahead.window",
                "How far ahead fetching runs",
                stats -> stats.total().readAhead().windowBytes());
    }

    private static void bindConveyors(MeterRegistration to) {
        to.count("conveyor.opened", "Conveyors opened", FactoryStats::opened);
        to.gauge("conveyor.open", "Conveyors open now", FactoryStats::open);
        to.gauge("conveyor.failed", "Open conveyors with a sticky failure", FactoryStats::failed);
    }

    private static void bindJournals(MeterRegistration to) {
        to.gaugeFactory(
                "conveyor.journals",
                null,
                "Journals that are not resolved",
                from -> from.journals().size());
        to.gaugeFactory(
                "conveyor.journals.pending",
                MeterRegistration.BYTES,
                "Accepted bytes in them",
                from -> from.journals().stream().mapToLong(JournalInfo::bytes).sum());
    }

    private static void bindResources(MeterRegistration to) {
        to.gaugeBytes("conveyor.memory.used", "Memory that all conveyors use", FactoryStats::memoryUsedBytes);
        to.gaugeBytes("conveyor.memory.budget", "Memory that they may use", FactoryStats::memoryBudgetBytes);
        to.gauge("conveyor.workers", "Background threads allowed", FactoryStats::workers);
        to.gauge("conveyor.workers.busy", "Background threads at work", FactoryStats::busyWorkers);
    }
}
