package io.conveyor.backend.s3;

import static io.conveyor.backend.s3.S3Fixture.KEY;
import static io.conveyor.backend.s3.S3Fixture.MIB;
import static io.conveyor.backend.s3.S3Fixture.assertSame;
import static io.conveyor.backend.s3.S3Fixture.patched;
import static io.conveyor.backend.s3.S3Fixture.random;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.BackPressureTimeoutException;
import io.conveyor.ConflictException;
import io.conveyor.ConflictResolution;
import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOptions;
import io.conveyor.JournalInfo;
import io.conveyor.JournalInfo.State;
import io.conveyor.JournalOptions;
import io.conveyor.JournalOptions.Sync;
import io.conveyor.StorageException;
import io.conveyor.Whence;
import io.conveyor.backend.s3.FakeS3.Fate;
import io.conveyor.core.Conveyors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;

/**
 * A stream to S3 that is longer than its journal: the journal leaves its beginning to the parts that the store has acknowledged. A process that dies is played
 * by a copy of its journal's files.
 */
@Timeout(120)
class S3StreamBeyondJournalTest {

    private static final int JOURNAL_BYTES = 24 * MIB;
    private static final byte[] CONTENT = random(1, 61 * MIB + 1234);
    private static final byte[] MORE = random(2, 3 * MIB);
    private static final int PIECE = 100_000;

    @TempDir
    private Path directory;

    private final FakeS3 store = new FakeS3();

    /** Set when the first process dies: it gets nothing to the store any more. */
    private volatile boolean dead;

    /** Run when its first request to complete an upload is on its way, if it is not to arrive before the process dies. */
    private volatile @Nullable Runnable onItsWay;

    private volatile @Nullable CompleteMultipartUploadRequest delayed;

    private final List<ConveyorFactory> factories = new ArrayList<>();
    private Sync sync = Sync.NONE;
    private int copies;

    @AfterEach
    void close() {
        store.heal();
        for (ConveyorFactory factory : factories) {
            try {
                factory.close();
            } catch (IOException whatTheTestWanted) {
                // it has been looked at, or belongs to a process that is dead
            }
        }
    }

