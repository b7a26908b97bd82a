package io.conveyor.core.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.core.journal.StoredJournal.Condition;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A journal that takes several tables, of which some are lost. */
class ChainOfTablesTest {

    /** Writes apart from each other, so that each has an entry. */
    private static final int WRITES = 2 * JournalLayout.ENTRIES + 10;

    @TempDir
    private Path directory;

    private JournalUnderTest live;

    @BeforeEach
    void open() throws IOException {
        live = new JournalUnderTest(directory.resolve("journal"));
    }

    @AfterEach
    void close() throws IOException {
        live.close();
    }

    private void acceptForPowerLoss() throws IOException {
        live.close();
        live = new JournalUnderTest(directory.resolve("journal"), 0, true, 1 << 20);
        accept();
    }

    private void accept() throws IOException {
        for (int i = 0; i < WRITES; i++) {
            assertThat(live.write("x", 2L * i)).isTrue();
        }
        assertThat(tables()).hasSize(3);
    }

    /** The tables in use, in their order in the journal. */
    private List<Path> tables() throws IOException {
        List<Path> tables = new ArrayList<>();
        for (Path file : live.files()) {
            if (file.toString().endsWith(".table") && content(file).getLong(JournalLayout.STATE_AT) != 0) {
                tables.add(file);
            }
        }
        tables.sort(Comparator.comparingInt(ChainOfTablesTest::index));
        return tables;
    }

    private static int index(Path table) {
        return content(table).getInt(JournalLayout.INDEX_AT);
    }

    private static ByteBuffer content(Path table) {
        try {
            return ByteBuffer.wrap(Files.readAllBytes(table)).order(ByteOrder.LITTLE_ENDIAN);
        } catch (IOException unreadable) {
            throw new java.io.UncheckedIOException(unreadable);
        }
    }

    @Test
    void whatIsDoneWithIsRemovedAlthoughSomeTablesAreGone() throws IOException {
        accept();
        StoredJournal stored = live.stored();
        for (Path table : List.of(tables().get(0), tables().get(2))) {
            Files.delete(table);
        }
        stored.remove();
        assertThat(JournalUnderTest.found(live.owner)).isEmpty();
        assertThat(stored.condition()).isEqualTo(Condition.WHOLE);
    }

    @Test
    void aTableThatNeverHadAnEntryComesBeforeTheOneThatHasIt() {
        TableHeader empty = new TableHeader(1, "key", "store", 0, 4096, 0, -1, 7);
        assertThat(TableHeader.IN_ORDER.compare(empty, empty.next(0, 7))).isNegative();
        assertThat(TableHeader.IN_ORDER.compare(empty, empty.next(0, 6))).isPositive();
    }

    @Test
    void aTableThatIsLostFromTheMiddleMakesTheJournalCorrupt() throws IOException {
        accept();
        Files.delete(tables().get(1));
        StoredJournal found = live.stored();
        assertThat(found.condition()).isEqualTo(Condition.CORRUPT);
        assertThat(found.detail()).contains("table 1 is missing");
        assertThat(JournalUnderTest.entries(found)).hasSize(JournalLayout.ENTRIES - 1);
    }

    @Test
    void noPowerLossTakesATableAway() throws IOException {
        acceptForPowerLoss();
        Files.delete(tables().get(1));
        StoredJournal found = live.stored();
        assertThat(found.condition()).isEqualTo(Condition.CORRUPT);
        assertThat(JournalUnderTest.entries(found)).hasSize(JournalLayout.ENTRIES - 1);
    }

    @Test
    void noPowerLossTakesASegmentAway() throws IOException {
        acceptForPowerLoss();
        for (Path file : live.files()) {
            if (file.toString().endsWith(".segment")) {
                Files.delete(file);
            }
        }
        assertThat(live.stored().condition()).isEqualTo(Condition.CORRUPT);
    }

