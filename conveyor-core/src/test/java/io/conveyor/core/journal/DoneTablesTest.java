package io.conveyor.core.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.core.journal.StoredJournal.Condition;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a process leaves that is killed, or loses power, while it removes a journal that is done with: nothing that would be replayed. */
class DoneTablesTest {

    private static final int WRITES = 2 * JournalLayout.ENTRIES + 10;

    @TempDir
    private Path directory;

    private OwnerDirectory dead;
    private final List<String> steps = new ArrayList<>();

    @BeforeEach
    void take() throws IOException {
        dead = OwnerDirectory.create(OwnerDirectory.prepare(directory.resolve("dead")), () -> 1, false);
    }

    @AfterEach
    void leave() throws IOException {
        dead.leave();
    }

    /**
     * What a process leaves that had a journal of three tables, in files whose names are in that order or in the other one.
     *
     * @param powerLoss whether it was to survive a loss of power
     * @param stored whether storage has it all
     */
    private void leftBehind(boolean powerLoss, boolean stored, boolean backwards) throws IOException {
        try (JournalUnderTest live = new JournalUnderTest(directory.resolve("live"), 0, powerLoss, 1 << 20)) {
            for (int i = 0; i < WRITES; i++) {
                assertThat(live.write("x", 2L * i)).isTrue();
            }
            live.forced();
            live.surroundings.hold();
            if (stored) {
                live.journal.keepFrom(WRITES);
            }
            for (Path file : live.files()) {
                String name = file.getFileName().toString();
                boolean table = name.endsWith(".table");
                int number = Integer.parseUnsignedInt(name.substring(0, 8), 16);
                Files.copy(
                        file,
                        dead.path().resolve(table && backwards ? JournalFile.name(0xFFFF - number, "table") : name));
            }
            live.surroundings.release();
        }
        assertThat(found()).hasSize(1);
    }

    private List<StoredJournal> found() throws IOException {
        return StoredJournal.in(dead);
    }

    private List<String> tablesInUse() throws IOException {
        List<StoredTable> tables = new ArrayList<>();
        for (String name : dead.files()) {
            StoredTable table = name.endsWith(".table") ? StoredTable.read(dead, name) : null;
            if (table != null) {
                tables.add(table);
            }
        }
        tables.sort(Comparator.comparingLong(
                table -> Objects.requireNonNull(table.header()).firstSequence()));
        return tables.stream().map(StoredTable::name).toList();
    }

    /** Notes each step, and what there would be to replay if it were the last. */
    private final class Watched implements DoneTables.Steps {

        @Override
        public void force(String name, FileChannel file) throws IOException {
            steps.add("force " + name);
            dead.steps().force(name, file);
        }

        @Override
        public void forceDirectory() throws IOException {
            steps.add("force the directory");
            dead.steps().forceDirectory();
        }

        @Override
        public void delete(String name) throws IOException {
            steps.add("delete " + name);
            dead.steps().delete(name);
            for (StoredJournal journal : found()) {
                assertThat(journal.condition())
                        .as(steps + ": " + journal.detail())
                        .isEqualTo(Condition.DONE);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"false, false", "false, true", "true, false", "true, true"})
    void whateverIsLeftOfAJournalThatIsBeingRemovedIsNotReplayed(boolean powerLoss, boolean backwards)
            throws IOException {
        leftBehind(powerLoss, false, backwards);
        found().get(0).remove(new Watched());
        assertThat(found()).isEmpty();
        assertThat(steps).hasSize(powerLoss ? 5 : 3);
    }

    @ParameterizedTest
    @CsvSource({"false", "true"})
    void whateverIsLeftOfADirectoryThatIsBeingRemovedIsNotReplayed(boolean backwards) throws IOException {
        leftBehind(true, true, backwards);
        assertThat(found().get(0).condition()).isEqualTo(Condition.DONE);
        dead.remove(new Watched());
        assertThat(dead.path()).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource({"false", "true"})
    void theLastTableIsForcedBeforeAnyIsDeletedAndDeletedWhenTheOthersAreGoneForGood(boolean backwards)
            throws IOException {
        leftBehind(true, false, backwards);
        List<String> tables = tablesInUse();
        found().get(0).remove(new Watched());
        assertThat(steps)
                .containsExactly(
                        "force " + tables.get(2),
                        "delete " + tables.get(0),
                        "delete " + tables.get(1),
                        "force the directory",
                        "delete " + tables.get(2));
    }

    @Test
    void whatCannotBeReadGoesWhenTheOthersSayThatAllIsDone() throws IOException {
        leftBehind(false, false, false);
        Path last = dead.path().resolve(tablesInUse().get(2));
        Files.write(last, Arrays.copyOf(Files.readAllBytes(last), (int) Files.size(last) - 1));
        found().get(0).remove(new Watched());
        assertThat(found()).isEmpty();
    }

    @Test
    void segmentsGoAfterAllTables() throws IOException {
        leftBehind(true, true, false);
        dead.remove(new Watched());
        List<String> deleted =
                steps.stream().filter(step -> step.startsWith("delete")).toList();
        int firstSegment = (int)
                deleted.stream().takeWhile(step -> !step.endsWith("segment")).count();
        assertThat(deleted.subList(firstSegment, deleted.size()))
                .isNotEmpty()
                .allMatch(step -> step.endsWith("segment"));
    }

    @Test
    void whoIsInterruptedRemovesAllTheSame() throws IOException {
        leftBehind(true, true, false);
        Thread.currentThread().interrupt();
        dead.remove();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(dead.path()).doesNotExist();
    }
}
