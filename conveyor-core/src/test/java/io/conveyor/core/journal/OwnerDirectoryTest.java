package io.conveyor.core.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who has a directory, and what becomes of it. */
class OwnerDirectoryTest {

    private static final String OURS = JournalUnderTest.STORE;
    private static final String THEIRS = "memory:of-somebody-else";

    @TempDir
    private Path parent;

    private Path directory;

    @BeforeEach
    void prepare() throws IOException {
        directory = OwnerDirectory.prepare(parent.resolve("journal"));
    }

    @Test
    void aDirectoryThatBelongsToSomebodyElseIsRefused() throws IOException {
        OwnerDirectory.prepare(directory);
        assertThat(list(directory)).isEmpty();
        UserPrincipal us = Files.getOwner(directory);
        assumeTrue(giveTo("nobody"), "only root may give a directory to somebody else");
        assertThatThrownBy(() -> OwnerDirectory.prepare(directory))
                .hasMessage("the journal directory " + directory + " belongs to nobody, and this process runs as "
                        + us.getName() + ": chown it, or use a directory of its own");
        assertThat(giveTo(us.getName())).isTrue();
    }

    @Test
    void aLockOnAFileThatIsNotTheOneInTheDirectoryAnyMoreIsWorthNothing() throws IOException {
        OwnerDirectory dead = OwnerDirectory.create(directory, () -> 1, false);
        dead.leave();
        Path lock = dead.path().resolve("owner.lock");
        assertThatThrownBy(() -> OwnerDirectory.locked(dead.path(), true, () -> {
                    // whoever had it has removed it, and somebody else has made another one
                    Files.delete(lock);
                    Files.createFile(lock);
                }))
                .hasMessage(dead.path() + " is locked by somebody else");
    }

    @Test
    void aLockThatIsThereAndOneThatIsMadeAreOurs() throws IOException {
        OwnerDirectory dead = OwnerDirectory.create(directory, () -> 1, false);
        dead.leave();
        OwnerDirectory.dead(directory, OURS).get(0).leave();
        Files.delete(dead.path().resolve("owner.lock"));
        List<OwnerDirectory> taken = OwnerDirectory.dead(directory, OURS);
        assertThat(taken).hasSize(1);
        taken.get(0).leave();
    }

    private boolean giveTo(String user) {
        try {
            Files.setOwner(
                    directory,
                    directory.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(user));
            return true;
        } catch (IOException notAllowed) {
            return false;
        }
    }

    // ---------------------------------------------------------------- the end

    @Test
    void aStrangersFileStaysAndTheDirectoryWithIt() throws IOException {
        OwnerDirectory owner = OwnerDirectory.create(directory, () -> 1, false);
        Path stray = Files.writeString(owner.path().resolve("stray"), "not ours");
        Files.writeString(owner.path().resolve("00000001.segment"), "ours");
        owner.remove();
        assertThat(stray).hasContent("not ours");
        assertThat(list(owner.path())).containsExactly(stray);
        // the lock was given back
        List<OwnerDirectory> dead = OwnerDirectory.dead(directory, OURS);
        assertThat(dead).extracting(OwnerDirectory::path).containsExactly(owner.path());
        dead.get(0).remove();
        assertThat(stray).exists();
    }

    @Test
    void aDirectoryThatIsNamedLikeAJournalFileStays() throws IOException {
        OwnerDirectory owner = OwnerDirectory.create(directory, () -> 1, false);
        Path odd = Files.createDirectory(owner.path().resolve("00000001.table"));
        Path inside = Files.writeString(odd.resolve("stray"), "not ours");
        owner.remove();
        assertThat(inside).exists();
    }

    // ---------------------------------------------------------------- the beginning

    @Test
    void whoLosesItsDirectoryBeforeItIsLockedTakesAnother() throws IOException {
        Files.createDirectory(directory.resolve("owner-0000000000000001"));
        AtomicLong names = new AtomicLong();
        OwnerDirectory owner = OwnerDirectory.create(directory, names::incrementAndGet, false);
        assertThat(owner.path()).hasFileName("owner-0000000000000002");
        owner.remove();
    }

    @Test
    void whoFindsNoNameGivesUp() throws IOException {
        Files.createDirectory(directory.resolve("owner-0000000000000001"));
        assertThatThrownBy(() -> OwnerDirectory.create(directory, () -> 1, false))
                .isInstanceOf(FileAlreadyExistsException.class);
    }

    @Test
    void thatThereIsANewDirectoryIsForcedWithTheDirectoryAroundIt() throws IOException {
        List<String> forced = new ArrayList<>();
        OwnerDirectory owner = OwnerDirectory.create(
                directory,
                () -> 1,
                around -> forced.add(
                        around.getFileName() + " with " + list(around).get(0).getFileName()));
        assertThat(forced).containsExactly("journal with owner-0000000000000001");
        owner.remove();
        OwnerDirectory.create(directory, () -> 2, true).remove();
    }

    @Test
    void aDirectoryThatCannotBeForcedDoesNotStay() throws IOException {
        assertThatThrownBy(() -> OwnerDirectory.create(directory, () -> 1, around -> {
                    throw new IOException("the disk does not want to");
                }))
                .hasMessage("the disk does not want to");
        assertThat(list(directory)).isEmpty();
    }

    @Test
    void aDirectoryThatCannotBeLockedDoesNotKeepTheOthersFromBeingFound() throws IOException {
        Path odd = leftBehind(1, OURS);
        Files.createDirectory(odd.resolve("owner.lock"));
        Path ours = leftBehind(2, OURS);
        List<OwnerDirectory> dead = OwnerDirectory.dead(directory, OURS);
        assertThat(dead).extracting(OwnerDirectory::path).containsExactly(ours);
        OwnerDirectory.leaveAll(dead, new AssertionError());
    }