    @Test
    void whatWasPromisedBehindALostTableIsNotForgotten() throws IOException {
        acceptForPowerLoss();
        force();
        Files.delete(tables().get(0));
        Files.delete(tables().get(1));
        assertThat(live.stored().condition()).isEqualTo(Condition.CORRUPT);
    }

    @Test
    void entriesThatWerePromisedAndAreNotThereAreMissed() throws IOException {
        acceptForPowerLoss();
        force();
        byte[] nothing = new byte[JournalLayout.TABLE_BYTES - JournalLayout.HEADER_BYTES];
        change(tables().get(2), content -> content.put(JournalLayout.HEADER_BYTES, nothing));
        StoredJournal found = live.stored();
        assertThat(found.condition()).isEqualTo(Condition.CORRUPT);
        assertThat(found.detail()).contains("what was forced to the disk reached log position " + WRITES);
    }

    private void force() {
        ConveyorJournal.Forcing forcing = Objects.requireNonNull(live.journal.forcing());
        forcing.run();
        live.journal.forced(forcing);
    }

    @Test
    void aLostTableThatStorageHasIsNotMissed() throws IOException {
        accept();
        List<Path> before = tables();
        byte[] first = Files.readAllBytes(before.get(0));
        live.stored(WRITES - 5);
        // as if the first table had not been taken out of use yet when the second one was
        Files.delete(before.get(0));
        Files.write(before.get(0), first);
        assertThat(tables()).containsExactly(before.get(0), before.get(2));
        StoredJournal found = live.stored();
        assertThat(found.condition()).isEqualTo(Condition.WHOLE);
        assertThat(JournalUnderTest.entries(found)).hasSize(5).startsWith("x@" + 2 * (WRITES - 5));
    }

    @Test
    void aWriteThatDidNotReturnAfterEverythingWasStoredLeavesNothing() throws IOException {
        accept();
        live.stored(WRITES);
        assertThat(live.write("y", 0)).isTrue();
        change(tables().get(0), content -> content.putInt(JournalLayout.entryAt(0), Entries.RESERVED));
        assertThat(live.stored().condition()).isEqualTo(Condition.DONE);
    }

    // ---------------------------------------------------------------- more tables than numbers

    @Test
    void tablesWhoseNumbersBeginAnewAreInTheirOrder() throws IOException {
        accept();
        countFrom(Integer.MAX_VALUE);
        StoredJournal found = live.stored();
        assertThat(found.condition()).as(found.detail()).isEqualTo(Condition.WHOLE);
        assertThat(JournalUnderTest.entries(found))
                .hasSize(WRITES)
                .startsWith("x@0")
                .endsWith("x@" + 2 * (WRITES - 1));
    }

    @Test
    void numbersBeginAnewAtZero() throws IOException {
        accept();
        countFrom(-1);
        assertThat(live.stored().condition()).isEqualTo(Condition.WHOLE);
    }

    @Test
    void aTableIsMissedWhoseNumberWasTheLastOne() throws IOException {
        accept();
        List<Path> inOrder = tables();
        countFrom(-2);
        Files.delete(inOrder.get(1));
        StoredJournal found = live.stored();
        assertThat(found.condition()).isEqualTo(Condition.CORRUPT);
        assertThat(found.detail()).contains("table 4294967295 is missing");
    }

    @Test
    void whatCameBeforeATableIsMissedThoughItsNumberIsZero() throws IOException {
        accept();
        List<Path> inOrder = tables();
        countFrom(-1);
        Files.delete(inOrder.get(0));
        StoredJournal found = live.stored();
        assertThat(found.condition()).isEqualTo(Condition.CORRUPT);
        assertThat(found.detail()).contains("what came before the first table is missing");
    }

    /** Gives the tables other numbers, as if there had been so many before them. */
    private void countFrom(int first) throws IOException {
        int number = first;
        for (Path table : tables()) {
            byte[] bytes = Files.readAllBytes(table);
            ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(JournalLayout.INDEX_AT, number++);
            Remains.seal(bytes);
            Files.delete(table);
            Files.write(table, bytes);
        }
    }

