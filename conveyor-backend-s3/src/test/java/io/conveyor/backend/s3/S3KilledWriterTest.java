package io.conveyor.backend.s3;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOpenOption;
import io.conveyor.ConveyorOptions;
import io.conveyor.JournalOptions;
import io.conveyor.Whence;
import io.conveyor.core.Conveyors;
import io.conveyor.testkit.KillHarness;
import io.conveyor.testkit.Seed;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Processes that write to S3 with a journal are killed, and some of those that recover them: what was acknowledged is published in the end, and nothing is
 * left beside it. So many kills: {@code -Dconveyor.remote-kills=30}.
 */
class S3KilledWriterTest {

    private static final int KILLS = Integer.getInteger("conveyor.remote-kills", 1);
    private static final int OBJECTS = 2;

    /** Two parts of the least size, and a rest. */
    private static final int STREAMED_BYTES = 12 << 20;

    private static final int PIECE_BYTES = 64 << 10;

    private static S3ProxyServer server;
    private static String bucket;

    @TempDir
    private Path directory;

    @BeforeAll
    static void start() throws Exception {
        server = S3ProxyServer.start();
        bucket = server.options().build().bucket();
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    /** What is killed, and what must be there afterwards. */
    private interface Round {

        /** How many steps the writer may acknowledge. */
        int steps(Random random);

        /** Requires what was acknowledged. */
        void require(KillHarness harness, String prefix, Path journal, long acknowledged) throws Exception;
    }

    private void kill(String what, Class<?> writer, Class<?> recoverer, int recoveryMillis, Round round)
            throws Exception {
        Seed seed = Seed.current();
        Random random = seed.random();
        long acknowledged = 0;
        int killedRecoveries = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            KillHarness harness = new KillHarness(seed.value() + kill, OBJECTS, false);
            Path journal = directory.resolve(what + "-journal-" + kill);
            String prefix = what + "-" + kill + "-" + seed.value() + "/";
            String[] arguments = {
                server.endpoint().toString(), bucket, prefix, journal.toString(), Long.toString(harness.seed())
            };
            long steps = harness.kill(writer, round.steps(random), arguments);
            acknowledged += steps;
            for (int again = KILLS == 1 ? 1 : random.nextInt(3); again > 0; again--) {
                Duration moment = Duration.ofMillis(random.nextInt(recoveryMillis));
                killedRecoveries += harness.killRecovery(recoverer, moment, arguments) ? 1 : 0;
            }
            round.require(harness, prefix, journal, steps);
        }
        System.out.println(KILLS + " of " + what + " and " + killedRecoveries + " recoveries killed, " + acknowledged
                + " acknowledged steps, " + seed);
    }

    @Test
    void whatWasAcknowledgedIsPublishedByTheNextProcess() throws Exception {
        kill("writers", Writer.class, Recoverer.class, 2_000, new Round() {
            @Override
            public int steps(Random random) {
                return 1 + random.nextInt(random.nextBoolean() ? 30 : 1_000);
            }

            @Override
            public void require(KillHarness harness, String prefix, Path journal, long steps) throws Exception {
                try (ConveyorFactory factory = factory(server.endpoint(), bucket, prefix, journal)) {
                    harness.requireRecovered(factory, steps);
                }
            }
        });
    }

    @Test
    void aStreamThatIsLongerThanItsJournalIsPublishedByTheNextProcess() throws Exception {
        kill("streams", Streamer.class, StreamRecoverer.class, 1_500, new Round() {
            @Override
            public int steps(Random random) {
                return 200 + random.nextInt(700);
            }

            @Override
            public void require(KillHarness harness, String prefix, Path journal, long pieces) throws Exception {
                try (ConveyorFactory factory = streamFactory(server.endpoint(), bucket, prefix, journal)) {
                    requireStreamed(factory, pieces);
                }
                S3Backend backend = backend(server.endpoint(), bucket, prefix);
                for (S3Orphan orphan : backend.orphans(Duration.ZERO)) {
                    // who dies before the answer to its request for an upload is noted leaves an empty one
                    assertThat(server.parts(bucket, orphan)).as("%s", orphan).isZero();
                }
                // the server has it in memory
                backend.delete("streamed");
                backend.close();
            }
        });
    }

    /** The acknowledged pieces, and at most a part of the next one. */
    private static void requireStreamed(ConveyorFactory factory, long pieces) throws IOException {
        try (Conveyor conveyor = factory.open("streamed")) {
            assertThat(conveyor.size()).isBetween(pieces * PIECE_BYTES, (pieces + 1) * PIECE_BYTES);
            ByteBuffer found = ByteBuffer.allocate(PIECE_BYTES);
            for (long piece = 0; piece < pieces; piece++) {
                conveyor.read(found.clear());
                assertThat(found.array()).as("piece %d of %d", piece, pieces).isEqualTo(piece(piece));
            }
        }
        assertThat(factory.journals()).isEmpty();
    }

