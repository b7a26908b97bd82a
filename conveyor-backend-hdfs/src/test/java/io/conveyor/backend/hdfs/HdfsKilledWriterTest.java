package io.conveyor.backend.hdfs;

import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOptions;
import io.conveyor.JournalOptions;
import io.conveyor.core.Conveyors;
import io.conveyor.testkit.KillHarness;
import io.conveyor.testkit.Seed;
import java.net.URI;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Processes that write to HDFS with a journal are killed: what they had acknowledged is there after the next one has opened it. */
class HdfsKilledWriterTest {

    private static final String KILLS = "conveyor.remote-kills";
    private static final int OBJECTS = 2;

    @TempDir
    private Path directory;

    @Test
    @EnabledIfSystemProperty(
            named = KILLS,
            matches = "[0-9]+",
            disabledReason = "takes minutes: -Dconveyor.remote-kills=30")
    void whatWasAcknowledgedIsThereAfterTheNextOpen() throws Exception {
        Seed seed = Seed.current();
        Random random = seed.random();
        HdfsOptions cluster = HdfsCluster.shared().options().build();
        long acknowledged = 0;
        int kills = Integer.getInteger(KILLS, 30);
        for (int kill = 0; kill < kills; kill++) {
            // appends most of the time, as HDFS likes it; else copies of the whole file
            boolean appendsOnly = kill % 3 != 2;
            KillHarness harness = new KillHarness(seed.value() + kill, OBJECTS, appendsOnly);
            Path journal = directory.resolve("journal-" + kill);
            String base = cluster.baseDirectory() + "/kill-" + kill;
            long steps = harness.kill(
                    Writer.class,
                    1 + random.nextInt(appendsOnly ? 1_000 : 50),
                    cluster.uri().toString(),
                    base,
                    journal.toString(),
                    Long.toString(harness.seed()),
                    Boolean.toString(appendsOnly));
            acknowledged += steps;
            try (ConveyorFactory factory = factory(cluster.uri(), base, journal)) {
                harness.requireRecovered(factory, steps);
            }
        }
        System.out.println(kills + " writers killed, " + acknowledged + " acknowledged steps, " + seed);
    }

    private static ConveyorFactory factory(URI uri, String base, Path journal) {
        return Conveyors.builder(
                        HdfsBackend.create(HdfsCluster.options(uri, base).build()))
                .options(ConveyorOptions.builder().readAhead(false).build())
                .journal(JournalOptions.builder(journal).maxBytes(64 << 20).build())
                .build();
    }

    /** Writes until it is killed. */
    static final class Writer {

        private Writer() {}

        /** Takes the file system, the base directory, the journal's directory, the seed, and whether to append only. */
        public static void main(String[] arguments) throws Exception {
            ConveyorFactory factory = factory(URI.create(arguments[0]), arguments[1], Path.of(arguments[2]));
            new KillHarness(Long.parseLong(arguments[3]), OBJECTS, Boolean.parseBoolean(arguments[4]))
                    .write(factory, 50);
        }
    }
}
