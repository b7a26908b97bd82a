package io.conveyor.backend.hdfs;

import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOptions;
import io.conveyor.JournalOptions;
import io.conveyor.core.Conveyors;
import io.conveyor.testkit.KillHarness;
import io.conveyor.testkit.Seed;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Processes that write to HDFS with a journal are killed, and some of those that recover them: what was acknowledged is there after the next one has opened
 * it. So many kills: {@code -Dconveyor.remote-kills=30}.
 */
class HdfsKilledWriterTest {

    private static final int KILLS = Integer.getInteger("conveyor.remote-kills", 1);
    private static final int OBJECTS = 2;

    @TempDir
    private Path directory;

    @Test
    void whatWasAcknowledgedIsThereAfterTheNextOpen() throws Exception {
        Seed seed = Seed.current();
        Random random = seed.random();
        HdfsOptions cluster = HdfsCluster.shared().options().build();
        long acknowledged = 0;
        int killedRecoveries = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            // appends most of the time, as HDFS likes it; else copies of the whole file
            boolean appendsOnly = kill % 3 != 2;
            KillHarness harness = new KillHarness(seed.value() + kill, OBJECTS, appendsOnly);
            Path journal = directory.resolve("journal-" + kill);
            String base = cluster.baseDirectory() + "/kill-" + kill;
            String[] arguments = {
                cluster.uri().toString(),
                base,
                journal.toString(),
                Long.toString(harness.seed()),
                Boolean.toString(appendsOnly)
            };
            long steps = harness.kill(Writer.class, 1 + random.nextInt(appendsOnly ? 1_000 : 50), arguments);
            acknowledged += steps;
            for (int again = KILLS == 1 ? 1 : random.nextInt(3); again > 0; again--) {
                Duration moment = Duration.ofMillis(random.nextInt(4_000));
                killedRecoveries += harness.killRecovery(Recoverer.class, moment, arguments) ? 1 : 0;
            }
            try (ConveyorFactory factory = factory(cluster.uri(), base, journal)) {
                harness.requireRecovered(factory, steps);
            }
        }
        System.out.println(KILLS + " writers and " + killedRecoveries + " recoveries killed, " + acknowledged
                + " acknowledged steps, " + seed);
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

    /** Recovers what the writer has left, and is killed, too. */
    static final class Recoverer {

        private Recoverer() {}

        /** Takes what the writer takes. */
        public static void main(String[] arguments) throws Exception {
            new KillHarness(Long.parseLong(arguments[3]), OBJECTS, Boolean.parseBoolean(arguments[4]))
                    .recover(() -> factory(URI.create(arguments[0]), arguments[1], Path.of(arguments[2])));
        }
    }
}