    @Test
    void aLockIsGivenBackOnce() throws IOException {
        Path ours = leftBehind(1, OURS);
        OwnerDirectory first = OwnerDirectory.dead(directory, OURS).get(0);
        first.leave();
        OwnerDirectory second = OwnerDirectory.dead(directory, OURS).get(0);
        first.leave();
        assertThat(OwnerDirectory.dead(directory, OURS)).isEmpty();
        second.leave();
        assertThat(ours).exists();
    }

    @ParameterizedTest
    @ValueSource(strings = {"table", "segment"})
    void aFileThatCannotBeReadMakesItsJournalCorrupt(String kind) throws IOException {
        Path ours = leftBehind(1, OURS);
        try (DirectoryStream<Path> files = Files.newDirectoryStream(ours, "*." + kind)) {
            for (Path file : files) {
                Files.setPosixFilePermissions(file, Set.of());
                assumeFalse(Files.isReadable(file), "this user may read everything");
            }
        }
        OwnerDirectory dead = OwnerDirectory.dead(directory, OURS).get(0);
        List<StoredJournal> found = StoredJournal.in(dead, OURS);
        dead.leave();
        assertThat(found).isNotEmpty().allSatisfy(journal -> {
            assertThat(journal.condition()).isEqualTo(StoredJournal.Condition.CORRUPT);
            assertThat(journal.detail()).contains("it cannot be read now: java.nio.file.AccessDeniedException");
        });
    }

    // ---------------------------------------------------------------- several stores

    /** What a factory leaves that dies with a journal for each of some stores, if there can be such a factory. */
    private Path leftBehind(long number, String... stores) throws IOException {
        Path owner = directory.resolve(String.format("owner-%016x", number));
        Path copy = Files.createDirectory(owner);
        for (int i = 0; i < stores.length; i++) {
            try (JournalUnderTest live = new JournalUnderTest(parent.resolve("live"), stores[i])) {
                live.write("text", 0);
                for (Path file : live.files()) {
                    String name = file.getFileName().toString();
                    // so that they do not collide; only the last one finds its segments
                    Files.copy(file, copy.resolve((stores.length - 1 - i) + name.substring(1)));
                }
            }
        }
        return owner;
    }

    @Test
    void whatOthersHaveLeftIsNotLockedForAMoment() throws IOException {
        Path theirs = leftBehind(1, THEIRS);
        Path ours = leftBehind(2, OURS);
        Files.writeString(theirs.resolve("ffffffff.table"), "unreadable");
        List<OwnerDirectory> dead = OwnerDirectory.dead(directory, OURS);
        assertThat(dead).extracting(OwnerDirectory::path).containsExactly(ours);
        assertThat(theirs.resolve("owner.lock")).doesNotExist();
        dead.get(0).leave();
    }

    @Test
    void journalsOfOthersSurviveThatOursAreDoneWith() throws IOException {
        Path both = leftBehind(1, OURS, THEIRS);
        Path unreadable = Files.writeString(both.resolve("ffffffff.table"), "unreadable");
        OwnerDirectory dead = OwnerDirectory.dead(directory, OURS).get(0);
        List<StoredJournal> found = StoredJournal.in(dead, OURS);
        assertThat(found).extracting(StoredJournal::store).containsExactly(OURS);
        found.get(0).remove();
        dead.remove();
        assertThat(unreadable).exists();
        assertThat(OwnerDirectory.dead(directory, OURS)).isEmpty();
        OwnerDirectory theirs = OwnerDirectory.dead(directory, THEIRS).get(0);
        assertThat(StoredJournal.in(theirs, THEIRS))
                .extracting(StoredJournal::condition)
                .containsExactlyInAnyOrder(StoredJournal.Condition.WHOLE, StoredJournal.Condition.CORRUPT);
        theirs.leave();
    }

    @Test
    void whatHoldsNothingIsDeletedWhenAJournalOfADeadOwnerStays() throws IOException {
        Path ours = leftBehind(1, OURS);
        Files.write(ours.resolve("00000aaa.new"), new byte[10]);
        OwnerDirectory dead = OwnerDirectory.dead(directory, OURS).get(0);
        assertThat(dead.files()).hasSizeGreaterThan(5);
        StoredJournal.deleteIdle(dead, StoredJournal.in(dead, OURS));
        assertThat(dead.files()).containsExactlyInAnyOrder("00000001.table", "00000002.segment");
        assertThat(JournalUnderTest.entries(StoredJournal.in(dead, OURS).get(0)))
                .containsExactly("text@0");
        dead.remove();
    }

    @Test
    void segmentsStayAsLongAsItIsNotKnownWhichAreNeeded() throws IOException {
        Path ours = leftBehind(1, OURS);
        byte[] damaged = Files.readAllBytes(ours.resolve("00000001.table"));
        damaged[JournalLayout.KEY_AT] ^= 1;
        Files.write(ours.resolve("00000001.table"), damaged);
        OwnerDirectory dead = OwnerDirectory.dead(directory, OURS).get(0);
        List<String> before = dead.files();
        StoredJournal.deleteIdle(dead, StoredJournal.in(dead, OURS));
        assertThat(dead.files())
                .contains("00000001.table")
                .containsAll(before.stream()
                        .filter(name -> name.endsWith(".segment"))
                        .toList());
        assertThat(dead.files()).filteredOn(name -> name.endsWith(".table")).hasSize(1);
        dead.remove();
    }

    private static List<Path> list(Path directory) throws IOException {
        try (var files = Files.list(directory)) {
            return files.toList();
        }
    }
}
