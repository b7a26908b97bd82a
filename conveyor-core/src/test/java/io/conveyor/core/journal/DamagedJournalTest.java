package io.conveyor.core.journal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.core.journal.StoredJournal.Condition;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A small journal, cut off and flipped at every byte that may mean something, and at some of the zeros behind: each time the result is either what was accepted, exactly, or a journal that is called corrupt; and no
 * exception comes out.
 */
class DamagedJournalTest {

    private static final List<String> ACCEPTED = JournalExample.ENTRIES;

    @TempDir
    private Path directory;

    private JournalUnderTest live;

    @BeforeEach
    void acceptALittle() throws IOException {
        live = JournalExample.accept(directory.resolve("journal"), JournalUnderTest.STORE, false, "the first version");
        // what is in stock means nothing, and takes its time to be read a hundred thousand times
        List<Path> used = used();
        for (Path file : live.files()) {
            if (!used.contains(file)) {
                Files.delete(file);
            }
        }
        assertThat(JournalUnderTest.entries(live.stored())).isEqualTo(ACCEPTED);
    }

    @AfterEach
    void end() throws IOException {
        live.close();
    }

    @Test
    void everyFlippedBitIsNoticedOrMeansNothing() throws IOException {
        int corrupt = 0;
        for (Path file : used()) {
            try (FileChannel channel = channel(file)) {
                for (int at = 0; at < channel.size(); at += mayBeUsed(file, at) ? 1 : 61) {
                    // all bits where something is, a bit of each byte where something may be, and some of the zeros
                    // behind it
                    for (int bit = 0; bit < (isUsed(file, at) ? 8 : 1); bit++) {
                        flip(channel, at, bit);
                        corrupt += requireAcceptedOrCorrupt(file + " at " + at + ", bit " + bit) ? 1 : 0;
                        flip(channel, at, bit);
                    }
                }
            }
        }
        // header, cells, slot, six entries and their bytes: were it much less, the checks would not look
        assertThat(corrupt).isGreaterThan(8 * (6 * 50 + 29));
        assertThat(JournalUnderTest.entries(live.stored())).isEqualTo(ACCEPTED);
    }

    @Test
    void everyLengthThatAFileIsCutToIsNoticedOrMeansNothing() throws IOException {
        for (Path file : used()) {
            byte[] whole = Files.readAllBytes(file);
            // what is mapped must not shrink: what is cut is a copy that takes the file's place
            Files.delete(file);
            Files.write(file, whole);
            try (FileChannel channel = channel(file)) {
                // each that loses a byte of what may be used, and some that lose zeros behind it
                for (int length = whole.length - 1; length >= 0; length -= mayBeUsed(file, length) ? 1 : 61) {
                    channel.truncate(length);
                    assertThat(requireAcceptedOrCorrupt(file + " cut to " + length))
                            .as("%s cut to %s", file, length)
                            .isTrue();
                }
            }
            Files.write(file, whole);
        }
        assertThat(JournalUnderTest.entries(live.stored())).isEqualTo(ACCEPTED);
    }

    @Test
    void aMissingFileIsNoticed() throws IOException {
        for (Path file : used()) {
            byte[] whole = Files.readAllBytes(file);
            Files.delete(file);
            assertThat(JournalUnderTest.found(live.owner))
                    .as("without %s", file)
                    .allMatch(found -> found.condition() == Condition.CORRUPT);
            Files.write(file, whole);
        }
    }

    @Test
    void whatIsLongerThanItShouldBeIsNotRead() throws IOException {
        for (Path file : used()) {
            byte[] whole = Files.readAllBytes(file);
            Files.delete(file);
            Files.write(file, java.util.Arrays.copyOf(whole, whole.length + 1));
            assertThat(requireAcceptedOrCorrupt(file + " grown")).isTrue();
            Files.delete(file);
            Files.write(file, whole);
        }
    }

