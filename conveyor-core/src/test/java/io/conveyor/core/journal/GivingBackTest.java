package io.conveyor.core.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.core.journal.JournalFile.Kind;
import io.conveyor.testkit.Concurrently;
import io.conveyor.testkit.Concurrently.Started;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** In which order files come back where power may be lost, and what becomes of them when the disk refuses. */
class GivingBackTest {

    @TempDir
    private Path directory;

    private final ForcedPages disk = new ForcedPages();
    private final List<String> forced = new ArrayList<>();
    private JournalUnderTest live;
    private GivingBack journal;

    @BeforeEach
    void open() throws IOException {
        live = new JournalUnderTest(directory.resolve("journal"), disk, JournalUnderTest.STORE, 0, true, 1 << 20);
        journal = new GivingBack(live.space);
        disk.beforeEach(file -> forced.add(file.getFileName().toString()));
    }

    @AfterEach
    void close() throws IOException {
        disk.beforeEach(file -> {});
        live.surroundings.release();
        live.surroundings.pass();
        if (Files.exists(live.owner.path())) {
            live.space.close(false, Duration.ZERO);
        }
    }

    private JournalFile take(Kind kind) {
        JournalFile file = live.space.take(kind);
        assertThat(file).isNotNull();
        return file;
    }

    private static String name(JournalFile file) {
        return JournalFile.name(file.number, file.kind.suffix);
    }

    private void refuse(int times) {
        int[] left = {times};
        disk.beforeEach(file -> {
            if (left[0]-- > 0) {
                throw new IOException("the disk does not want to");
            }
            forced.add(file.getFileName().toString());
        });
    }

    @Test
    void aTableIsForcedToSaySoThenOutOfUseThenEmpty() {
        JournalFile table = take(Kind.TABLE);
        journal.add(List.of(take(Kind.SEGMENT), table), table);
        assertThat(forced).containsExactly(name(table), name(table), name(table));
        assertThat(take(Kind.TABLE)).isSameAs(table);
    }

    /** Another thread forces them meanwhile, and then empties them, step by step. */
    @Test
    void whatIsOnItsWayBackIsNotReadWhenItsJournalIs() throws IOException {
        live.surroundings.hold();
        live.write("stored", 0);
        Path first = live.owner.path().resolve(live.journal.tables().get(0));
        live.stored(6);
        live.write("missing", 6);
        byte[] table = Files.readAllBytes(first);
        Arrays.fill(table, JournalLayout.HEADER_BYTES, table.length, (byte) 0);
        Files.write(first, table);

        StoredJournal found = StoredJournal.find(live.owner, live.journal);

        assertThat(found).isNotNull();
        assertThat(found.detail()).isEmpty();
        assertThat(JournalUnderTest.entries(found)).containsExactly("missing@6");
        assertThat(JournalUnderTest.entries(found.again(live.journal)))
                .as("when it is read once more")
                .containsExactly("missing@6");
    }

    @Test
    void filesComeBackWhenTheDiskCanForceAgainWhatSaysSo() {
        JournalFile segment = take(Kind.SEGMENT);
        refuse(2);
        journal.add(List.of(segment), take(Kind.TABLE));
        assertThat(live.space.failure()).hasRootCauseMessage("the disk does not want to");
        live.surroundings.pass();
        assertThat(take(Kind.SEGMENT)).isNotSameAs(segment);
        assertThat(live.space.failure()).isNotNull();
        live.surroundings.pass();
        assertThat(live.space.failure()).isNull();
        assertThat(take(Kind.SEGMENT)).isSameAs(segment);
    }

    @Test
    void whatComesLaterWaitsForWhatIsRefused() {
        JournalFile first = take(Kind.TABLE);
        JournalFile second = take(Kind.TABLE);
        refuse(1);
        journal.add(List.of(first), first);
        journal.add(List.of(second), second);
        assertThat(forced).isEmpty();
        live.surroundings.pass();
        assertThat(forced)
                .containsExactly(name(first), name(first), name(first), name(second), name(second), name(second));
    }

    @Test
    void anotherJournalDoesNotWaitForIt() {
        JournalFile first = take(Kind.TABLE);
        JournalFile other = take(Kind.TABLE);
        refuse(1);
        journal.add(List.of(first), first);
        new GivingBack(live.space).add(List.of(other), other);
        assertThat(forced).containsExactly(name(other), name(other), name(other));
    }

    @Test
    void whatTheSameTableSaysIsForcedOnce() {
        JournalFile first = take(Kind.TABLE);
        JournalFile second = take(Kind.TABLE);
        live.surroundings.hold();
        journal.add(List.of(take(Kind.SEGMENT), first), second);
        journal.add(List.of(take(Kind.SEGMENT), second), second);
        journal.add(List.of(take(Kind.SEGMENT)), second);
        live.surroundings.release();
        assertThat(forced).containsExactly(name(second), name(first), name(first), name(second), name(second));
    }

    // ---------------------------------------------------------------- the end

    @Test
    void theDirectoryStaysForTheNextFactoryWhenSomethingIsOnItsWayBack() throws IOException {
        JournalFile table = take(Kind.TABLE);
        live.surroundings.hold();
        journal.add(List.of(table), table);
        live.space.close(false, Duration.ZERO);
        live.surroundings.release();
        // the next factory may have it by now
        assertThat(forced).isEmpty();
        assertThat(OwnerDirectory.dead(directory.resolve("journal"), JournalUnderTest.STORE))
                .singleElement()
                .satisfies(OwnerDirectory::remove);
    }

    @Test
    @Timeout(20)
    void theDirectoryGoesWhenEverythingIsBack() throws Exception {
        JournalFile table = take(Kind.TABLE);
        List<Boolean> there = new ArrayList<>();
        Closing closing = new Closing();
        disk.beforeEach(file -> {
            closing.begin();
            there.add(Files.exists(live.owner.path()));
        });
        journal.add(List.of(table), table);
        closing.join();
        assertThat(there).containsExactly(true, true, true);
        assertThat(live.owner.path()).doesNotExist();
    }

    @Test
    @Timeout(20)
    void whatIsRefusedAtTheEndIsNotWaitedFor() throws Exception {
        JournalFile table = take(Kind.TABLE);
        Closing closing = new Closing();
        disk.beforeEach(file -> {
            closing.begin();
            throw new IOException("the disk does not want to");
        });
        journal.add(List.of(table), table);
        closing.join();
        assertThat(live.owner.path()).exists();
    }

    /** Closes the space, with the patience of an hour, from when the disk is first asked for something. */
    private final class Closing {

        private @Nullable Started<Boolean> started;

        void begin() throws IOException {
            if (started == null) {
                Started<Boolean> closing = Concurrently.start(() -> {
                    live.space.close(false, Duration.ofHours(1));
                    return true;
                });
                started = closing;
                try {
                    closing.awaitWaiting();
                } catch (InterruptedException unexpected) {
                    throw new InterruptedIOException();
                }
            }
        }

        void join() throws Exception {
            assertThat(Objects.requireNonNull(started).result()).isTrue();
        }
    }
}