    private static byte[] piece(long number) {
        byte[] content = new byte[PIECE_BYTES];
        new Random(number).nextBytes(content);
        return content;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anUploadThatWasUnderWayIsClearedAwayAndItsBytesArePublishedUnlessTheyWereADraft(boolean draft)
            throws Exception {
        String prefix = "upload-" + draft + "/";
        Path journal = directory.resolve("journal");
        new KillHarness(0, 1, false)
                .kill(
                        Uploader.class,
                        1,
                        server.endpoint().toString(),
                        bucket,
                        prefix,
                        journal.toString(),
                        Boolean.toString(draft));
        S3Backend backend = backend(server.endpoint(), bucket, prefix);
        assertThat(backend.orphans(Duration.ZERO))
                .as("an upload that a journal may have left something to is none")
                .hasSize(draft ? 1 : 0);
        try (ConveyorFactory factory = factory(server.endpoint(), bucket, prefix, journal)) {
            if (draft) {
                assertThatNothingIsThere(factory);
            } else {
                try (Conveyor conveyor = factory.open("streamed")) {
                    ByteBuffer found = ByteBuffer.allocate((int) conveyor.size());
                    conveyor.read(found);
                    assertThat(found.array()).isEqualTo(streamed());
                }
            }
            assertThat(factory.journals()).isEmpty();
        }
        assertThat(backend.orphans(Duration.ZERO)).isEmpty();
        assertThat(server.keys(bucket, prefix)).allMatch(key -> key.equals(prefix + "streamed"));
        backend.close();
    }

    private static void assertThatNothingIsThere(ConveyorFactory factory) throws IOException {
        try {
            factory.open("streamed").close();
        } catch (NoSuchFileException asItShouldBe) {
            return;
        }
        throw new AssertionError("a replacement that was never complete was published");
    }

    private static S3Backend backend(URI endpoint, String bucket, String prefix) throws Exception {
        return S3Backend.create(S3ProxyServer.options(endpoint, bucket)
                .prefix(prefix)
                .partBytes(5 << 20)
                .singlePutBytes(5 << 20)
                .build());
    }

    private static ConveyorFactory factory(URI endpoint, String bucket, String prefix, Path journal) throws Exception {
        return factory(endpoint, bucket, prefix, journal, 64 << 20);
    }

    /** With a journal that holds less than half of the shortest stream. */
    private static ConveyorFactory streamFactory(URI endpoint, String bucket, String prefix, Path journal)
            throws Exception {
        return factory(endpoint, bucket, prefix, journal, 24 << 20);
    }

    private static ConveyorFactory factory(URI endpoint, String bucket, String prefix, Path journal, long journalBytes)
            throws Exception {
        return Conveyors.builder(backend(endpoint, bucket, prefix))
                .memoryBudget(16 << 20)
                .options(ConveyorOptions.builder().readAhead(false).build())
                .journal(JournalOptions.builder(journal).maxBytes(journalBytes).build())
                .build();
    }

    private static byte[] streamed() {
        byte[] content = new byte[STREAMED_BYTES];
        new Random(STREAMED_BYTES).nextBytes(content);
        return content;
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

    /** Recovers what the writer has left, and is killed, too. */
    static final class Recoverer {

        private Recoverer() {}

        /** Takes what the writer takes. */
        public static void main(String[] arguments) throws Exception {
            new KillHarness(Long.parseLong(arguments[4]), OBJECTS, false)
                    .recover(
                            () -> factory(URI.create(arguments[0]), arguments[1], arguments[2], Path.of(arguments[3])));
        }
    }

    /** Streams an object, acknowledging each piece and flushing now and then, until it is killed. */
    static final class Streamer {

        private Streamer() {}

        /** Takes the endpoint, the bucket, the prefix, the journal's directory and the seed. */
        public static void main(String[] arguments) throws Exception {
            ConveyorFactory factory =
                    streamFactory(URI.create(arguments[0]), arguments[1], arguments[2], Path.of(arguments[3]));
            Conveyor conveyor = factory.open("streamed", WRITE, CREATE);
            Random flushes = new Random(Long.parseLong(arguments[4]));
            int flushOneIn = flushes.nextBoolean() ? 300 : Integer.MAX_VALUE;
            for (long piece = 0; ; piece++) {
                conveyor.write(ByteBuffer.wrap(piece(piece)));
                KillHarness.acknowledge();
                if (flushes.nextInt(flushOneIn) == 0) {
                    conveyor.flush();
                }
            }
        }
    }

    /** Recovers what the streamer has left, and is killed, too. */
    static final class StreamRecoverer {

        private StreamRecoverer() {}

        /** Takes what the streamer takes. */
        public static void main(String[] arguments) throws Exception {
            KillHarness.recover(
                    () -> streamFactory(URI.create(arguments[0]), arguments[1], arguments[2], Path.of(arguments[3])),
                    factory -> factory.open("streamed").close());
        }
    }

    /** Streams an object until storage has all its full parts, and is killed then. */
    static final class Uploader {

        private Uploader() {}

        /** Takes the endpoint, the bucket, the prefix, the journal's directory, and whether to replace the whole object. */
        public static void main(String[] arguments) throws Exception {
            ConveyorFactory factory =
                    factory(URI.create(arguments[0]), arguments[1], arguments[2], Path.of(arguments[3]));
            OpenOption[] options = Boolean.parseBoolean(arguments[4])
                    ? new OpenOption[] {WRITE, CREATE, ConveyorOpenOption.ATOMIC_REPLACE}
                    : new OpenOption[] {WRITE, CREATE};
            Conveyor conveyor = factory.open("streamed", options);
            conveyor.write(ByteBuffer.wrap(streamed()));
            conveyor.seek(0, Whence.CUR);
            KillHarness.acknowledge();
            new CountDownLatch(1).await();
        }
    }
}
