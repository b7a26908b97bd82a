package io.conveyor.core.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.core.journal.StoredJournal.Condition;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
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
}