    // ---------------------------------------------------------------- the entries of one table

    @Test
    void thereIsNoRoomForMoreStretchesThanATableHasEntries() throws IOException {
        assertThat(live.journal.hasRoom(JournalLayout.ENTRIES + 1)).isFalse();
        assertThat(tables()).isEmpty();
        assertThat(live.journal.hasRoom(JournalLayout.ENTRIES)).isTrue();
        assertThat(tables()).hasSize(1);
    }

    @Test
    void whatCouldNotBeWrittenDownIsNotMissed() throws IOException {
        for (int i = 0; i < JournalLayout.ENTRIES - 1; i++) {
            assertThat(live.write("x", 2L * i)).isTrue();
        }
        ByteBuffer more = ByteBuffer.wrap(new byte[] {'y'});
        live.log.append(more, 0, 1, 2L * JournalLayout.ENTRIES);
        // nobody has asked for room for this one
        assertThatThrownBy(() -> live.log.append(more, 0, 1, 3L * JournalLayout.ENTRIES))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(live.write("z", 0)).isTrue();
        StoredJournal found = live.stored();
        assertThat(found.condition()).as(found.detail()).isEqualTo(Condition.WHOLE);
        assertThat(JournalUnderTest.entries(found))
                .hasSize(JournalLayout.ENTRIES + 1)
                .endsWith("y@" + 2 * JournalLayout.ENTRIES, "z@0");
    }

    // ---------------------------------------------------------------- lost after it was checked

    @Test
    void whatIsDamagedSinceItWasCheckedIsNotTakenForTheEnd() throws IOException {
        accept();
        StoredJournal cut = cutAtItsLastEntry();
        damage(segments().get(0), 0);
        assertThatThrownBy(() -> JournalUnderTest.entries(cut)).isInstanceOf(CorruptJournalException.class);
        assertThatThrownBy(() -> cut.image(WRITES)).isInstanceOf(CorruptJournalException.class);
    }

    @Test
    void aTableThatIsLostSinceItWasCheckedIsNotTakenForTheEnd() throws IOException {
        accept();
        StoredJournal cut = cutAtItsLastEntry();
        Files.delete(tables().get(1));
        assertThatThrownBy(() -> JournalUnderTest.entries(cut)).isInstanceOf(CorruptJournalException.class);
    }

    @Test
    void entriesThatAreGoneSinceTheyWereCheckedAreMissed() throws IOException {
        accept();
        StoredJournal whole = live.stored();
        change(tables().get(2), content -> {
            for (int at = 9; at < JournalLayout.ENTRIES; at++) {
                content.putInt(JournalLayout.entryAt(at), Entries.FREE);
            }
        });
        assertThatThrownBy(() -> JournalUnderTest.entries(whole)).isInstanceOf(CorruptJournalException.class);
    }

    /** A journal whose last entry is damaged; it gives those before it. */
    private StoredJournal cutAtItsLastEntry() throws IOException {
        damage(tables().get(2), JournalLayout.entryAt(0) + 24);
        StoredJournal cut = live.stored();
        assertThat(cut.condition()).isEqualTo(Condition.CORRUPT);
        assertThat(JournalUnderTest.entries(cut)).hasSize(2 * (JournalLayout.ENTRIES - 1));
        return cut;
    }

    private List<Path> segments() throws IOException {
        List<Path> segments = new ArrayList<>();
        for (Path file : live.files()) {
            if (file.toString().endsWith(".segment") && content(file).get(0) != 0) {
                segments.add(file);
            }
        }
        return segments;
    }

    private static void damage(Path file, int at) throws IOException {
        change(file, content -> content.put(at, (byte) (content.get(at) ^ 1)));
    }

    /** What is mapped is not touched: what is changed is a copy that takes the file's place. */
    private static void change(Path file, Consumer<ByteBuffer> change) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        change.accept(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
        Files.delete(file);
        Files.write(file, bytes);
    }
}
