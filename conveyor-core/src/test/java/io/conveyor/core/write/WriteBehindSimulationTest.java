package io.conveyor.core.write;

import io.conveyor.testkit.Seed;
import java.util.Random;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Thousands of short lives of {@link WriteBehind}, each decided by its own seed. A failure names the seed and shows what led to it.
 */
@Timeout(300)
class WriteBehindSimulationTest {

    /** {@code -Dconveyor.simulations=}: how many lives each kind of store gets. */
    private static final int LIVES = Integer.getInteger("conveyor.simulations", 1200);

    private static final int SHOWN = 4000;

    /** Kinds of store, by what the state machine has to know. */
    enum Kind {
        /** A local file. */
        LOCAL_FILE(1, false, false, true, true, false, false),
        /** A file on a network, several writes at a time. */
        NETWORK_FILE(4, false, false, true, true, false, false),
        /** What is written is safe. */
        SAFE(1, false, false, false, false, false, false),
        /** A draft, published by its commit. */
        DRAFT(4, false, false, false, false, false, false),
        /** An object store: a flush publishes a version. */
        OBJECT(4, true, false, false, false, false, true),
        /** A pipeline of datanodes, which may lose what was not flushed. */
        PIPELINE(1, true, false, true, false, true, false),
        /** A draft on such a pipeline. */
        PIPELINE_DRAFT(1, true, false, false, false, true, false),
        /** Several writes at a time that may be lost before a flush. */
        WIDE_PIPELINE(4, true, false, true, false, true, false),
        /** A file that others see after a flush, and that a sync may lose. */
        CACHED_FILE(4, true, false, true, true, false, false),
        /** All that goes together. */
        WORST(4, true, false, true, false, true, true),
        /** A pipeline of datanodes that takes more while a flush waits for it. */
        OPEN_PIPELINE(1, true, true, true, false, true, false),
        /** A draft on such a pipeline. */
        OPEN_PIPELINE_DRAFT(1, true, true, false, false, true, false),
        /** Several writes at a time, and a flush beside them. */
        WIDE_OPEN_PIPELINE(4, true, true, true, false, true, false),
        /** A file that others see after a flush, which may run beside appends, and that a sync may lose. */
        OPEN_CACHED_FILE(4, true, true, true, true, false, false);

        private final int maxInFlight;
        private final boolean flushCall;
        private final boolean flushesBesideAppends;
        private final boolean syncCall;
        private final boolean lossySync;
        private final boolean releaseAtVisible;
        private final boolean atomicCommit;

        Kind(
                int maxInFlight,
                boolean flushCall,
                boolean flushesBesideAppends,
                boolean syncCall,
                boolean lossySync,
                boolean releaseAtVisible,
                boolean atomicCommit) {
            this.maxInFlight = maxInFlight;
            this.flushCall = flushCall;
            this.flushesBesideAppends = flushesBesideAppends;
            this.syncCall = syncCall;
            this.lossySync = lossySync;
            this.releaseAtVisible = releaseAtVisible;
            this.atomicCommit = atomicCommit;
        }

        WriteTraits traits(Random random) {
            int granule = 1 + random.nextInt(24);
            return new WriteTraits(
                    maxInFlight,
                    flushCall,
                    flushesBesideAppends,
                    syncCall,
                    lossySync,
                    releaseAtVisible,
                    atomicCommit,
                    isDraft(),
                    granule,
                    Math.max(granule, 1 + random.nextInt(64)),
                    40 + random.nextInt(300),
                    2 + random.nextInt(30));
        }

        boolean isDraft() {
            return this == DRAFT || this == PIPELINE_DRAFT || this == OPEN_PIPELINE_DRAFT;
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyLifeKeepsItsPromisesAndEnds(Kind kind) {
        Long asked = Long.getLong(Seed.PROPERTY);
        if (asked != null) {
            live(kind, asked);
            return;
        }
        Random seeds = Seed.current().random(kind.name().hashCode());
        for (int i = 0; i < LIVES; i++) {
            live(kind, seeds.nextLong());
        }
    }

    /** Lives that found something among so many others that the build would hardly find it again. */
    @ParameterizedTest
    @CsvSource({
        "OPEN_CACHED_FILE, -700844949746010245", // a write whose failure was followed by that of a sync
        "WIDE_OPEN_PIPELINE, -5303246508819357574", // a write that was tried again kept all from going back
        "CACHED_FILE, 6177654826052926055", // a write that was tried again beside an older one
        "OPEN_PIPELINE_DRAFT, 2338906044648001566", // what a failed write had left behind the end
        "WIDE_OPEN_PIPELINE, -117520600672050632" // the same, with more writes at a time
    })
    void livesThatOnceFailedKeepTheirPromises(Kind kind, long seed) {
        live(kind, seed);
    }

    private static void live(Kind kind, long seed) {
        try {
            simulation(kind, seed, false).run(steps(seed));
        } catch (Throwable failure) {
            Simulation again = simulation(kind, seed, true);
            try {
                again.run(steps(seed));
            } catch (Throwable same) {
                // the trace is what it was made for
            }
            String trace = again.trace();
            throw new AssertionError(
                    kind + ", " + new Seed(seed) + ": " + failure.getMessage() + "\n..."
                            + trace.substring(Math.max(0, trace.length() - SHOWN)),
                    failure);
        }
    }

    static int steps(long seed) {
        return 40 + (int) Math.floorMod(seed, 160L);
    }

    static Simulation simulation(Kind kind, long seed, boolean traced) {
        Random random = new Random(seed);
        return new Simulation(kind.traits(random), kind.isDraft(), random, traced);
    }
}
