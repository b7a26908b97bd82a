package io.conveyor.backend.s3;

import static io.conveyor.backend.s3.S3Fixture.KEY;
import static io.conveyor.backend.s3.S3Fixture.MIB;
import static io.conveyor.backend.s3.S3Fixture.assertSame;
import static io.conveyor.backend.s3.S3Fixture.patched;
import static io.conveyor.backend.s3.S3Fixture.random;
import static io.conveyor.backend.s3.S3Fixture.readAll;
import static io.conveyor.backend.s3.S3Fixture.write;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.ConflictException;
import io.conveyor.ConflictResolution;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.backend.s3.FakeS3.Fate;
import io.conveyor.backend.s3.S3Options.CommitPolicy;
import io.conveyor.spi.StorageHandle;
import java.net.URI;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A commit that did not come about, or of which nobody knows, is followed by another one: that has all bytes, and leaves nothing behind. */
class S3SecondTryTest {

    private static final byte[] CONTENT = random(1, 24 * MIB);

    /** The request takes effect, its answer is lost, and nobody can look. */
    private static void leaveInTheDark(S3Fixture fixture, StorageHandle handle, String publishing) {
        leaveInTheDark(fixture, handle, publishing, Fate.ANSWER_LOST);
    }

    private static void leaveInTheDark(S3Fixture fixture, StorageHandle handle, String publishing, Fate fate) {
        fixture.store.script((operation, index) -> switch (operation) {
            case "HeadObject" -> Fate.NOT_SENT;
            default -> operation.equals(publishing) ? fate : Fate.SERVED;
        });
        assertThatThrownBy(handle::flush).isInstanceOf(StorageException.class);
        fixture.store.heal();
    }

    @ParameterizedTest
    @ValueSource(ints = {1 * MIB, 24 * MIB})
    void whatTheStoreHasLostIsSentOnceMore(int bytes) throws Exception {
        S3Fixture fixture =
                new S3Fixture(S3Fixture.options().partBytes(6 * MIB).endpoint(URI.create("http://127.0.0.1:9")));
        byte[] content = Arrays.copyOf(CONTENT, bytes);
        try (StorageHandle handle = fixture.create()) {
            fixture.store.lose(1);
            write(handle, content, 0);
            assertThatThrownBy(handle::flush).hasMessageContaining("bytes of the " + bytes);
            fixture.store.lose(0);
            handle.flush();
            assertSame(readAll(handle), content);
        }
        assertSame(fixture.store.content(KEY), content);
        assertThat(fixture.store.uploadCount()).isZero();
    }

