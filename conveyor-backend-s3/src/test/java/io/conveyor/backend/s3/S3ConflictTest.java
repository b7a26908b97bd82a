package io.conveyor.backend.s3;

import static io.conveyor.backend.s3.S3Fixture.KEY;
import static io.conveyor.backend.s3.S3Fixture.MIB;
import static io.conveyor.backend.s3.S3Fixture.assertSame;
import static io.conveyor.backend.s3.S3Fixture.patched;
import static io.conveyor.backend.s3.S3Fixture.random;
import static io.conveyor.backend.s3.S3Fixture.read;
import static io.conveyor.backend.s3.S3Fixture.readAll;
import static io.conveyor.backend.s3.S3Fixture.write;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.conveyor.ConflictException;
import io.conveyor.ConflictResolution;
import io.conveyor.StorageException;
import io.conveyor.backend.s3.FakeS3.Fate;
import io.conveyor.backend.s3.S3Options.CommitPolicy;
import io.conveyor.spi.StorageHandle;
import io.conveyor.testkit.Concurrently;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class S3ConflictTest {

    private static final byte[] OURS = random(1, 100);
    private static final byte[] THEIRS = random(2, 3000);

    @ParameterizedTest
    @ValueSource(ints = {2000, 6 * MIB})
    void exactlyOneOfEightWritersWins(int size) throws Exception {
        int rounds = size == 2000 ? 100 : 10;
        for (int round = 0; round < rounds; round++) {
            S3Fixture fixture = new S3Fixture(S3Fixture.options());
            byte[] base = random(round, size);
            boolean existing = round % 2 == 0;
            if (existing) {
                fixture.store.store(KEY, base);
            }
            CyclicBarrier start = new CyclicBarrier(8);
            AtomicInteger winner = new AtomicInteger(-1);
            AtomicInteger winners = new AtomicInteger();
            byte[] empty = existing ? base : new byte[0];
            Concurrently.run(8, index -> {
                byte[] mine = random(1000 + index, existing ? 100 : size);
                try (StorageHandle handle = fixture.create()) {
                    write(handle, mine, 0);
                    start.await();
                    try {
                        handle.flush();
                        winners.incrementAndGet();
                        winner.set(index);
                    } catch (ConflictException e) {
                        assertThat(e.outcomeUnknown()).isFalse();
                        assertThat(e.key()).isEqualTo(KEY);
                        assertSame(read(handle, 0, mine.length), mine);
                    }
                }
            });
            assertThat(winners).hasValue(1);
            assertSame(
                    fixture.store.content(KEY), patched(empty, random(1000 + winner.get(), existing ? 100 : size), 0));
            assertThat(fixture.store.uploadCount()).isZero();
        }
    }

    @Test
    void aVersionThatIsGoneIsRefusedBeforeBytesOfAnotherTravel() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options());
        fixture.store.store(KEY, random(0, 2000));
        try (StorageHandle handle = fixture.update()) {
            fixture.store.store(KEY, THEIRS);

            assertThatThrownBy(() -> read(handle, 0, 10)).isInstanceOf(ConflictException.class);
        }
        assertThat(fixture.store.fetchedBytes()).isZero();
    }

    @Test
    void evenTheLastWriterPublishesNoMixture() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options().commitPolicy(S3Options.CommitPolicy.LAST_WRITER_WINS));
        byte[] theirs = random(9, 12 * MIB);
        fixture.store.store(KEY, random(0, 12 * MIB));
        try (StorageHandle handle = fixture.update()) {
            write(handle, random(1, 5 * MIB), 0);
            fixture.store.script((operation, index) -> {
                if (operation.equals("UploadPartCopy")) {
                    fixture.store.store(KEY, theirs);
                }
                return Fate.SERVED;
            });

            assertThatThrownBy(handle::flush).isInstanceOf(ConflictException.class);
        }
        assertSame(fixture.store.content(KEY), theirs);
        assertThat(fixture.store.uploadCount()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {100, 12 * MIB})
    void ourVersionIsSavedElsewhereAndTheirsStays(int size) throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options());
        byte[] ours = random(7, size);
        try (StorageHandle handle = fixture.create()) {
            write(handle, ours, 0);
            fixture.store.store(KEY, THEIRS);
            assertThatThrownBy(handle::flush).isInstanceOf(ConflictException.class);

            handle.resolve(ConflictResolution.saveAs("elsewhere"));

            assertSame(fixture.store.content("elsewhere"), ours);
            assertSame(readAll(handle), THEIRS);
            handle.flush();
        }
        assertSame(fixture.store.content(KEY), THEIRS);
        assertThat(fixture.store.uploadCount()).isZero();
    }

    @Test
    void nothingIsSavedOverAnObjectThatIsThere() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options());
        fixture.store.store("elsewhere", THEIRS);
        try (StorageHandle handle = fixture.create()) {
            write(handle, OURS, 0);
            fixture.store.store(KEY, THEIRS);
            assertThatThrownBy(handle::flush).isInstanceOf(ConflictException.class);

            assertThatThrownBy(() -> handle.resolve(ConflictResolution.saveAs("elsewhere")))
                    .isInstanceOf(FileAlreadyExistsException.class);

            assertSame(readAll(handle), OURS);
            handle.resolve(ConflictResolution.saveAs("free"));
        }
        assertSame(fixture.store.content("elsewhere"), THEIRS);
        assertSame(fixture.store.content("free"), OURS);
    }

    @Test
    void aPatchOfAVersionThatIsGoneIsNotSavedElsewhere() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options());
        fixture.store.store(KEY, random(0, 2000));
        try (StorageHandle handle = fixture.update()) {
            write(handle, OURS, 0);
            fixture.store.store(KEY, THEIRS);
            assertThatThrownBy(handle::flush).isInstanceOf(ConflictException.class);

            assertThatThrownBy(() -> handle.resolve(ConflictResolution.saveAs("elsewhere")))
                    .isInstanceOf(NoSuchFileException.class);

            assertSame(read(handle, 0, OURS.length), OURS);
        }
        assertThat(fixture.store.content("elsewhere")).isNull();
    }

    @ParameterizedTest
    @ValueSource(ints = {2000, 6 * MIB})
    void aForeignChangeIsNeverOverwritten(int size) throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options());
        fixture.store.store(KEY, random(0, size));
        try (StorageHandle handle = fixture.update()) {
            write(handle, OURS, 0);
            fixture.store.beforePublishing(() -> fixture.store.store(KEY, THEIRS));

            ConflictException conflict = catchThrowableOfType(ConflictException.class, handle::flush);

            assertThat(conflict.outcomeUnknown()).isFalse();
            assertSame(fixture.store.content(KEY), THEIRS);
            assertSame(read(handle, 0, OURS.length), OURS);
            assertThatThrownBy(() -> read(handle, 500, 100))
                    .as("ranges of the version that is gone")
                    .isInstanceOf(ConflictException.class);
        }
        assertThat(fixture.store.uploadCount()).isZero();
    }

    @Test
    void anObjectThatWasDeletedIsAConflict() throws Exception {
        S3Fixture fixture = new S3Fixture();
        fixture.store.store(KEY, random(0, 2000));
        try (StorageHandle handle = fixture.update()) {
            write(handle, random(1, 2000), 0);
            assertThat(fixture.backend.delete(KEY)).isTrue();

            assertThatThrownBy(handle::flush).isInstanceOf(ConflictException.class);
            assertThat(fixture.store.content(KEY)).isNull();
        }
    }

    @Test
    void aLostAnswerFollowedByAForeignChangeIsOfUnknownOutcome() throws Exception {
        S3Fixture fixture = new S3Fixture();
        fixture.store.store(KEY, random(0, 2000));
        try (StorageHandle handle = fixture.update()) {
            write(handle, random(1, 2000), 0);
            fixture.store.script((operation, index) -> {
                if (operation.equals("HeadObject")) {
                    // Between our PUT and our question somebody else stores a version.
                    fixture.store.store(KEY, THEIRS);
                }
                return operation.equals("PutObject") ? Fate.ANSWER_LOST : Fate.SERVED;
            });

            ConflictException conflict = catchThrowableOfType(ConflictException.class, handle::flush);

            assertThat(conflict.outcomeUnknown()).isTrue();
            assertSame(fixture.store.content(KEY), THEIRS);
        }
    }

    @Test
    void anUploadThatStillExistsProvesThatItWasNotCompleted() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options());
        fixture.store.store(KEY, random(0, 6 * MIB));
        try (StorageHandle handle = fixture.update()) {
            write(handle, OURS, 0);
            fixture.store.script((operation, index) -> {
                if (operation.equals("HeadObject")) {
                    fixture.store.store(KEY, THEIRS);
                }
                return operation.equals("CompleteMultipartUpload") ? Fate.NOT_SENT : Fate.SERVED;
            });

            ConflictException conflict = catchThrowableOfType(ConflictException.class, handle::flush);

            assertThat(conflict.outcomeUnknown()).isFalse();
            assertThat(fixture.store.log()).contains("ListParts");
        }
    }

    @Test
    void aConflictIsOneAlsoIfNobodySaysWhetherTheUploadStillExists() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options());
        fixture.store.store(KEY, random(0, 6 * MIB));
        try (StorageHandle handle = fixture.update()) {
            write(handle, OURS, 0);
            fixture.store.script((operation, index) -> {
                if (operation.equals("HeadObject")) {
                    fixture.store.store(KEY, THEIRS);
                }
                return operation.equals("CompleteMultipartUpload") || operation.equals("ListParts")
                        ? Fate.NOT_SENT
                        : Fate.SERVED;
            });

            ConflictException conflict = catchThrowableOfType(ConflictException.class, handle::flush);

            assertThat(conflict.outcomeUnknown()).isTrue();
            fixture.store.heal();
            handle.resolve(ConflictResolution.DISCARD);
            assertSame(readAll(handle), THEIRS);
        }
        assertThat(fixture.store.uploadCount()).isZero();
    }

    /** Something between us and the store repeats the request, and hears of its own success; or passes it on, and says that it is busy. */
    @ParameterizedTest
    @CsvSource({
        "2000, REFUSED_412_AFTER",
        "2000, SLOW_DOWN_AFTER",
        "6291456, REFUSED_412_AFTER",
        "6291456, SLOW_DOWN_AFTER"
    })
    void ourOwnVersionIsNotAConflictWhateverWasSaidToTheCommit(int size, Fate fate) throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options());
        byte[] base = random(0, size);
        fixture.store.store(KEY, base);
        try (StorageHandle handle = fixture.update()) {
            write(handle, OURS, 0);
            fixture.store.script((operation, index) ->
                    operation.equals("PutObject") || operation.equals("CompleteMultipartUpload") ? fate : Fate.SERVED);

            handle.flush();

            assertSame(readAll(handle), patched(base, OURS, 0));
        }
        assertSame(fixture.store.content(KEY), patched(base, OURS, 0));
        assertThat(fixture.store.log())
                .filteredOn(operation -> operation.equals("PutObject") || operation.equals("CompleteMultipartUpload"))
                .hasSize(1);
    }

    @Test
    void ourOwnVersionIsKnownHoweverTheNamesOfItsMetadataAreWritten() throws Exception {
        S3Fixture fixture = new S3Fixture();
        fixture.store.capitaliseNames();
        try (StorageHandle handle = fixture.create()) {
            write(handle, OURS, 0);
            fixture.store.script((operation, index) -> operation.equals("PutObject") ? Fate.ANSWER_LOST : Fate.SERVED);

            handle.flush();
        }
        fixture.store.heal();
        try (StorageHandle handle = fixture.update()) {
            write(handle, THEIRS, 0);
            handle.flush();
        }
        assertSame(fixture.store.content(KEY), THEIRS);
        assertThat(fixture.store.metadata(KEY)).containsOnlyKeys(S3Version.PUT_ID);
    }

    @Test
    void ourOwnVersionIsNotAConflictAfterTheHandleWasLeftInTheDark() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options().attempts(1));
        byte[] base = random(0, 6 * MIB);
        fixture.store.store(KEY, base);
        try (StorageHandle handle = fixture.update()) {
            write(handle, OURS, 0);
            fixture.store.script((operation, index) -> switch (operation) {
                case "CompleteMultipartUpload" -> Fate.ANSWER_LOST;
                case "HeadObject" -> Fate.NOT_SENT;
                default -> Fate.SERVED;
            });
            assertThatThrownBy(handle::flush).isInstanceOf(StorageException.class);
            fixture.store.heal();

            assertSame(readAll(handle), patched(base, OURS, 0));
            write(handle, random(7, 50), 5 * MIB);
            handle.flush();
            assertSame(fixture.store.content(KEY), patched(patched(base, OURS, 0), random(7, 50), 5 * MIB));
        }
    }

    @Test
    void aReaderNeverMixesVersions() throws Exception {
        S3Fixture fixture = new S3Fixture();
        fixture.store.store(KEY, random(0, 10_000));
        try (StorageHandle reader = fixture.open(READ)) {
            read(reader, 0, 100);
            fixture.store.store(KEY, random(1, 10_000));

            assertThatThrownBy(() -> read(reader, 100, 100))
                    .isInstanceOfSatisfying(
                            ConflictException.class, e -> assertThat(e.key()).isEqualTo(KEY));
        }
    }

    @Test
    void rebaseLaysOurBytesOntoTheirVersion() throws Exception {
        S3Fixture fixture = conflicted();
        try (StorageHandle handle = fixture.update()) {
            conflict(fixture, handle);
            handle.resolve(ConflictResolution.REBASE);
            assertSame(readAll(handle), patched(THEIRS, OURS, 10));
            handle.flush();
        }
        assertSame(fixture.store.content(KEY), patched(THEIRS, OURS, 10));
    }

    @Test
    void discardShowsTheirVersion() throws Exception {
        S3Fixture fixture = conflicted();
        try (StorageHandle handle = fixture.update()) {
            conflict(fixture, handle);
            handle.resolve(ConflictResolution.DISCARD);
            assertSame(readAll(handle), THEIRS);
            handle.flush();
            assertThatThrownBy(() -> handle.resolve(ConflictResolution.DISCARD))
                    .isInstanceOf(IllegalStateException.class);
        }
        assertSame(fixture.store.content(KEY), THEIRS);
    }

    @Test
    void overwriteIsRefusedWhereItNeedsTheVersionThatIsGone() throws Exception {
        S3Fixture fixture = conflicted();
        try (StorageHandle handle = fixture.update()) {
            conflict(fixture, handle);
            assertThatThrownBy(() -> handle.resolve(ConflictResolution.OVERWRITE))
                    .isInstanceOf(NoSuchFileException.class);
            assertSame(read(handle, 10, OURS.length), OURS);
        }
    }

    @Test
    void overwriteTakesTheirPlaceWhereAllBytesAreOurs() throws Exception {
        S3Fixture fixture = conflicted();
        byte[] all = random(9, 2000);
        try (StorageHandle handle = fixture.update()) {
            write(handle, all, 0);
            fixture.store.store(KEY, THEIRS);
            assertThatThrownBy(handle::flush).isInstanceOf(ConflictException.class);
            handle.resolve(ConflictResolution.OVERWRITE);
            handle.flush();
        }
        assertSame(fixture.store.content(KEY), all);
    }

    private static S3Fixture conflicted() throws Exception {
        S3Fixture fixture = new S3Fixture();
        fixture.store.store(KEY, random(0, 2000));
        return fixture;
    }

    private static void conflict(S3Fixture fixture, StorageHandle handle) throws Exception {
        write(handle, OURS, 10);
        fixture.store.store(KEY, THEIRS);
        assertThatThrownBy(handle::flush).isInstanceOf(ConflictException.class);
    }

    @Test
    void theLastWriterWinsWhereThatIsThePolicy() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Options.builder("bucket").commitPolicy(CommitPolicy.LAST_WRITER_WINS));
        fixture.store.store(KEY, random(0, 100));
        try (StorageHandle handle = fixture.open(READ, WRITE)) {
            handle.pwrite(ByteBuffer.wrap(OURS), 0);
            fixture.store.store(KEY, THEIRS);
            handle.flush();
        }
        assertSame(fixture.store.content(KEY), OURS);
    }
}
