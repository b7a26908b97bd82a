package io.conveyor.core.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.core.journal.StoredJournal.Condition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The power goes off while tables are given back: of each page of a file the disk has what was forced last, or what was
 * stored since. None of these disks may make the journal look damaged, and none may lose what was forced, or bring back a part of what is in storage.
 */
class PowerCutTest {

    private static final int PAGE = JournalLayout.HEADER_BYTES;
    private static final int FILLED = JournalLayout.ENTRIES;

    @TempDir
    private Path directory;

    private JournalUnderTest live;
    private final ForcedPages disk = new ForcedPages();

    /** Two tables, the first of them full, and all of it on the disk. */
    @BeforeEach
    void fillATable() throws IOException {
        live = new JournalUnderTest(directory.resolve("journal"), disk, JournalUnderTest.STORE, 0, true, 4 << 20);
        for (int i = 0; i < FILLED + 10; i++) {
            assertThat(live.write("x", 2L * i)).isTrue();
        }
        live.forced();
        live.surroundings.hold();
    }

    @AfterEach
    void close() throws IOException {
        disk.beforeEach(file -> {});
        live.surroundings.release();
        live.surroundings.pass();
        live.close();
    }

    @Test
    void aTableThatStorageHasIsNotMissed() throws IOException {
        live.stored(FILLED + 2);
        requireEveryDisk(FILLED + 2, FILLED + 10);
    }

    @Test
    void aJournalThatStorageHasWhollyDoesNotComeBackInPart() throws IOException {
        live.stored(FILLED + 10);
        requireEveryDisk(FILLED + 10, FILLED + 10);
    }

    @Test
    void whatIsForcedAfterAllWasStoredIsThere() throws IOException {
        live.stored(FILLED + 10);
        live.surroundings.release();
        live.forced();
        live.surroundings.hold();
        for (int i = 0; i < 5; i++) {
            assertThat(live.write("y", 2L * i)).isTrue();
        }
        live.forced();
        live.stored(FILLED + 12);
        requireEveryDisk(FILLED + 12, FILLED + 15);
    }

    @Test
    void whatIsForcedBeforeTheTablesAreBackIsThere() throws IOException {
        live.stored(FILLED + 10);
        for (int i = 0; i < 5; i++) {
            assertThat(live.write("y", 2L * i)).isTrue();
        }
        // what was retired is written to the disk as it happens to be, and what is new because it is forced
        live.forced();
        requireEveryDisk(FILLED + 10, FILLED + 15);
    }

    @Test
    void whatIsGivenBackLaterDoesNotOvertakeWhatTheDiskHasRefused() throws IOException {
        live.surroundings.release();
        refuseOnce();
        live.stored(FILLED + 10);
        assertThat(live.write("y", 0)).isTrue();
        live.forced();
        live.stored(FILLED + 11);
        requireEveryDisk(FILLED + 11, FILLED + 11);
        live.surroundings.pass();
        assertThat(JournalUnderTest.found(live.owner)).isEmpty();
        requireEveryDisk(FILLED + 11, FILLED + 11);
    }

    @Test
    void aJournalThatHasEndedIsReplayedFromNoDiskThoughWhatItGaveBackBeforeWasRefused() throws IOException {
        live.surroundings.release();
        refuseOnce();
        live.stored(FILLED + 10);
        assertThat(live.write("y", 0)).isTrue();
        live.forced();
        live.journal.done();
        requireEveryDisk(
                (found, what) -> assertThat(found).as(what).allMatch(journal -> journal.condition() == Condition.DONE));
    }