    @Test
    void aStoreThatStaysBusyIsSaidToBe() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options());
        byte[] content = random(1, 1000);
        try (StorageHandle handle = fixture.create()) {
            write(handle, content, 0);
            fixture.store.script((operation, index) -> Fate.SLOW_DOWN);
            assertThatThrownBy(handle::flush)
                    .isInstanceOfSatisfying(
                            StorageException.class, e -> assertThat(e.kind()).isEqualTo(Kind.THROTTLED));
            fixture.store.heal();
            handle.flush();
        }
        assertSame(fixture.store.content(KEY), content);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anUploadThatWasBegunAfterAPutOfUnknownOutcomeGoesOn(boolean keep) throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options().keepUploadedParts(keep));
        try (StorageHandle handle = fixture.create()) {
            write(handle, Arrays.copyOf(CONTENT, 100), 0);
            leaveInTheDark(fixture, handle, "PutObject");
            write(handle, Arrays.copyOfRange(CONTENT, 100, CONTENT.length), 100);
            handle.flush();
        }
        assertSame(fixture.store.content(KEY), CONTENT);
        assertThat(fixture.store.uploadCount()).isZero();
    }

    @ParameterizedTest
    @EnumSource(names = {"ANSWER_LOST", "REFUSED_412_AFTER", "SLOW_DOWN_AFTER"})
    void whatWasStreamedBeforeACompletionOfUnknownOutcomeIsInItsVersion(Fate fate) throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options().keepUploadedParts(false));
        byte[] more = random(2, 100);
        try (StorageHandle handle = fixture.create()) {
            write(handle, CONTENT, 0);
            leaveInTheDark(fixture, handle, "CompleteMultipartUpload", fate);
            write(handle, more, CONTENT.length);
            handle.flush();
        }
        assertSame(fixture.store.content(KEY), patched(CONTENT, more, CONTENT.length));
        assertThat(fixture.store.uploadCount()).isZero();
    }

    @Test
    void whatWasStreamedIsPublishedFromItsUploadHoweverShortItIsNow() throws Exception {
        S3Fixture fixture =
                new S3Fixture(S3Fixture.options().singlePutBytes(16 * MIB).keepUploadedParts(false));
        try (StorageHandle handle = fixture.create()) {
            write(handle, Arrays.copyOf(CONTENT, 17 * MIB), 0);
            handle.truncate(15 * MIB);
            handle.flush();
        }
        assertSame(fixture.store.content(KEY), Arrays.copyOf(CONTENT, 15 * MIB));
    }

    @Test
    void anUploadThatIsNotNeededAndCannotBeAbortedDoesNotFailTheCommit() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options().singlePutBytes(16 * MIB));
        try (StorageHandle handle = fixture.create()) {
            write(handle, CONTENT, 0);
            handle.truncate(10 * MIB);
            fixture.store.script(
                    (operation, index) -> operation.equals("AbortMultipartUpload") ? Fate.NOT_SENT : Fate.SERVED);
            handle.flush();
            fixture.store.heal();
        }
        assertSame(fixture.store.content(KEY), Arrays.copyOf(CONTENT, 10 * MIB));
    }

    @Test
    void anUploadThatIsNotNeededIsAbortedAlsoIfTheAnswerToThePutIsLost() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options().singlePutBytes(16 * MIB));
        try (StorageHandle handle = fixture.create()) {
            write(handle, CONTENT, 0);
            handle.truncate(10 * MIB);
            fixture.store.script((operation, index) -> operation.equals("PutObject") ? Fate.ANSWER_LOST : Fate.SERVED);
            handle.flush();
            fixture.store.heal();
        }
        assertSame(fixture.store.content(KEY), Arrays.copyOf(CONTENT, 10 * MIB));
        assertThat(fixture.store.uploadCount()).isZero();
    }

    @Test
    void aPartThatIsAnotherOneThanWasAcknowledgedIsSentAnewWithAllOthers() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options());
        try (StorageHandle handle = fixture.create()) {
            write(handle, CONTENT, 0);
            fixture.store.replacePart(2, random(3, 5 * MIB));
            handle.flush();
        }
        assertSame(fixture.store.content(KEY), CONTENT);
        assertThat(fixture.store.uploadCount()).isZero();
    }

    /** The first part of the tail begins with bytes of the base. */
    @ParameterizedTest
    @ValueSource(ints = {100, 51 * MIB})
    void thatTheBaseIsGoneIsSaidByTheCommitAndCanBeResolved(int bytes) throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options());
        byte[] theirs = random(4, bytes);
        fixture.store.store(KEY, random(0, bytes));
        try (StorageHandle handle = fixture.update()) {
            fixture.store.store(KEY, theirs);
            write(handle, CONTENT, bytes);
            assertThatThrownBy(handle::flush).isInstanceOf(ConflictException.class);
            handle.resolve(ConflictResolution.REBASE);
            handle.flush();
        }
        assertSame(fixture.store.content(KEY), patched(theirs, CONTENT, bytes));
    }

    @ParameterizedTest
    @EnumSource
    void aBaseThatWasDeletedIsAConflictAlsoWhereItWouldBeCopied(CommitPolicy policy) throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options().commitPolicy(policy));
        fixture.store.store(KEY, CONTENT);
        try (StorageHandle handle = fixture.update()) {
            write(handle, random(2, 100), 12 * MIB);
            fixture.store.delete(KEY);
            assertThatThrownBy(handle::flush).isInstanceOf(ConflictException.class);
            handle.resolve(ConflictResolution.DISCARD);
        }
    }

    @Test
    void aPutThatArrivesLateIsOurOwnAlsoWhereItsBaseIsNeededAgain() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options());
        byte[] base = random(0, MIB);
        byte[] patch = random(2, 100);
        fixture.store.store(KEY, base);
        try (StorageHandle handle = fixture.update()) {
            write(handle, patch, 1000);
            fixture.store.script((operation, index) ->
                    operation.equals("PutObject") || operation.equals("HeadObject") ? Fate.ANSWER_LOST : Fate.SERVED);
            assertThatThrownBy(handle::flush).isInstanceOf(StorageException.class);
            fixture.store.heal();
            write(handle, CONTENT, MIB);
            handle.flush();
        }
        assertSame(fixture.store.content(KEY), patched(patched(base, patch, 1000), CONTENT, MIB));
    }

    @Test
    void rebaseShowsTheirBytesBelowAHiddenObjectThatBeginsWithTheOldOnes() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options().stagingBytes(64L * MIB));
        byte[] theirs = random(4, 51 * MIB);
        byte[] first = random(5, 33 * MIB);
        byte[] end = random(6, 2 * MIB);
        fixture.store.store(KEY, random(0, 51 * MIB));
        try (StorageHandle handle = fixture.update()) {
            write(handle, first, 0);
            write(handle, end, 51 * MIB);
            fixture.store.store(KEY, theirs);
            assertThatThrownBy(handle::flush).isInstanceOf(ConflictException.class);
            handle.resolve(ConflictResolution.REBASE);
            handle.flush();
        }
        assertSame(fixture.store.content(KEY), patched(patched(theirs, first, 0), end, 51 * MIB));
    }

    /** By the length of our own version alone it would seem that its end had been cut off. */
    @Test
    void rebaseShowsAllOfTheirsAfterOurOwnVersionBecameTheBase() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options());
        byte[] ours = random(2, 100);
        byte[] more = random(3, 50);
        byte[] theirs = random(4, 5000);
        fixture.store.store(KEY, random(0, 1000));
        try (StorageHandle handle = fixture.update()) {
            write(handle, ours, 1000);
            leaveInTheDark(fixture, handle, "PutObject");
            write(handle, more, 10);
            fixture.store.beforePublishing(() -> fixture.store.store(KEY, theirs));
            assertThatThrownBy(handle::flush).isInstanceOf(ConflictException.class);
            handle.resolve(ConflictResolution.REBASE);
            handle.flush();
        }
        assertSame(fixture.store.content(KEY), patched(patched(theirs, ours, 1000), more, 10));
    }

    @Test
    void rebaseOfAnObjectThatWasToBeReplacedShowsNothingOfTheirs() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options());
        byte[] ours = random(2, 100);
        fixture.store.store(KEY, new byte[0]);
        try (StorageHandle handle = fixture.open(WRITE, TRUNCATE_EXISTING)) {
            write(handle, ours, 0);
            fixture.store.store(KEY, random(4, 5000));
            assertThatThrownBy(handle::flush).isInstanceOf(ConflictException.class);
            handle.resolve(ConflictResolution.REBASE);
            handle.flush();
        }
        assertSame(fixture.store.content(KEY), ours);
        assertThat(fixture.store.keys()).containsExactly(KEY);
    }

    @Test
    void whatWasStreamedIsNotGivenUpWithACompletionThatNeverArrived() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options().keepUploadedParts(false));
        byte[] more = random(2, 100);
        try (StorageHandle handle = fixture.create()) {
            write(handle, CONTENT, 0);
            fixture.store.script(
                    (operation, index) -> operation.equals("CompleteMultipartUpload") ? Fate.NOT_SENT : Fate.SERVED);
            assertThatThrownBy(handle::flush).isInstanceOf(StorageException.class);
            fixture.store.heal();
            write(handle, more, CONTENT.length);
            handle.flush();
        }
        assertSame(fixture.store.content(KEY), patched(CONTENT, more, CONTENT.length));
        assertThat(fixture.store.uploadCount()).isZero();
    }

    @Test
    void anUploadThatIsLostAfterAPutOfUnknownOutcomeIsBegunAnew() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options());
        int head = 4 * MIB;
        try (StorageHandle handle = fixture.create()) {
            write(handle, CONTENT, 0);
            handle.truncate(head);
            leaveInTheDark(fixture, handle, "PutObject");
            write(handle, Arrays.copyOfRange(CONTENT, head, CONTENT.length), head);
            fixture.store.beforePublishing(fixture.store::abortAllUploads);
            handle.flush();
        }
        assertSame(fixture.store.content(KEY), CONTENT);
    }

    @Test
    void aVersionOfOursThatLostSomeOfTheBaseIsNoBase() throws Exception {
        S3Fixture fixture =
                new S3Fixture(S3Fixture.options().singlePutBytes(16 * MIB).endpoint(URI.create("http://127.0.0.1:9")));
        fixture.store.store(KEY, random(0, MIB));
        StorageHandle handle = fixture.update();
        fixture.store.lose(1);
        write(handle, random(2, 100), 0);
        assertThatThrownBy(handle::flush).hasMessageContaining("bytes of the");
        fixture.store.lose(0);
        write(handle, random(3, 100), 5000);
        assertThatThrownBy(handle::flush).hasMessageContaining("bytes of the");
        handle.abort();
    }

    @Test
    void aBaseThatIsGoneKeepsAllBytesAtHandForWhateverIsDecided() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options().keepUploadedParts(false));
        byte[] theirs = random(4, 3000);
        fixture.store.store(KEY, random(0, 100));
        try (StorageHandle handle = fixture.update()) {
            fixture.store.store(KEY, theirs);
            write(handle, CONTENT, 100);
            assertThatThrownBy(handle::flush).isInstanceOf(ConflictException.class);
            handle.resolve(ConflictResolution.REBASE);
            handle.flush();
        }
        assertSame(fixture.store.content(KEY), patched(theirs, CONTENT, 100));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 10})
    void whatSomebodyHasAddedToOurOwnVersionIsNotOverwritten(int more) throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options());
        byte[] ours = random(2, 100);
        try (StorageHandle handle = fixture.create()) {
            write(handle, ours, 0);
            leaveInTheDark(fixture, handle, "PutObject");
            fixture.store.append(KEY, random(3, 50));
            write(handle, random(4, more), 100);
            assertThatThrownBy(handle::flush).isInstanceOf(ConflictException.class);
            handle.resolve(ConflictResolution.DISCARD);
        }
        assertSame(fixture.store.content(KEY), patched(ours, random(3, 50), 100));
    }

    /** Amazon answers a completion that took effect before as if it had done so now. */
    @Test
    void aVersionOfOursThatSomebodyHasReplacedIsNotCompletedForEver() throws Exception {
        S3Fixture fixture =
                new S3Fixture(S3Fixture.options().keepUploadedParts(false).commitPolicy(CommitPolicy.LAST_WRITER_WINS));
        fixture.store.answerCompletionsAgain();
        byte[] theirs = random(4, 3000);
        try (StorageHandle handle = fixture.create()) {
            write(handle, CONTENT, 0);
            leaveInTheDark(fixture, handle, "CompleteMultipartUpload");
            fixture.store.store(KEY, theirs);
            write(handle, random(2, 100), CONTENT.length);
            assertThatThrownBy(handle::flush).isInstanceOf(ConflictException.class);
            handle.resolve(ConflictResolution.DISCARD);
        }
        assertSame(fixture.store.content(KEY), theirs);
    }

    @Test
    void aDamagedVersionOfOursIsReplacedWhereAllBytesAreAtHandAlsoByMoreOfThem() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options().endpoint(URI.create("http://127.0.0.1:9")));
        byte[] ours = Arrays.copyOf(CONTENT, MIB);
        fixture.store.store(KEY, random(0, MIB));
        try (StorageHandle handle = fixture.update()) {
            fixture.store.lose(1);
            write(handle, ours, 0);
            assertThatThrownBy(handle::flush).hasMessageContaining("bytes of the");
            fixture.store.lose(0);
            write(handle, random(3, 100), 5000);
            handle.flush();
        }
        assertSame(fixture.store.content(KEY), patched(ours, random(3, 100), 5000));
    }
}
