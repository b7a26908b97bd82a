package io.conveyor.backend.s3;

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

/** Processes that write to S3 with a journal are killed: what they had acknowledged is published by the next one. */
class S3KilledWriterTest {

    private static final String KILLS = "conveyor.remote-kills";
    private static final int OBJECTS = 2;

    @TempDir
    private Path directory;

    @Test
    @EnabledIfSystemProperty(
            named = KILLS,
            matches = "[0-9]+",
            disabledReason = "takes minutes: -Dconveyor.remote-kills=30")
    void whatWasAcknowledgedIsPublishedByTheNextProcess() throws Exception {
        Seed seed = Seed.current();
        Random random = seed.random();
        long acknowledged = 0;
        int kills = Integer.getInteger(KILLS, 30);
        try (S3ProxyServer server = S3ProxyServer.start()) {
            for (int kill = 0; kill < kills; kill++) {
                KillHarness harness = new KillHarness(seed.value() + kill, OBJECTS, false);
                Path journal = directory.resolve("journal-" + kill);
                String bucket = server.options().build().bucket();
                long steps = harness.kill(
                        Writer.class,
                        1 + random.nextInt(random.nextBoolean() ? 30 : 1_000),
                        server.endpoint().toString(),
                        bucket,
                        "kill-" + kill,
                        journal.toString(),
                        Long.toString(harness.seed()));
                acknowledged += steps;
                try (ConveyorFactory factory = factory(server.endpoint(), bucket, "kill-" + kill, journal)) {
                    harness.requireRecovered(factory, steps);
                }
            }
        }
        System.out.println(kills + " writers killed, " + acknowledged + " acknowledged steps, " + seed);
    }

    private static ConveyorFactory factory(URI endpoint, String bucket, String prefix, Path journal) throws Exception {
        return Conveyors.builder(S3Backend.create(
                        S3ProxyServer.options(endpoint, bucket).prefix(prefix).build()))
                .options(ConveyorOptions.builder().readAhead(false).build())
                .journal(JournalOptions.builder(journal).maxBytes(64 << 20).build())
                .build();
    }

    /** Writes until it is killed. */
    static final class Writer {

        private Writer() {}

        /** Takes the endpoint, the bucket, the prefix, the journal's directory and the seed. */
        public static void main(String[] arguments) throws Exception {
            ConveyorFactory factory =
                    factory(URI.create(arguments[0]), arguments[1], arguments[2], Path.of(arguments[3]));
            new KillHarness(Long.parseLong(arguments[4]), OBJECTS, false).write(factory, 50);
        }
    }
}
