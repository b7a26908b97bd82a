package io.conveyor.spring.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.ConveyorStats;
import io.conveyor.FactoryStats;
import io.conveyor.JournalInfo;
import io.conveyor.spring.RecordingFactory;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConveyorMetersTest {

    /** Every figure is another prime, so that none can stand in for another. */
    private static final ConveyorStats TOTAL = new ConveyorStats(
            new ConveyorStats.Operations(2, 3, 5, 7_000_000_000L),
            new ConveyorStats.Operations(11, 13, 17, 19_000_000_000L),
            new ConveyorStats.Calls(23, 29, 31),
            new ConveyorStats.Calls(37, 41, 43),
            new ConveyorStats.Calls(47, 0, 53),
            new ConveyorStats.Calls(59, 0, 61),
            new ConveyorStats.ReadAhead(67, 71, 73, 79, 83, 89),
            97,
            101,
            ConveyorStats.Watermarks.NONE,
            103,
            149);

    private final MeterRegistry registry = new SimpleMeterRegistry();
    private final RecordingFactory factory = new RecordingFactory();

    @BeforeEach
    void bind() {
        factory.show(new FactoryStats(TOTAL, 107, 109, 113, 127, 131, 137, 139));
        factory.show(journal(151), journal(157));
        new ConveyorMeters(factory, Tags.of("backend", "memory", "store", "default")).bindTo(registry);
    }

    private static JournalInfo journal(long bytes) {
        return new JournalInfo("1", "key", JournalInfo.State.PENDING, bytes, 0, Instant.EPOCH, "");
    }

    @ParameterizedTest
    @CsvSource({
        "conveyor.writes, 2,",
        "conveyor.bytes.written, 3, bytes",
        "conveyor.reads, 11,",
        "conveyor.bytes.read, 13, bytes",
        "conveyor.storage.reads, 23,",
        "conveyor.storage.read, 29, bytes",
        "conveyor.storage.writes, 37,",
        "conveyor.storage.written, 41, bytes",
        "conveyor.storage.flushes, 47,",
        "conveyor.storage.syncs, 59,",
        "conveyor.readahead.hits, 67,",
        "conveyor.readahead.waits, 71,",
        "conveyor.readahead.misses, 73,",
        "conveyor.readahead.fetched, 79, bytes",
        "conveyor.readahead.wasted, 83, bytes",
        "conveyor.retries, 97,",
        "conveyor.failures, 101,",
        "conveyor.recoveries, 149,",
        "conveyor.opened, 107,",
    })
    void countsWhatTheFactoryCounted(String name, double value, String unit) {
        assertThat(registry.get(name).functionCounter().count()).isEqualTo(value);
        assertThat(registry.get(name).functionCounter().getId().getBaseUnit()).isEqualTo(unit);
    }

    @ParameterizedTest
    @CsvSource({
        "conveyor.readahead.window, 89, bytes",
        "conveyor.pending, 103, bytes",
        "conveyor.open, 109,",
        "conveyor.failed, 113,",
        "conveyor.memory.budget, 127, bytes",
        "conveyor.memory.used, 131, bytes",
        "conveyor.workers, 137,",
        "conveyor.workers.busy, 139,",
        "conveyor.journals, 2,",
        "conveyor.journals.pending, 308, bytes",
    })
    void showsWhatTheFactoryShows(String name, double value, String unit) {
        assertThat(registry.get(name).gauge().value()).isEqualTo(value);
        assertThat(registry.get(name).gauge().getId().getBaseUnit()).isEqualTo(unit);
    }

    @ParameterizedTest
    @CsvSource({"conveyor.write.stalls, 5, 7", "conveyor.read.waits, 17, 19"})
    void timesWaitsByCountAndTotal(String name, double count, double seconds) {
        assertThat(registry.get(name).functionTimer().count()).isEqualTo(count);
        assertThat(registry.get(name).functionTimer().totalTime(TimeUnit.SECONDS))
                .isEqualTo(seconds);
    }

    @Test
    void moveWithTheFactory() {
        factory.show(new FactoryStats(TOTAL.plus(TOTAL), 0, 1, 0, 0, 0, 0, 0));

        assertThat(registry.get("conveyor.writes").functionCounter().count()).isEqualTo(4);
        assertThat(registry.get("conveyor.open").gauge().value()).isEqualTo(1);
    }

    @Test
    void allHaveADescriptionAPlainNameAndTheSameTags() {
        assertThat(registry.getMeters())
                .hasSizeGreaterThan(25)
                .extracting(Meter::getId)
                .allSatisfy(id -> {
                    assertThat(id.getDescription()).isNotBlank();
                    assertThat(id.getName()).matches("conveyor(\\.[a-z]+)+").doesNotEndWith(".total");
                    assertThat(id.getTags())
                            .isEqualTo(Tags.of("backend", "memory", "store", "default").stream()
                                    .toList());
                });
    }
}