    private void refuseOnce() {
        disk.beforeEach(file -> {
            disk.beforeEach(next -> {});
            throw new IOException("once");
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {2, FILLED + 10})
    void aJournalThatHasEndedIsReplayedFromNoDisk(int stored) throws IOException {
        live.stored(stored);
        live.journal.done();
        requireEveryDisk(
                (found, what) -> assertThat(found).as(what).allMatch(journal -> journal.condition() == Condition.DONE));
    }

    @ParameterizedTest
    @CsvSource({"2, 0, 3", "10, 0, 5", "10, 5, 5"})
    void noStepOfGivingTablesBackLosesOrBringsBackAnything(int stored, int writtenSince, int steps) throws IOException {
        live.stored(FILLED + stored);
        for (int i = 0; i < writtenSince; i++) {
            assertThat(live.write("y", 2L * i)).isTrue();
        }
        live.forced();
        List<Path> seen = new ArrayList<>();
        List<AssertionError> wrong = new ArrayList<>();
        disk.beforeEach(file -> {
            seen.add(file);
            try {
                requireEveryDisk(FILLED + stored, FILLED + 10 + writtenSince);
            } catch (AssertionError failure) {
                // whoever forces would take it for a failure of the disk
                wrong.add(failure);
            }
        });
        live.surroundings.release();
        assertThat(wrong).isEmpty();
        // what says that tables are not needed, and then of each that it has left use, and that it is empty
        assertThat(seen).hasSize(steps);
    }

    /** Requires of every disk that there may be that its entries reach from {@code needed} or before to {@code promised}. */
    private void requireEveryDisk(long needed, long promised) throws IOException {
        requireEveryDisk((found, what) -> require(found, needed, promised, what));
    }

    /** What is required of the journals that are found on a disk. */
    private interface Requirement {
        void of(List<StoredJournal> found, String disk) throws IOException;
    }

    private void requireEveryDisk(Requirement requirement) throws IOException {
        Map<Path, byte[]> now = new LinkedHashMap<>();
        List<Path> changed = new ArrayList<>();
        for (Path file : live.files()) {
            byte[] bytes = Files.readAllBytes(file);
            now.put(file, bytes);
            if (!Arrays.equals(bytes, disk.forced(file, bytes.length))) {
                changed.add(file);
            }
        }
        Path disks = Files.createDirectories(directory.resolve("disks"));
        for (int mix = 0; mix < 1 << (2 * changed.size()); mix++) {
            OwnerDirectory cut = OwnerDirectory.create(disks, () -> 1, false);
            for (Map.Entry<Path, byte[]> file : now.entrySet()) {
                int which = changed.indexOf(file.getKey());
                byte[] bytes = file.getValue();
                byte[] left =
                        which < 0 ? bytes : mixed(disk.forced(file.getKey(), bytes.length), bytes, mix >> (2 * which));
                Files.write(cut.path().resolve(file.getKey().getFileName()), left);
            }
            requirement.of(StoredJournal.in(cut), "disk " + mix);
            cut.remove();
        }
    }

    /** The first page, and all the others, each as it was or as it is; a segment here has one page. */
    private static byte[] mixed(byte[] before, byte[] now, int which) {
        byte[] mixed = before.clone();
        if ((which & 1) != 0) {
            System.arraycopy(now, 0, mixed, 0, PAGE);
        }
        if ((which & 2) != 0) {
            System.arraycopy(now, PAGE, mixed, PAGE, now.length - PAGE);
        }
        return mixed;
    }

    private static void require(List<StoredJournal> found, long needed, long promised, String what) throws IOException {
        assertThat(found).as(what).hasSizeLessThan(2);
        long from = promised;
        long to = promised;
        for (StoredJournal journal : found) {
            assertThat(journal.condition())
                    .as(() -> what + ": " + journal.detail())
                    .isNotEqualTo(Condition.CORRUPT);
            if (journal.condition() == Condition.WHOLE) {
                List<Long> positions = new ArrayList<>();
                journal.forEach((entry, bytes) -> {
                    positions.add(entry.logPosition());
                    positions.add(entry.logEnd());
                });
                from = positions.get(0);
                to = positions.get(positions.size() - 1);
            }
        }
        assertThat(from).as(what).isLessThanOrEqualTo(needed);
        assertThat(to).as(what).isGreaterThanOrEqualTo(promised);
    }
}