    /** The store as the first process sees it. */
    private S3Client whileAlive() {
        return (S3Client) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {S3Client.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("completeMultipartUpload") && onItsWay != null) {
                        delayed = (CompleteMultipartUploadRequest) arguments[0];
                        onItsWay.run();
                        onItsWay = null;
                    }
                    if (dead) {
                        throw FakeS3.broken();
                    }
                    try {
                        return method.invoke(store, arguments);
                    } catch (InvocationTargetException failed) {
                        throw failed.getCause();
                    }
                });
    }

    private ConveyorFactory factory(Path journal) throws IOException {
        return factory(journal, store);
    }

    private ConveyorFactory factory(Path journal, S3Client client) throws IOException {
        S3Backend backend = S3Backend.create(S3Fixture.options()
                .client(client)
                .attempts(2)
                .backoff(Duration.ZERO)
                .throttledBackoff(Duration.ZERO)
                .build());
        ConveyorFactory factory = Conveyors.builder(backend)
                .memoryBudget(16 * MIB)
                .options(ConveyorOptions.builder()
                        .readAhead(false)
                        .retryAttempts(1)
                        .build())
                .journal(JournalOptions.builder(journal)
                        .maxBytes(JOURNAL_BYTES)
                        .sync(sync)
                        .build())
                .build();
        factories.add(factory);
        return factory;
    }

    private Path journal() {
        return directory.resolve("journal");
    }

    private Conveyor living() throws IOException {
        return factory(journal(), whileAlive()).open(KEY, READ, WRITE, CREATE);
    }

    private static void stream(Conveyor conveyor, byte[] content) throws IOException {
        for (int at = 0; at < content.length; at += PIECE) {
            conveyor.write(ByteBuffer.wrap(content, at, Math.min(PIECE, content.length - at)));
        }
    }

    /** A factory in the next process, after the one before was killed at this moment. */
    private ConveyorFactory afterItsDeath() throws IOException {
        return factory(remains());
    }

    /** A copy of the journal's files as they are when the first process dies. */
    private Path remains() throws IOException {
        dead = true;
        FileAttribute<?> ownerOnly = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
        Path copy = Files.createDirectory(directory.resolve("remains-" + ++copies), ownerOnly);
        for (Path owner : in(journal())) {
            Path to = Files.createDirectory(copy.resolve(owner.getFileName()), ownerOnly);
            while (!isCopied(owner, to)) {
                Thread.onSpinWait(); // a request that was under way lets go of something: once more, from the start
            }
        }
        return copy;
    }

    /** Copies the files of an owner, and answers whether they have been the same all the while: what is let go is written over, or deleted, only after a table has said so. */
    private static boolean isCopied(Path owner, Path to) throws IOException {
        for (Path before : in(to)) {
            Files.delete(before);
        }
        try {
            copy(owner, to, ".table");
            copy(owner, to, ".segment");
            return isSame(owner, to);
        } catch (NoSuchFileException givenBack) {
            return false;
        }
    }

    private static List<Path> in(Path folder) throws IOException {
        try (DirectoryStream<Path> paths = Files.newDirectoryStream(folder)) {
            List<Path> found = new ArrayList<>();
            paths.forEach(found::add);
            return found;
        }
    }

    private static void copy(Path from, Path to, String suffix) throws IOException {
        for (Path file : in(from)) {
            if (file.toString().endsWith(suffix)) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }

    private static boolean isSame(Path owner, Path copy) throws IOException {
        for (Path file : in(copy)) {
            if (file.toString().endsWith(".table") && Files.mismatch(file, owner.resolve(file.getFileName())) >= 0) {
                return false;
            }
        }
        return true;
    }

    private ConveyorFactory afterAborted() throws IOException {
        Path remains = remains();
        store.abortAllUploads();
        return factory(remains);
    }

    private static byte[] content(ConveyorFactory factory) throws IOException {
        try (Conveyor conveyor = factory.open(KEY)) {
            ByteBuffer content = ByteBuffer.allocate((int) conveyor.size());
            conveyor.read(content);
            return content.array();
        }
    }

    private void requireConflict(ConveyorFactory factory) throws IOException {
        assertThatThrownBy(() -> factory.open(KEY, WRITE, CREATE)).isInstanceOf(ConflictException.class);
        assertThat(factory.journals()).extracting(JournalInfo::state).containsExactly(State.CONFLICT);
    }

    private static String only(ConveyorFactory factory) {
        return factory.journals().get(0).id();
    }

    private void noMoreRequests(String operation) {
        store.script((each, index) -> each.equals(operation) ? Fate.NOT_SENT : Fate.SERVED);
    }

    // ---------------------------------------------------------------- the stream

    @ParameterizedTest
    @EnumSource
    void needsNoFlush(Sync sync) throws Exception {
        this.sync = sync;
        try (Conveyor conveyor = living()) {
            stream(conveyor, CONTENT);
        }
        assertSame(store.content(KEY), CONTENT);
        assertThat(store.keys()).containsExactly(KEY);
        assertThat(store.uploadCount()).isZero();
    }

    @Test
    void isReadBackWhileItIsWritten() throws Exception {
        try (Conveyor conveyor = living()) {
            stream(conveyor, CONTENT);
            ByteBuffer found = ByteBuffer.allocate(CONTENT.length);
            conveyor.read(found, 0);
            assertSame(found.array(), CONTENT);
        }
    }

    @Test
    void isOneWriteAsWell() throws Exception {
        this.sync = Sync.EVERY_WRITE;
        try (Conveyor conveyor = living()) {
            conveyor.write(ByteBuffer.wrap(CONTENT));
        }
        assertSame(store.content(KEY), CONTENT);
    }

    @ParameterizedTest
    @EnumSource
    void survivesItsProcess(Sync sync) throws Exception {
        this.sync = sync;
        stream(living(), CONTENT);

        ConveyorFactory next = afterItsDeath();

        assertSame(content(next), CONTENT);
        assertThat(next.journals()).isEmpty();
        assertThat(store.keys()).containsExactly(KEY);
        assertThat(store.uploadCount()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {16, 17, 21, 25, 26, 32, 40, 55})
    void survivesItsProcessAtEveryLength(int mebibytes) throws Exception {
        byte[] content = Arrays.copyOf(CONTENT, mebibytes * MIB - mebibytes);
        stream(living(), content);

        assertSame(content(afterItsDeath()), content);
    }

    @Test
    void survivesBehindWhatWasPublishedBefore() throws Exception {
        Conveyor conveyor = living();
        stream(conveyor, MORE);
        conveyor.flush();
        stream(conveyor, CONTENT);

        assertSame(content(afterItsDeath()), patched(MORE, CONTENT, MORE.length));
    }

    @Test
    void survivesBehindWhatWasPublishedBeforeEvenIfItEndsWithAPart() throws Exception {
        Conveyor conveyor = living();
        stream(conveyor, MORE);
        conveyor.flush();
        // the first part of the tail has what was there, too
        byte[] content = Arrays.copyOf(CONTENT, 60 * MIB - MORE.length);
        stream(conveyor, content);
        conveyor.seek(0, Whence.CUR);

        ConveyorFactory next = afterItsDeath();

        assertSame(content(next), patched(MORE, content, MORE.length));
        assertThat(store.uploadCount()).isZero();
    }

    @Test
    void survivesIfAFlushFailedBeforeItAndItWentOn() throws Exception {
        Conveyor conveyor = living();
        stream(conveyor, Arrays.copyOf(CONTENT, 22 * MIB));
        conveyor.seek(0, Whence.CUR);
        noMoreRequests("UploadPart");
        assertThatThrownBy(conveyor::flush).isInstanceOf(IOException.class);
        store.heal();
        conveyor.clearError();
        byte[] soFar = Arrays.copyOf(CONTENT, 30 * MIB);
        conveyor.write(ByteBuffer.wrap(soFar, 22 * MIB, 8 * MIB));
        conveyor.seek(0, Whence.CUR);
        Path remains = remains();
        noMoreRequests("CompleteMultipartUpload");
        ConveyorFactory second = factory(remains);
        assertThatThrownBy(() -> second.open(KEY, WRITE)).isInstanceOf(IOException.class);
        second.close();
        store.heal();

        assertSame(content(factory(remains)), soFar);
    }

    @Test
    void survivesAfterAFlushWhoseOutcomeIsNotKnownAndMoreWrites() throws Exception {
        Conveyor conveyor = living();
        stream(conveyor, CONTENT);
        store.script((each, index) ->
                each.equals("CompleteMultipartUpload") || each.equals("HeadObject") ? Fate.NOT_SENT : Fate.SERVED);
        assertThatThrownBy(conveyor::flush).isInstanceOf(IOException.class);
        conveyor.clearError();
        conveyor.write(ByteBuffer.wrap(MORE));
        assertThatThrownBy(conveyor::flush).isInstanceOf(IOException.class);
        store.heal();

        assertSame(content(afterItsDeath()), patched(CONTENT, MORE, CONTENT.length));
    }

    @Test
    void isNotMistakenForWhatAFlushBeforeTheLastOneHadPublished() throws Exception {
        Conveyor conveyor = living();
        stream(conveyor, CONTENT);
        store.script((each, index) ->
                each.equals("CompleteMultipartUpload") || each.equals("HeadObject") ? Fate.ANSWER_LOST : Fate.SERVED);
        assertThatThrownBy(conveyor::flush).isInstanceOf(IOException.class);
        conveyor.clearError();
        // as long as it was, and not the same
        conveyor.write(ByteBuffer.wrap(MORE), CONTENT.length - MORE.length);
        noMoreRequests("CompleteMultipartUpload");
        assertThatThrownBy(conveyor::flush).isInstanceOf(IOException.class);
        Path remains = remains();
        store.heal();

        assertSame(content(factory(remains)), patched(CONTENT, MORE, CONTENT.length - MORE.length));
    }

    @ParameterizedTest
    @ValueSource(strings = {"CompleteMultipartUpload", "UploadPart", "none"})
    void survivesAConflictThatWasResolvedByTakingTheOthersPlace(String broken) throws Exception {
        Conveyor conveyor = living();
        stream(conveyor, CONTENT);
        conveyor.seek(0, Whence.CUR);
        store.store(KEY, random(5, 1000));
        assertThatThrownBy(conveyor::flush).hasCauseInstanceOf(ConflictException.class);
        noMoreRequests(broken);
        conveyor.resolve(ConflictResolution.REBASE);
        if (broken.equals("none")) {
            conveyor.flush();
        } else {
            assertThatThrownBy(conveyor::flush).isInstanceOf(IOException.class);
        }
        Path remains = remains();
        store.heal();

        assertSame(content(factory(remains)), CONTENT);
    }

    @Test
    void survivesAConflictThatWasResolvedAndAFailedClose() throws Exception {
        ConveyorFactory factory = factory(journal());
        Conveyor conveyor = factory.open(KEY, WRITE, CREATE);
        stream(conveyor, CONTENT);
        conveyor.seek(0, Whence.CUR);
        store.store(KEY, random(5, 1000));
        assertThatThrownBy(conveyor::flush).hasCauseInstanceOf(ConflictException.class);
        noMoreRequests("CompleteMultipartUpload");
        conveyor.resolve(ConflictResolution.REBASE);
        assertThatThrownBy(conveyor::close).isInstanceOf(IOException.class);
        store.heal();

        factory.open(KEY, WRITE).close();

        assertSame(store.content(KEY), CONTENT);
    }

    @Test
    void survivesAfterItHasBeenPublishedAndWrittenOn() throws Exception {
        Conveyor conveyor = living();
        stream(conveyor, CONTENT);
        conveyor.flush();
        conveyor.write(ByteBuffer.wrap(MORE), 1_000);
        stream(conveyor, MORE);

        byte[] expected = patched(patched(CONTENT, MORE, 1_000), MORE, CONTENT.length);
        assertSame(content(afterItsDeath()), expected);
    }

    @Test
    void survivesARecoveryThatIsCutShort() throws Exception {
        stream(living(), CONTENT);
        Path remains = remains();
        noMoreRequests("CompleteMultipartUpload");
        ConveyorFactory second = factory(remains);
        assertThatThrownBy(() -> second.open(KEY, WRITE)).isInstanceOf(IOException.class);
        second.close();
        store.heal();

        assertSame(content(factory(remains)), CONTENT);
    }

    @Test
    void isLeftToTheNextConveyorIfItCouldNotBePublished() throws Exception {
        ConveyorFactory factory = factory(journal());
        Conveyor conveyor = factory.open(KEY, WRITE, CREATE);
        stream(conveyor, CONTENT);
        noMoreRequests("CompleteMultipartUpload");
        assertThatThrownBy(conveyor::close).isInstanceOf(IOException.class);
        store.heal();

        factory.open(KEY, WRITE).close();

        assertSame(store.content(KEY), CONTENT);
        assertThat(factory.journals()).isEmpty();
    }

    @Test
    void leavesNothingWhenItIsAborted() throws Exception {
        ConveyorFactory factory = factory(journal());
        Conveyor conveyor = factory.open(KEY, WRITE, CREATE);
        stream(conveyor, CONTENT);
        conveyor.abort();

        assertThat(store.keys()).isEmpty();
        assertThat(store.uploadCount()).isZero();
        assertThat(factory.journals()).isEmpty();
    }

    // ---------------------------------------------------------------- killed while it is published

    @Test
    void isPublishedByTheNextProcessIfTheRequestToDoSoWasLost() throws Exception {
        Conveyor conveyor = living();
        stream(conveyor, CONTENT);
        noMoreRequests("CompleteMultipartUpload");
        assertThatThrownBy(conveyor::flush).isInstanceOf(IOException.class);
        store.heal();

        assertSame(content(afterItsDeath()), CONTENT);
    }

    @Test
    void isRecognisedIfItWasPublishedAndTheAnswerWasLost() throws Exception {
        Conveyor conveyor = living();
        stream(conveyor, CONTENT);
        store.script((each, index) ->
                each.equals("CompleteMultipartUpload") || each.equals("HeadObject") ? Fate.ANSWER_LOST : Fate.SERVED);
        assertThatThrownBy(conveyor::flush).isInstanceOf(IOException.class);
        store.heal();

        ConveyorFactory next = afterItsDeath();

        assertSame(content(next), CONTENT);
        assertThat(next.journals()).isEmpty();
        assertThat(store.keys()).as("nor is a mark left").containsExactly(KEY);
    }

    @ParameterizedTest
    @EnumSource(
            value = Fate.class,
            names = {"NOT_SENT", "ANSWER_LOST"})
    void whatWasWrittenWhileItWasPublishedComesBehindIt(Fate fate) throws Exception {
        Conveyor conveyor = living();
        stream(conveyor, CONTENT);
        Path[] remains = {null};
        store.script((each, index) -> {
            if (!each.equals("CompleteMultipartUpload")) {
                return each.equals("HeadObject") ? Fate.ANSWER_LOST : Fate.SERVED;
            }
            remains[0] = remains[0] == null ? writeMoreAndDie(conveyor) : remains[0];
            return fate;
        });
        assertThatThrownBy(conveyor::flush).isInstanceOf(IOException.class);
        store.heal();

        ConveyorFactory next = factory(remains[0]);

        assertSame(content(next), patched(CONTENT, MORE, CONTENT.length));
        assertThat(next.journals()).isEmpty();
    }

    @Test
    void aRequestOfTheDeadProcessThatTakesEffectLateIsRecognised() throws Exception {
        Conveyor conveyor = living();
        stream(conveyor, CONTENT);
        Path[] remains = {null};
        onItsWay = () -> remains[0] = writeMoreAndDie(conveyor);
        assertThatThrownBy(conveyor::flush).isInstanceOf(IOException.class);
        store.script((each, index) -> {
            CompleteMultipartUploadRequest late = delayed;
            if (each.equals("CompleteMultipartUpload") && late != null) {
                delayed = null;
                store.completeMultipartUpload(late);
            }
            return Fate.SERVED;
        });

        ConveyorFactory next = factory(remains[0]);

        assertSame(content(next), patched(CONTENT, MORE, CONTENT.length));
        assertThat(next.journals()).isEmpty();
        assertThat(delayed).as("it took effect").isNull();
    }

    private Path writeMoreAndDie(Conveyor conveyor) {
        try {
            conveyor.write(ByteBuffer.wrap(MORE));
            return remains();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    // ---------------------------------------------------------------- what can be done no more

    @Test
    void isNotWrittenBelowWhatHasLeftTheJournalBeforeAFlush() throws Exception {
        try (Conveyor conveyor = living()) {
            stream(conveyor, CONTENT);
            ByteBuffer header = ByteBuffer.wrap(new byte[10]);

            assertThatThrownBy(() -> conveyor.write(header, 100))
                    .isInstanceOfSatisfying(
                            StorageException.class,
                            refused -> assertThat(refused.kind()).isEqualTo(StorageException.Kind.UNSUPPORTED))
                    .hasMessageContaining("offset 100")
                    .hasMessageContaining("flush first");
            assertThat(header.position()).isZero();
            assertThatThrownBy(() -> conveyor.truncate(100)).isInstanceOf(StorageException.class);

            conveyor.flush();
            conveyor.write(header, 100);
        }
        assertSame(store.content(KEY), patched(CONTENT, new byte[10], 100));
    }

    @Test
    void isNoStreamAnyMoreAfterAWriteElsewhere() throws Exception {
        ConveyorFactory factory = factory(journal());
        Conveyor conveyor = factory.open(
                KEY,
                ConveyorOptions.builder().writeTimeout(Duration.ofMillis(50)).build(),
                WRITE,
                CREATE);
        stream(conveyor, MORE);
        conveyor.write(ByteBuffer.wrap(MORE), 1_000);

        assertThatThrownBy(() -> stream(conveyor, CONTENT)).isInstanceOf(BackPressureTimeoutException.class);

        conveyor.flush();
        conveyor.close();
        assertSame(
                Arrays.copyOf(store.content(KEY), MORE.length), Arrays.copyOf(patched(MORE, MORE, 1_000), MORE.length));
    }

    // ---------------------------------------------------------------- conflicts

    @Test
    void isAConflictIfSomebodyAbortedTheUpload() throws Exception {
        Conveyor conveyor = living();
        stream(conveyor, CONTENT);
        // written as far as it goes, so that nothing is under way that would begin another upload
        conveyor.seek(0, Whence.CUR);
        ConveyorFactory next = afterAborted();

        requireConflict(next);
        assertThatThrownBy(() -> next.resolveJournal(only(next), ConflictResolution.REBASE))
                .isInstanceOf(ConflictException.class);
        assertThat(store.content(KEY)).as("nothing without its beginning").isNull();

        next.resolveJournal(only(next), ConflictResolution.DISCARD);
        assertThat(next.journals()).isEmpty();
        assertThat(store.keys()).isEmpty();
    }

    @Test
    void isAConflictIfSomebodyElseHasWrittenTheObjectAndTakesItsPlaceIfAPersonSaysSo() throws Exception {
        stream(living(), CONTENT);
        store.store(KEY, random(5, 40 * MIB));
        ConveyorFactory next = afterItsDeath();
        requireConflict(next);
        assertThatThrownBy(() -> next.resolveJournal(only(next), ConflictResolution.saveAs("other")))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("REBASE");

        next.resolveJournal(only(next), ConflictResolution.REBASE);

        assertSame(store.content(KEY), CONTENT);
        assertThat(next.journals()).isEmpty();
    }

    @Test
    void isNeverLaidOntoAnotherVersionThanItWasAppendedTo() throws Exception {
        Conveyor conveyor = living();
        stream(conveyor, MORE);
        conveyor.flush();
        stream(conveyor, CONTENT);
        conveyor.seek(0, Whence.CUR);
        Path remains = remains();
        byte[] theirs = random(5, MORE.length + 100);
        store.store(KEY, theirs);
        ConveyorFactory next = factory(remains);
        requireConflict(next);

        assertThatThrownBy(() -> next.resolveJournal(only(next), ConflictResolution.REBASE))
                .isInstanceOf(ConflictException.class);

        assertSame(store.content(KEY), theirs);
        assertThat(next.journals()).hasSize(1);
    }

    @Test
    void isDroppedWithItsPartsIfAPersonSaysSo() throws Exception {
        stream(living(), CONTENT);
        byte[] theirs = random(5, 40 * MIB);
        store.store(KEY, theirs);
        ConveyorFactory next = afterItsDeath();
        requireConflict(next);

        next.resolveJournal(only(next), ConflictResolution.DISCARD);

        assertSame(store.content(KEY), theirs);
        assertThat(store.uploadCount()).isZero();
        assertThat(store.keys()).containsExactly(KEY);
    }
}
