package io.conveyor.backend.posix;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.JournalOptions.Sync;
import io.conveyor.testkit.KillScript;
import io.conveyor.testkit.Seed;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A process with a journal is killed at any moment, and so are those that recover it: every acknowledged byte is there afterwards, and nothing else. So many
 * kills, and a fifth of it of each other kind: {@code -Dconveyor.kills=200}.
 */
class KilledProcessTest {

    private static final int KILLS = Integer.getInteger("conveyor.kills", 20);

    /** Of each of the other kinds. */
    private static final int OTHER_KILLS = Math.max(1, KILLS / 5);

    @TempDir
    private Path directory;

    @Test
    void whatWasAcknowledgedIsThereAndNothingElse() throws Exception {
        kill(KILLS, KilledWork.WRITES, Sync.NONE);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void whatWasAcknowledgedIsThereAndNothingElseIfTheJournalIsForced(Sync sync) throws Exception {
        kill(OTHER_KILLS, KilledWork.WRITES, sync);
    }

    @Test
    void whatWasAcknowledgedOfWholeLivesIsThereAndNothingElse() throws Exception {
        kill(OTHER_KILLS, KilledWork.LIVES, Sync.values());
    }

    private void kill(int kills, KilledWork work, Sync... syncs) throws Exception {
        long seed = Seed.current().value();
        Random random = new Random(seed);
        long acknowledged = 0;
        int killedRecoveries = 0;
        for (int kill = 0; kill < kills; kill++) {
            Path root = Files.createDirectory(directory.resolve("root-" + kill));
            Path journal = directory.resolve("journal-" + kill);
            long steps = write(root, journal, seed + kill, work, syncs[kill % syncs.length], random);
            acknowledged += steps;
            for (int again = random.nextInt(3); again > 0; again--) {
                killedRecoveries += recoverAndKill(root, journal, random) ? 1 : 0;
            }
            requireRecovered(root, journal, work, seed + kill, steps);
        }
        System.out.println(work + " with sync of " + List.of(syncs) + ": " + kills + " writers and " + killedRecoveries
                + " recoveries killed, " + acknowledged + " acknowledged steps, " + Seed.PROPERTY + "=" + seed);
    }

    private static long write(Path root, Path journal, long seed, KilledWork work, Sync sync, Random random)
            throws Exception {
        String delay = new String[] {"0", "10", "60000"}[random.nextInt(3)];
        // what the disk has to answer for takes its time
        int most = sync == Sync.EVERY_WRITE || work == KilledWork.LIVES ? 400 : 3_000;
        int last = 1 + random.nextInt(random.nextBoolean() ? 50 : most);
        try (OtherProcess writer = OtherProcess.start(
                "",
                JournalledWriter.class,
                root.toString(),
                journal.toString(),
                Long.toString(seed),
                delay,
                sync.name(),
                work.name())) {
            long steps = 0;
            for (String word = writer.word(); !"null".equals(word); word = writer.word()) {
                if (!"ack".equals(word)) {
                    throw new AssertionError("the writer says: " + word);
                }
                steps++;
                if (steps == last) {
                    writer.killAndListen();
                }
            }
            return steps;
        }
    }

    /** Whether it was killed before it was done. */
    private static boolean recoverAndKill(Path root, Path journal, Random random) throws Exception {
        try (OtherProcess recoverer =
                OtherProcess.start("", JournalledWriter.Recoverer.class, root.toString(), journal.toString())) {
            assertThat(recoverer.word()).isEqualTo("begin");
            // not to wait for anything, but for the kill to come at some moment
            LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(random.nextInt(150_000)));
            recoverer.killAndListen();
            String last = "";
            for (String word = recoverer.word(); !"null".equals(word); word = recoverer.word()) {
                last = word;
            }
            return !"done".equals(last);
        }
    }

    private static void requireRecovered(Path root, Path journal, KilledWork work, long seed, long steps)
            throws Exception {
        byte[][] found = new byte[KilledWork.OBJECTS][];
        try (ConveyorFactory factory = JournalledWriter.factory(root, journal, Duration.ZERO, Sync.NONE)) {
            for (int i = 0; i < found.length; i++) {
                try (Conveyor conveyor = factory.open(KillScript.key(i))) {
                    ByteBuffer content = ByteBuffer.allocate((int) conveyor.size());
                    conveyor.read(content);
                    found[i] = content.array();
                }
            }
            assertThat(factory.journals()).isEmpty();
        }
        work.requireContents(seed, steps, found);
        try (Stream<Path> left = Files.list(journal)) {
            assertThat(left).isEmpty();
        }
    }
}
