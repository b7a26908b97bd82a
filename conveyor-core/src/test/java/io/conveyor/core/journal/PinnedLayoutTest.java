package io.conveyor.core.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.core.journal.StoredJournal.Condition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The layout by its bytes: {@code layout-1.txt} was written once, and lives as long as version 1 of the layout may be found in a directory. Whoever changes
 * what is written adds an example of the new version, and keeps this one for the reader.
 */
class PinnedLayoutTest {

    private static final String TABLE = "00000001.table";
    private static final String SEGMENT = "00000002.segment";

    @TempDir
    private Path directory;

    @Test
    void todaysWriterMakesThePinnedBytes() throws IOException {
        LayoutExample pinned = LayoutExample.read("layout-1.txt");
        try (JournalUnderTest live = JournalExample.accept(
                directory.resolve("journal"), JournalUnderTest.STORE, true, "the first version")) {
            assertSame(live, pinned, TABLE);
            assertSame(live, pinned, SEGMENT);
        }
    }

    private static void assertSame(JournalUnderTest live, LayoutExample pinned, String name) throws IOException {
        byte[] written = Files.readAllBytes(live.owner.path().resolve(name));
        byte[] expected = pinned.file(name);
        int differs = Arrays.mismatch(written, expected);
        assertThat(differs)
                .as(() -> name + " differs first at byte " + differs + ", " + pinned.meaning(name, differs))
                .isEqualTo(-1);
    }

    @Test
    void todaysReaderReadsThePinnedBytes() throws IOException {
        LayoutExample pinned = LayoutExample.read("layout-1.txt");
        OwnerDirectory owner =
                OwnerDirectory.create(OwnerDirectory.prepare(directory.resolve("journal")), () -> 1, false);
        Files.write(owner.path().resolve(TABLE), pinned.file(TABLE));
        Files.write(owner.path().resolve(SEGMENT), pinned.file(SEGMENT));
        StoredJournal found = StoredJournal.in(owner).get(0);
        assertThat(found.condition()).isEqualTo(Condition.WHOLE);
        assertThat(found.id()).isEqualTo("123456789abcdef0");
        assertThat(found.key()).isEqualTo("a/key");
        assertThat(found.store()).isEqualTo("memory:of-the-test");
        assertThat(found.created()).isEqualTo("2026-01-02T03:04:05.678901234Z");
        assertThat(found.isPowerLoss()).isTrue();
        assertThat(found.isDraft()).isFalse();
        assertThat(found.buildsOn("the first version")).isTrue();
        assertThat(found.isIntended()).isFalse();
        assertThat(found.resumeToken()).asString().isEqualTo("another upload");
        assertThat(JournalUnderTest.entries(found)).isEqualTo(JournalExample.ENTRIES);
        owner.remove();
    }
}
