package io.conveyor.backend.s3;

import static io.conveyor.backend.s3.S3Fixture.KEY;
import static io.conveyor.backend.s3.S3Fixture.MIB;
import static io.conveyor.backend.s3.S3Fixture.assertSame;
import static io.conveyor.backend.s3.S3Fixture.patched;
import static io.conveyor.backend.s3.S3Fixture.random;
import static io.conveyor.backend.s3.S3Fixture.read;
import static io.conveyor.backend.s3.S3Fixture.readAll;
import static io.conveyor.backend.s3.S3Fixture.write;
import static io.conveyor.backend.s3.S3Fixture.writeLast;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import io.conveyor.ConveyorOpenOption;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.backend.s3.FakeS3.Fate;
import io.conveyor.spi.StorageHandle;
import io.conveyor.testkit.ReferenceFile;
import io.conveyor.testkit.Seed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class S3DraftTest {

    @Test
    void aStreamIsUploadedWhileItIsWrittenAndSeenOnlyAfterTheFlush() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options());
        byte[] content = random(1, 17 * MIB);
        try (StorageHandle handle = fixture.create()) {
            fixture.store.heal();
            write(handle, content, 0);
            assertThat(fixture.store.log())
                    .containsOnlyOnce("CreateMultipartUpload")
                    .contains("UploadPart");
            assertThat(fixture.store.sentBytes()).isEqualTo(15 * MIB);
            assertThat(fixture.store.content(KEY)).isNull();
            assertSame(readAll(handle), content);
            handle.flush();
        }
        assertThat(fixture.store.sentBytes()).as("each byte is sent once").isEqualTo(17 * MIB);
        assertSame(fixture.store.content(KEY), content);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void buffersThatAreAWholePartTogetherAreSentAndKept(boolean keep) throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options().keepUploadedParts(keep));
        byte[] content = random(1, 20 * MIB);
        try (StorageHandle handle = fixture.create()) {
            for (int part = 0; part < 4; part++) {
                ByteBuffer[] srcs = {
                    ByteBuffer.wrap(content, 5 * part * MIB, MIB),
                    ByteBuffer.wrap(content, (5 * part + 1) * MIB, 3 * MIB + 1),
                    // more than fits into the part
                    ByteBuffer.wrap(
                            content, (5 * part + 4) * MIB + 1, Math.min(MIB, content.length - (5 * part + 4) * MIB - 1))
                };
                assertThat(handle.pwrite(srcs, 5L * part * MIB)).isEqualTo(5 * MIB);
                assertThat(srcs[0].hasRemaining()).isFalse();
                assertThat(srcs[1].hasRemaining()).isFalse();
            }
            if (keep) {
                assertSame(readAll(handle), content);
            }
            handle.flush();
        }
        assertSame(fixture.store.content(KEY), content);
        assertThat(fixture.store.sentBytes()).as("each byte is sent once").isEqualTo(20 * MIB);
    }

    @Test
    void aPartWhoseBeginningComesLastIsSentWhole() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options());
        byte[] content = random(1, 10 * MIB);
        try (StorageHandle handle = fixture.create()) {
            write(handle, Arrays.copyOf(content, 5 * MIB), 0);
            write(handle, Arrays.copyOfRange(content, 7 * MIB, 10 * MIB), 7 * MIB);
            write(handle, Arrays.copyOfRange(content, 5 * MIB, 7 * MIB), 5 * MIB);
            handle.flush();
        }
        assertSame(fixture.store.content(KEY), content);
        assertThat(fixture.store.sentBytes()).as("each byte is sent once").isEqualTo(10 * MIB);
    }

    @Test
    void aPartIsSentFromTheBuffersThatItCameIn() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options());
        byte[] content = random(1, 10 * MIB);
        try (StorageHandle handle = fixture.create()) {
            write(handle, Arrays.copyOf(content, 5 * MIB), 0);
            ByteBuffer src = ByteBuffer.wrap(content.clone(), 5 * MIB, 5 * MIB);
            // The buffer changes after it was staged and before it is sent, which nobody may do: so it shows what is
            // sent.
            fixture.store.script((operation, index) -> {
                if (operation.equals("CreateMultipartUpload")) {
                    src.array()[7 * MIB]++;
                }
                return Fate.SERVED;
            });
            assertThat(handle.pwrite(src, 5 * MIB)).isEqualTo(5 * MIB);
            handle.flush();
        }
        content[7 * MIB]++;
        assertSame(fixture.store.content(KEY), content);
    }

    @Test
    void aHeaderCanBeRewrittenAfterTheBodyWasStreamed() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options());
        byte[] content = random(1, 17 * MIB);
        try (StorageHandle handle = fixture.create()) {
            write(handle, content, 0);
            write(handle, random(2, 512), 0);
            assertSame(read(handle, 0, 1024), Arrays.copyOf(patched(content, random(2, 512), 0), 1024));
            handle.flush();
        }
        assertSame(fixture.store.content(KEY), patched(content, random(2, 512), 0));
        assertThat(fixture.store.sentBytes()).as("one part is sent again").isEqualTo(22 * MIB);
    }

    @Test
    void anAppendedStreamIsUploadedWhileItIsWritten() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options());
        byte[] base = random(1, 18 * MIB);
        fixture.store.store(KEY, base);
        byte[] tail = random(2, 12 * MIB);
        try (StorageHandle handle = fixture.update()) {
            write(handle, tail, base.length);
            assertThat(fixture.store.sentBytes()).isPositive();
            write(handle, random(3, 100), 1000);
            handle.flush();
        }
        byte[] expected = patched(patched(base, tail, base.length), random(3, 100), 1000);
        assertSame(fixture.store.content(KEY), expected);
    }

    @Test
    void whatDoesNotFitIntoStagingWaitsInHiddenObjects() throws Exception {
        S3Fixture fixture =
                new S3Fixture(S3Fixture.options().stagingBytes(64L * MIB).prefix("p"));
        byte[] content = random(1, 48 * MIB);
        try (StorageHandle handle = fixture.create()) {
            write(handle, content, 0);
            assertThat(fixture.store.keys()).isNotEmpty().allMatch(key -> key.startsWith("p/.conveyor/"));
            try (var listing = fixture.backend.list("")) {
                assertThat(listing).isEmpty();
            }
            assertSame(readAll(handle), content);
            write(handle, random(2, 100), 40 * MIB);
            assertSame(readAll(handle), patched(content, random(2, 100), 40 * MIB));
            handle.flush();
            assertThat(fixture.store.keys()).containsExactly("p/" + KEY);
        }
        assertSame(fixture.store.content("p/" + KEY), patched(content, random(2, 100), 40 * MIB));
    }

    @Test
    void aHiddenObjectThatComesAfterAnAbortIsDeletedToo() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options().stagingBytes(64L * MIB));
        StorageHandle handle = fixture.create();
        write(handle, random(1, 33 * MIB), 0);
        fixture.store.beforeHidden(() -> abort(handle));
        assertThatThrownBy(() -> write(handle, random(2, 5 * MIB), 33 * MIB)).isInstanceOf(IOException.class);
        assertThat(fixture.store.keys()).isEmpty();
        assertThat(fixture.store.uploadCount()).isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatWaitsInAHiddenObjectIsCutInItsMiddle(boolean readBefore) throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options().partBytes(6 * MIB).stagingBytes(64L * MIB));
        byte[] content = random(1, 60 * MIB);
        int size = 52 * MIB + 100;
        try (StorageHandle handle = fixture.create()) {
            write(handle, content, 0);
            handle.truncate(size);
            if (readBefore) {
                assertSame(readAll(handle), Arrays.copyOf(content, size));
            }
            handle.flush();
        }
        assertSame(fixture.store.content(KEY), Arrays.copyOf(content, size));
    }

    @Test
    void hiddenObjectsGoWhenTheDraftIsAborted() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options().stagingBytes(64L * MIB));
        StorageHandle handle = fixture.create();
        write(handle, random(1, 44 * MIB), 0);
        assertThat(fixture.store.keys()).isNotEmpty();
        handle.abort();
        assertThat(fixture.store.keys()).isEmpty();
        assertThat(fixture.store.uploadCount()).isZero();
    }

    /** Each of them would otherwise take as long as the store is silent, one after the other. */
    @Test
    void aStoreThatDoesNotAnswerIsNotAskedForEachHiddenObject() throws Exception {
        S3Fixture fixture = new S3Fixture(
                S3Fixture.options().stagingBytes(64L * MIB).commitConcurrency(1).attempts(1));
        StorageHandle handle = fixture.create();
        write(handle, random(1, 70 * MIB), 0);
        assertThat(fixture.store.keys()).hasSizeGreaterThan(4);
        fixture.store.script((operation, index) -> operation.equals("DeleteObject") ? Fate.NOT_SENT : Fate.SERVED);

        handle.abort();

        assertThat(fixture.store.log()).filteredOn("DeleteObject"::equals).hasSizeLessThanOrEqualTo(2);
        assertThat(fixture.backend.orphans(Duration.ofMinutes(-1))).hasSameSizeAs(fixture.store.keys());
    }

    @Test
    void aHiddenObjectThatMayNotBeDeletedDoesNotKeepTheOthers() throws Exception {
        S3Fixture fixture =
                new S3Fixture(S3Fixture.options().stagingBytes(64L * MIB).commitConcurrency(1));
        StorageHandle handle = fixture.create();
        write(handle, random(1, 70 * MIB), 0);
        AtomicInteger deletions = new AtomicInteger();
        fixture.store.script((operation, index) ->
                operation.equals("DeleteObject") && deletions.incrementAndGet() == 1 ? Fate.DENIED : Fate.SERVED);

        handle.abort();

        assertThat(fixture.store.keys()).hasSize(1);
    }

    @Test
    void pureStreamingKeepsNothingAndSaysSo() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options().keepUploadedParts(false));
        byte[] content = random(1, 17 * MIB);
        try (StorageHandle handle = fixture.create()) {
            write(handle, content, 0);
            assertThatThrownBy(() -> read(handle, 0, 10))
                    .isInstanceOfSatisfying(
                            StorageException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNSUPPORTED));
            assertThatThrownBy(() -> handle.pwrite(ByteBuffer.allocate(10), 100))
                    .isInstanceOfSatisfying(
                            StorageException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNSUPPORTED));
            handle.flush();
            assertSame(readAll(handle), content);
        }
        assertSame(fixture.store.content(KEY), content);
    }

    @Test
    void anUploadThatSomebodyAbortedIsSentAgain() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options());
        byte[] content = random(1, 23 * MIB);
        try (StorageHandle handle = fixture.create()) {
            write(handle, Arrays.copyOf(content, 12 * MIB), 0);
            fixture.store.abortAllUploads();
            write(handle, Arrays.copyOfRange(content, 12 * MIB, content.length), 12 * MIB);
            fixture.store.abortAllUploads();
            handle.flush();
        }
        assertSame(fixture.store.content(KEY), content);
    }

    @Test
    void abortLeavesTheOldVersionAndNoUpload() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options());
        byte[] base = random(1, 6 * MIB);
        fixture.store.store(KEY, base);
        StorageHandle handle = fixture.update();
        write(handle, random(2, 12 * MIB), 0);
        handle.truncate(3 * MIB);
        handle.abort();
        assertSame(fixture.store.content(KEY), base);
        assertThat(fixture.store.uploadCount()).isZero();
    }

    @Test
    void anAbortIsNotOvertakenByAnotherTryOfTheCommit() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options());
        byte[] base = random(1, 2000);
        fixture.store.store(KEY, base);
        StorageHandle handle = fixture.update();
        handle.truncate(100);
        fixture.store.script((operation, index) -> {
            if (operation.equals("PutObject")) {
                abort(handle);
                return Fate.SLOW_DOWN;
            }
            return Fate.SERVED;
        });
        assertThatThrownBy(handle::flush).isInstanceOf(AsynchronousCloseException.class);
        assertSame(fixture.store.content(KEY), base);
    }

    /** A part that arrives when its upload has been aborted may bring that back. */
    @Test
    void anUploadIsAbortedOnceMoreAfterItsPartsIfTheCommitWasAborted() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options());
        byte[] base = random(1, 11 * MIB / 2);
        fixture.store.store(KEY, base);
        StorageHandle handle = fixture.update();
        write(handle, random(2, 100), 0);
        fixture.store.script((operation, index) -> {
            if (operation.equals("UploadPart")) {
                abort(handle);
            }
            return Fate.SERVED;
        });
        assertThatThrownBy(handle::flush).isInstanceOf(ClosedChannelException.class);
        assertThat(fixture.store.log()).containsSubsequence("UploadPart", "AbortMultipartUpload");
        assertSame(fixture.store.content(KEY), base);
    }

    private static void abort(StorageHandle handle) {
        try {
            handle.abort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void truncatingEverythingThatWasUploadedStartsAgain() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options());
        fixture.store.store(KEY, random(1, 7 * MIB));
        byte[] content = random(3, 16 * MIB);
        try (StorageHandle handle = fixture.update()) {
            write(handle, random(2, 12 * MIB), 7 * MIB);
            handle.truncate(0);
            assertThat(fixture.store.uploadCount()).isZero();
            write(handle, content, 0);
            handle.flush();
        }
        assertSame(fixture.store.content(KEY), content);
    }

    @Test
    void aPatchKeepsWhatIsStoredAlongWithTheObject() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options());
        S3ObjectSettings settings = S3ObjectSettings.builder()
                .contentType("text/plain")
                .metadata(Map.of("owner", "me"))
                .tags(Map.of("class", "a & b"))
                .build();
        try (StorageHandle handle = fixture.open(WRITE, CREATE, settings)) {
            write(handle, random(1, 100), 0);
            handle.flush();
        }
        for (int size : new int[] {10, 12 * MIB, 10}) {
            try (StorageHandle handle = fixture.update()) {
                write(handle, random(2, size), 50);
                handle.flush();
                write(handle, random(3, 10), 50);
                handle.flush();
            }
            assertThat(fixture.store.tags(KEY)).containsExactly(entry("class", "a & b"));
        }
        assertThat(fixture.store.log())
                .filteredOn("GetObjectTagging"::equals)
                .as("a version's tags are asked for once")
                .hasSize(3);
        assertThat(fixture.store.contentType(KEY)).isEqualTo("text/plain");
        assertThat(fixture.store.metadata(KEY)).containsEntry("owner", "me");
    }

    @Test
    void tagsThatAreSetTakeThePlaceOfTheOldOnes() throws Exception {
        S3Fixture fixture = new S3Fixture();
        try (StorageHandle handle = fixture.open(WRITE, CREATE, tagged("old", "1"))) {
            handle.flush();
        }
        try (StorageHandle handle = fixture.open(WRITE, tagged("new", "2"))) {
            write(handle, random(2, 10), 0);
            handle.flush();
        }
        assertThat(fixture.store.tags(KEY)).containsExactly(entry("new", "2"));
    }

    private static S3ObjectSettings tagged(String key, String value) {
        return S3ObjectSettings.builder().tags(Map.of(key, value)).build();
    }

    @Test
    void tagsThatCannotBeReadAreNotDropped() throws Exception {
        S3Fixture fixture = new S3Fixture();
        try (StorageHandle handle = fixture.open(WRITE, CREATE, tagged("class", "a"))) {
            handle.flush();
        }
        try (StorageHandle handle = fixture.update()) {
            write(handle, random(2, 10), 0);
            fixture.store.script(
                    (operation, index) -> operation.equals("GetObjectTagging") ? Fate.NOT_SENT : Fate.SERVED);
            assertThatThrownBy(handle::flush)
                    .isInstanceOfSatisfying(
                            StorageException.class, e -> assertThat(e.retry()).isEqualTo(Retry.SAFE));
            fixture.store.heal();
            handle.flush();
        }
        assertThat(fixture.store.tags(KEY)).containsExactly(entry("class", "a"));
    }

    @Test
    void aReplacedObjectStartsWithoutTheOldSettings() throws Exception {
        S3Fixture fixture = new S3Fixture();
        S3ObjectSettings settings =
                S3ObjectSettings.builder().contentType("text/plain").build();
        try (StorageHandle handle = fixture.open(WRITE, CREATE, settings)) {
            handle.flush();
        }
        try (StorageHandle handle = fixture.open(WRITE, TRUNCATE_EXISTING)) {
            write(handle, random(2, 10), 0);
            handle.flush();
        }
        assertThat(fixture.store.contentType(KEY)).isNull();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void soDoesAnEmptyObjectThatIsReplacedByAnEmptyOne(boolean atomically) throws Exception {
        S3Fixture fixture = new S3Fixture();
        S3ObjectSettings settings =
                S3ObjectSettings.builder().contentType("text/plain").build();
        try (StorageHandle handle = fixture.open(WRITE, CREATE, settings)) {
            handle.flush();
        }
        S3ObjectSettings others =
                S3ObjectSettings.builder().contentType("text/csv").build();
        try (StorageHandle handle =
                fixture.open(WRITE, atomically ? ConveyorOpenOption.ATOMIC_REPLACE : TRUNCATE_EXISTING, others)) {
            handle.commit();
        }
        assertThat(fixture.store.contentType(KEY)).isEqualTo("text/csv");
    }

    @Test
    void aFlushWithoutChangesSendsNothing() throws Exception {
        S3Fixture fixture = new S3Fixture();
        fixture.store.store(KEY, random(1, 100));
        try (StorageHandle handle = fixture.update()) {
            fixture.store.heal();
            handle.flush();
            handle.sync();
            assertThat(fixture.store.log()).isEmpty();
        }
    }

    @Test
    void fullStagingIsRefusedAndNothingIsLost() throws Exception {
        S3Fixture fixture = new S3Fixture(
                S3Options.builder("bucket").stagingBytes(64L * MIB).stagingMemoryBytes(0));
        try (StorageHandle handle = fixture.create()) {
            // A page every 64 KiB fills staging without ever completing a part.
            assertThatThrownBy(() -> {
                        for (long offset = 0; offset < 80L * MIB; offset += 64 << 10) {
                            write(handle, random(1, 8), offset);
                        }
                    })
                    .isInstanceOfSatisfying(
                            StorageException.class, e -> assertThat(e.kind()).isEqualTo(Kind.NO_SPACE));
            assertSame(read(handle, 60L * MIB, 8), random(1, 8));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aBodyThatBreaksOffIsResumed(boolean direct) throws Exception {
        S3Fixture fixture = new S3Fixture();
        byte[] content = random(1, 2 * MIB);
        fixture.store.store(KEY, content);
        try (StorageHandle handle = fixture.open(READ)) {
            fixture.store.script((operation, index) -> index < 12 ? Fate.TORN_BODY : Fate.SERVED);
            ByteBuffer[] dsts = {buffer(direct, MIB), buffer(direct, MIB)};
            assertThat(handle.pread(dsts, 0)).isEqualTo(2 * MIB);
            byte[] all = new byte[2 * MIB];
            dsts[0].flip().get(all, 0, MIB);
            dsts[1].flip().get(all, MIB, MIB);
            assertSame(all, content);
        }
        assertThat(fixture.store.fetchedBytes())
                .as("what is there is not fetched again")
                .isLessThan(5L * MIB);
    }

    private static ByteBuffer buffer(boolean direct, int size) {
        return direct ? ByteBuffer.allocateDirect(size) : ByteBuffer.allocate(size);
    }

    @Test
    void aStoreThatRefusesThreeOfTenRequestsIsServedAllTheSame() throws Exception {
        Random random = new Random(4);
        S3Fixture fixture = new S3Fixture(S3Fixture.options());
        fixture.store.script((operation, index) -> random.nextInt(10) < 3 ? Fate.SLOW_DOWN : Fate.SERVED);
        for (int i = 0; i < 200; i++) {
            try (StorageHandle handle = fixture.backend.open("object" + i, Set.of(READ, WRITE, CREATE))) {
                write(handle, random(i, 500), 0);
                handle.flush();
                assertSame(readAll(handle), random(i, 500));
            }
        }
    }

    @Test
    void randomWorkWithFaultsEndsAsOnAPlainArray() throws Exception {
        Seed seed = Seed.current();
        for (int round = 0; round < 8; round++) {
            boolean small = round % 3 == 2;
            S3Options.Builder options = S3Fixture.options()
                    .stagingMemoryBytes(small ? 0 : MIB)
                    .attempts(6)
                    .singlePutBytes(small ? 16 * MIB : 5 * MIB);
            new RandomWork(seed.random(round), new S3Fixture(options), 16 * MIB, 0).run(seed);
        }
    }

    /** Half of the staging is 32 MiB: what comes behind that waits in hidden objects, from which the one store copies and the other does not. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void randomWorkOfWhichPartsWaitInHiddenObjectsEndsAsOnAPlainArray(boolean copiesWithoutChecksums) throws Exception {
        Seed seed = Seed.current();
        for (int round = 0; round < 3; round++) {
            S3Fixture fixture = new S3Fixture(S3Fixture.options()
                    .partBytes(6 * MIB)
                    .stagingBytes(64L * MIB)
                    .attempts(6)
                    .checksum(S3Checksum.CRC32C)
                    .endpoint(copiesWithoutChecksums ? URI.create("http://127.0.0.1:9") : null));
            if (copiesWithoutChecksums) {
                fixture.store.copyWithoutChecksums();
            }
            new RandomWork(seed.random(round), fixture, 44 * MIB, 34 * MIB).run(seed);
        }
    }

    /** Writes, reads, truncations and flushes on objects of some parts, with requests that fail now and then. */
    private static final class RandomWork {

        private final Random random;
        private final S3Fixture fixture;
        private final int reach;

        /** What is written anew, before anything else, each time. */
        private final int head;

        private ReferenceFile model = ReferenceFile.empty();

        RandomWork(Random random, S3Fixture fixture, int reach, int head) {
            this.random = random;
            this.fixture = fixture;
            this.reach = reach;
            this.head = head;
            Random faults = new Random(random.nextLong());
            fixture.store.script((operation, index) -> switch (faults.nextInt(25)) {
                case 0 -> Fate.NOT_SENT;
                case 1 -> Fate.ANSWER_LOST;
                case 2 -> Fate.SLOW_DOWN;
                case 3 -> Fate.TORN_BODY;
                default -> Fate.SERVED;
            });
        }

        void run(Seed seed) throws IOException {
            for (int session = 0; session < 3; session++) {
                ReferenceFile before = model.copy();
                StorageHandle handle = fixture.create();
                writeHead(handle);
                for (int step = 0; step < 25; step++) {
                    if (step(handle, step, seed)) {
                        before = model.copy();
                    }
                }
                if (random.nextInt(3) == 0) {
                    handle.abort();
                    model = before;
                } else {
                    handle.flush();
                    handle.close();
                }
                fixture.store.abortAllUploads();
                if (fixture.store.content(KEY) != null) {
                    assertSame(fixture.store.content(KEY), model.content());
                }
            }
        }

        private void writeHead(StorageHandle handle) throws IOException {
            if (head > 0) {
                handle.truncate(0);
                model.truncate(0);
                byte[] bytes = random(random.nextInt(1000), head);
                write(handle, bytes, 0);
                model.pwrite(ByteBuffer.wrap(bytes), 0);
            }
        }

        private boolean step(StorageHandle handle, int step, Seed seed) throws IOException {
            int offset = random.nextInt(10) < 6 ? (int) model.size() : random.nextInt(reach);
            int choice = random.nextInt(12);
            if (choice < 7) {
                byte[] bytes = random(random.nextInt(1000), 1 + random.nextInt(choice < 4 ? 3 * MIB : 3000));
                if (random.nextInt(3) == 0) {
                    // true only now and then
                    writeLast(handle, bytes, offset);
                } else {
                    write(handle, bytes, offset);
                }
                model.pwrite(ByteBuffer.wrap(bytes), offset);
            } else if (choice == 7 && offset < model.size()) {
                handle.truncate(offset);
                model.truncate(offset);
            } else if (choice == 8) {
                handle.flush();
                assertThat(Arrays.equals(fixture.store.content(KEY), model.content()))
                        .as("step %d, %s", step, seed)
                        .isTrue();
                return true;
            } else {
                int from = random.nextInt(reach + 2 * MIB);
                ByteBuffer expected = ByteBuffer.allocate(MIB);
                model.pread(expected, from);
                byte[] bytes = new byte[expected.position()];
                expected.flip().get(bytes);
                assertThat(Arrays.equals(read(handle, from, MIB), bytes))
                        .as("step %d, %s", step, seed)
                        .isTrue();
            }
            return false;
        }
    }
}
