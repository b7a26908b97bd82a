package io.conveyor.core.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.core.journal.StoredJournal.Condition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The power goes off while tables are given back, before anything of that was forced: of each page of a table the disk has what was forced last, or what was
 * stored since. None of these disks may make the journal look damaged, and none may lose what was forced, or bring back a part of what is in storage.
 */
class PowerCutTest {

    private static final int PAGE = JournalLayout.HEADER_BYTES;
    private static final int FILLED = JournalLayout.ENTRIES;

    @TempDir
    private Path directory;

    private JournalUnderTest live;
    private final Map<Path, byte[]> forced = new HashMap<>();

    /** Two tables, the first of them full, and all of it on the disk. */
    @BeforeEach
    void fillATable() throws IOException {
        live = new JournalUnderTest(directory.resolve("journal"), 0, true, 4 << 20);
        for (int i = 0; i < FILLED + 10; i++) {
            assertThat(live.write("x", 2L * i)).isTrue();
        }
        force();
        live.surroundings.hold();
    }

    @AfterEach
    void close() throws IOException {
        live.close();
    }

    private void force() throws IOException {
        live.forced();
        for (Path table : tables()) {
            forced.put(table, Files.readAllBytes(table));
        }
    }

    private List<Path> tables() throws IOException {
        List<Path> tables = new ArrayList<>();
        for (Path file : live.files()) {
            if (file.toString().endsWith(".table")) {
                tables.add(file);
            }
        }
        return tables;
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
        force();
        live.surroundings.hold();
        for (int i = 0; i < 5; i++) {
            assertThat(live.write("y", 2L * i)).isTrue();
        }
        force();
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
        force();
        requireEveryDisk(FILLED + 10, FILLED + 15);
    }

    /** Requires of every disk that there may be that its entries reach from {@code needed} or before to {@code promised}. */
    private void requireEveryDisk(long needed, long promised) throws IOException {
        List<Path> changed = new ArrayList<>();
        Map<Path, byte[]> stored = new HashMap<>();
        for (Path table : tables()) {
            stored.put(table, Files.readAllBytes(table));
            changed.add(table);
        }
        Path disk = Files.createDirectory(directory.resolve("disk"));
        for (int mix = 0; mix < 1 << (2 * changed.size()); mix++) {
            OwnerDirectory cut = OwnerDirectory.create(disk, () -> 1, false);
            for (Path file : live.files()) {
                Path to = cut.path().resolve(file.getFileName());
                int table = changed.indexOf(file);
                if (table < 0) {
                    Files.copy(file, to);
                } else {
                    byte[] now = stored.getOrDefault(file, new byte[0]);
                    Files.write(to, mixed(forced.getOrDefault(file, new byte[now.length]), now, mix >> (2 * table)));
                }
            }
            require(StoredJournal.in(cut), needed, promised, "disk " + mix);
            cut.remove();
        }
    }

    /** The first page, and all the others, each as it was or as it is. */
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
