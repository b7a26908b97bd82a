package io.conveyor.core.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.Extent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Writes that go on where the one before ends make its entry longer; what the next process finds is each time a prefix of what was accepted. */
class GrowingEntriesTest {

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

    private List<String> found() throws IOException {
        return JournalUnderTest.entries(live.stored());
    }

    @Test
    void writesThatGoOnAreOneEntryThatIsWholeAfterEachOfThem() throws IOException {
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < 200; i++) {
            live.write("write " + i + ";", all.length());
            all.append("write ").append(i).append(';');
            assertThat(found()).containsExactly(all + "@0");
        }
    }

    @Test
    void aWriteElsewhereInTheObjectHasAnEntryOfItsOwn() throws IOException {
        live.write("ab", 0);
        live.write("cd", 3);
        live.write("ef", 5);
        live.write("gh", 0);
        live.write("ij", 2);
        assertThat(found()).containsExactly("ab@0", "cdef@3", "ghij@0");
    }

    @Test
    void whatComesAfterACutHasAnEntryOfItsOwn() throws IOException {
        live.write("abcd", 0);
        live.cut(2);
        live.write("ef", 4);
        assertThat(found()).containsExactly("abcd@0", "cut to 2", "ef@4");
    }

    @Test
    void anEntryDoesNotGrowIntoTheNextSegment() throws IOException {
        String most = "x".repeat(JournalUnderTest.SEGMENT - 2);
        live.write(most, 0);
        live.write("abcd", most.length());
        live.write("ef", most.length() + 4);
        assertThat(found()).containsExactly(most + "ab@0", "cdef@" + JournalUnderTest.SEGMENT);
    }

    @Test
    void anEntryDoesNotGrowWhenAnotherTableIsInUse() throws IOException {
        // one less: a write is given a table in which it has room for two entries, because it may need them
        int all = JournalLayout.ENTRIES - 1;
        for (int i = 0; i < all; i++) {
            live.write("x", 2L * i);
        }
        live.write("y", 2L * all - 1);
        assertThat(found()).hasSize(all + 1).endsWith("x@" + (2 * all - 2), "y@" + (2 * all - 1));
    }

    @Test
    void whatIsCopiedAndNotYetAcceptedIsNotThere() throws IOException {
        live.write("ab", 0);
        ByteBuffer segment = live.log.slices(0, 1)[0];
        ByteBuffer bytes = acquired(segment);
        live.journal.reserve(bytes, 2, 2, 2, 2);
        bytes.put(2, (byte) 'c').put(3, (byte) 'd');
        assertThat(found()).containsExactly("ab@0");

        live.journal.commit();
        assertThat(found()).containsExactly("abcd@0");
    }

    /** The segment itself, which the journal knows by its identity. */
    private ByteBuffer acquired(ByteBuffer slice) {
        ByteBuffer[] held = {null};
        live.log.releaseAllBut(0, 1).forEach(each -> held[0] = each);
        assertThat(held[0].get(0)).isEqualTo(slice.get(0));
        return held[0];
    }

    @Test
    void aCopyThatFailsLeavesTheEntryAsItWasAndTheNextWriteMakesItLonger() throws IOException {
        live.write("ab", 0);
        live.log.makeRoom(4);
        assertThatThrownBy(() -> live.log.append(ByteBuffer.allocate(1), 0, 4, 2))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(found()).containsExactly("ab@0");

        live.write("cd", 2);
        assertThat(found()).containsExactly("abcd@0");
        live.write("ef", 9);
        assertThat(found()).containsExactly("abcd@0", "ef@9");
    }

    @Test
    void aCopyThatFailsWithAnEntryOfItsOwnLeavesAReservationThatMeansNothing() throws IOException {
        live.write("ab", 0);
        live.log.makeRoom(4);
        assertThatThrownBy(() -> live.log.append(ByteBuffer.allocate(1), 0, 4, 50))
                .isInstanceOf(IndexOutOfBoundsException.class);
        live.write("cd", 2);
        live.write("ef", 50);
        assertThat(found()).containsExactly("abcd@0", "ef@50");
    }

    @Test
    void whatWasForcedToTheDiskIsNotOverwritten() throws IOException {
        live.write("ab", 0);
        ConveyorJournal.Forcing forcing = Objects.requireNonNull(live.journal.forcing());
        live.write("cd", 2);
        live.write("ef", 4);
        live.journal.forced(forcing);
        assertThat(found()).containsExactly("ab@0", "cdef@2");
        assertThat(live.journal.synced()).isEqualTo(2);
    }

    @Test
    void anEntryThatStorageHasInPartIsReplayedFromItsBeginning() throws IOException {
        live.write("ab", 0);
        live.write("cd", 2);
        live.stored(3);
        assertThat(found()).containsExactly("abcd@0");
        live.stored(4);
        assertThat(JournalUnderTest.found(live.owner)).isEmpty();
    }

    @Test
    void aFreshTableBeginsAFreshEntry() throws IOException {
        live.write("ab", 0);
        live.stored(2);
        live.write("cd", 2);
        assertThat(found()).containsExactly("cd@2");
    }

    @Test
    void whatWasToBePublishedMayEndWithinAnEntry() throws IOException {
        live.write("abcd", 0);
        live.write("ef", 4);
        StoredJournal stored = live.stored();
        List<Extent> published = new ArrayList<>();
        StoredJournal.Image image = stored.image(5);
        stored.forEach((entry, bytes) -> published.addAll(image.lasting(entry)));
        assertThat(published).containsExactly(new Extent(0, 5));
    }
}