    @Test
    void aLinkIsNotFollowed() throws IOException {
        for (Path file : used()) {
            byte[] whole = Files.readAllBytes(file);
            Path elsewhere = directory.resolve("elsewhere");
            Files.write(elsewhere, whole);
            Files.delete(file);
            Files.createSymbolicLink(file, elsewhere);
            assertThat(JournalUnderTest.found(live.owner)).allMatch(found -> found.condition() == Condition.CORRUPT);
            Files.delete(file);
            Files.write(file, whole);
        }
    }

    @Test
    void aCorruptJournalGivesWhatLiesBeforeItsFirstBadEntry() throws IOException {
        try (FileChannel channel = channel(table())) {
            flip(channel, JournalLayout.entryAt(5) + 30, 3);
        }
        StoredJournal found = live.stored();
        assertThat(found.condition()).isEqualTo(Condition.CORRUPT);
        assertThat(JournalUnderTest.entries(found)).isEqualTo(ACCEPTED.subList(0, 3));
    }

    private boolean requireAcceptedOrCorrupt(String what) throws IOException {
        StoredJournal found = live.stored();
        if (found.condition() == Condition.CORRUPT) {
            List<String> some = JournalUnderTest.entries(found);
            boolean replaysAFalseEntry = !some.isEmpty() && !isPartOf(some, withTheFirst());
            assertThat(replaysAFalseEntry).as(what).isFalse();
            return true;
        }
        assertThat(found.condition()).as(what).isEqualTo(Condition.WHOLE);
        assertThat(JournalUnderTest.entries(found)).as(what).isEqualTo(ACCEPTED);
        assertThat(new String(found.resumeToken(), UTF_8)).as(what).isIn("another upload", "an upload", "");
        assertThat(found.buildsOn("the first version") || (found.buildsOn(null) && found.intendedEnd() == 5))
                .as(what)
                .isTrue();
        return false;
    }

    private static List<String> withTheFirst() {
        List<String> all = new ArrayList<>(List.of("first@0"));
        all.addAll(ACCEPTED);
        return all;
    }

    private static boolean isPartOf(List<String> some, List<String> all) {
        return java.util.Collections.indexOfSubList(all, some) >= 0;
    }

    private Path table() throws IOException {
        return used().stream()
                .filter(file -> file.toString().endsWith(".table"))
                .findFirst()
                .orElseThrow();
    }

    /** The table that is in use, and the segment that its entries name. */
    private List<Path> used() throws IOException {
        List<Path> used = new ArrayList<>();
        for (Path file : live.files()) {
            byte[] bytes = Files.readAllBytes(file);
            for (byte each : bytes) {
                if (each != 0) {
                    used.add(file);
                    break;
                }
            }
        }
        assertThat(used).hasSize(2);
        return used;
    }

    private static boolean isUsed(Path file, int at) {
        return file.toString().endsWith(".table")
                ? at < JournalLayout.KEY_AT + 8
                        || isWithin(at, JournalLayout.STORE_AT, 24)
                        || isWithin(at, JournalLayout.RESUME_A_AT, 40)
                        || isWithin(at, JournalLayout.RESUME_B_AT, 40)
                        || isWithin(at, JournalLayout.HEADER_BYTES, 8 * JournalLayout.ENTRY_BYTES)
                : at < 64;
    }

    private static boolean isWithin(int at, int from, int length) {
        return at >= from && at < from + length;
    }

    private static boolean mayBeUsed(Path file, int at) {
        return isUsed(file, at) || (file.toString().endsWith(".table") && at < JournalLayout.HEADER_BYTES);
    }

    private static FileChannel channel(Path file) throws IOException {
        return FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    private static void flip(FileChannel channel, int at, int bit) throws IOException {
        ByteBuffer one = ByteBuffer.allocate(1);
        channel.read(one, at);
        one.put(0, (byte) (one.get(0) ^ (1 << bit))).rewind();
        channel.write(one, at);
    }
}
