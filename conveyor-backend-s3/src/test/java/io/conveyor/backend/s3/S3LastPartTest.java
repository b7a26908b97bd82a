package io.conveyor.backend.s3;

import static io.conveyor.backend.s3.S3Fixture.KEY;
import static io.conveyor.backend.s3.S3Fixture.MIB;
import static io.conveyor.backend.s3.S3Fixture.assertSame;
import static io.conveyor.backend.s3.S3Fixture.patched;
import static io.conveyor.backend.s3.S3Fixture.random;
import static io.conveyor.backend.s3.S3Fixture.readAll;
import static io.conveyor.backend.s3.S3Fixture.write;
import static io.conveyor.backend.s3.S3Fixture.writeLast;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.ConveyorOpenOption;
import io.conveyor.ConveyorOptions;
import io.conveyor.StorageException;
import io.conveyor.backend.s3.FakeS3.Fate;
import io.conveyor.core.Conveyors;
import io.conveyor.spi.StorageHandle;
import io.conveyor.testkit.Concurrently;
import io.conveyor.testkit.Concurrently.Started;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The last part of an object, which is no whole one, travels beside the others; and no byte is wrong if it was not the last after all. */
class S3LastPartTest {

    /** Three parts and a rest. */
    private static final byte[] CONTENT = random(1, 17 * MIB);

    private static final byte[] REST = Arrays.copyOfRange(CONTENT, 15 * MIB, 17 * MIB);

    /** Goes on behind it, into the next part but one. */
    private static final byte[] MORE = random(2, 9 * MIB);

    private static byte[] withMore() {
        return patched(CONTENT, MORE, CONTENT.length);
    }

    private static byte[] head() {
        return Arrays.copyOf(CONTENT, 15 * MIB);
    }

    // ---------------------------------------------------------------- beside the others

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void itIsOnItsWayWhileAnotherOneIsHeldUp(boolean draft) throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options());
        holdUp(fixture, 3, 4);
        // neither the delay nor a lack of room cuts what the application writes elsewhere than at the end of a part
        try (ConveyorFactory factory = Conveyors.builder(fixture.backend)
                .memoryBudget(256L * MIB)
                .options(ConveyorOptions.builder()
                        .writeDelay(Duration.ofMinutes(1))
                        .build())
                .build()) {
            Conveyor conveyor = draft
                    ? factory.open(KEY, WRITE, CREATE, ConveyorOpenOption.ATOMIC_REPLACE)
                    : factory.open(KEY, WRITE, CREATE);
            conveyor.write(ByteBuffer.wrap(CONTENT));
            conveyor.close();
        }
        assertSame(fixture.store.content(KEY), CONTENT);
        assertThat(fixture.store.sentBytes()).as("each byte is sent once").isEqualTo(CONTENT.length);
    }

    @Test
    void itTravelsBesideThoseThatWaitedForTheObjectToBeLargeEnough() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options().singlePutBytes(16 * MIB));
        try (StorageHandle handle = fixture.create()) {
            write(handle, head(), 0);
            assertThat(fixture.store.sentBytes()).isZero();
            holdUp(fixture, 1, 4);
            writeLast(handle, REST, 15 * MIB);
            handle.flush();
        }
        assertSame(fixture.store.content(KEY), CONTENT);
        assertThat(fixture.store.sentBytes()).as("each byte is sent once").isEqualTo(CONTENT.length);
    }

    /** Keeps the one part from arriving before the other one is on its way. */
    private static void holdUp(S3Fixture fixture, int held, int other) {
        CountDownLatch onItsWay = new CountDownLatch(1);
        fixture.store.beforePart(number -> {
            if (number == other) {
                onItsWay.countDown();
            } else if (number == held) {
                await(onItsWay);
            }
        });
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(Concurrently.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .as("has come")
                    .isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    // ---------------------------------------------------------------- at the handle

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void atTheCommitItIsThereAndNotSentAgain(boolean keep) throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options().keepUploadedParts(keep));
        try (StorageHandle handle = fixture.create()) {
            writeLast(handle, CONTENT, 0);
            assertThat(fixture.store.sentBytes()).isEqualTo(CONTENT.length);
            fixture.store.heal();
            handle.flush();
        }
        assertThat(fixture.store.log()).containsExactly("CompleteMultipartUpload");
        assertSame(fixture.store.content(KEY), CONTENT);
    }

    @Test
    void itIsSentWhenItsBeginningComesAfterItsEnd() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options());
        try (StorageHandle handle = fixture.create()) {
            write(handle, head(), 0);
            writeLast(handle, Arrays.copyOfRange(CONTENT, 16 * MIB, 17 * MIB), 16 * MIB);
            assertThat(fixture.store.sentBytes()).isEqualTo(15 * MIB);
            write(handle, Arrays.copyOfRange(CONTENT, 15 * MIB, 16 * MIB), 15 * MIB);
            assertThat(fixture.store.sentBytes()).isEqualTo(17 * MIB);
            handle.flush();
        }
        assertSame(fixture.store.content(KEY), CONTENT);
        assertThat(fixture.store.sentBytes()).as("each byte is sent once").isEqualTo(17 * MIB);
    }

    @Test
    void aWordThatCameWithMoreThanWasTakenIsRemembered() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options());
        try (StorageHandle handle = fixture.create()) {
            write(handle, Arrays.copyOf(CONTENT, 10 * MIB), 0);
            ByteBuffer src = ByteBuffer.wrap(CONTENT, 10 * MIB, 7 * MIB);
            assertThat(handle.pwriteLast(new ByteBuffer[] {src}, 10 * MIB)).isEqualTo(5 * MIB);
            handle.pwrite(src, 15 * MIB);
            assertThat(fixture.store.sentBytes()).isEqualTo(17 * MIB);
            handle.flush();
        }
        assertSame(fixture.store.content(KEY), CONTENT);
    }

    @Test
    void aWriteElsewhereIsNotTakenForTheEnd() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options());
        try (StorageHandle handle = fixture.create()) {
            write(handle, CONTENT, 0);
            writeLast(handle, random(3, 10), 16 * MIB);
            assertThat(fixture.store.sentBytes()).isEqualTo(15 * MIB);
            handle.flush();
        }
        assertSame(fixture.store.content(KEY), patched(CONTENT, random(3, 10), 16 * MIB));
    }

    @Test
    void aFewBytesAppendedToALargeObjectAreLeftToTheCommit() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options());
        byte[] base = random(1, 18 * MIB);
        fixture.store.store(KEY, base);
        fixture.store.heal();
        try (StorageHandle handle = fixture.update()) {
            writeLast(handle, random(2, 100), base.length);
            assertThat(fixture.store.log()).doesNotContain("CreateMultipartUpload");
            handle.flush();
        }
        assertThat(fixture.store.sentBytes()).as("the rest is copied").isEqualTo(100);
        assertSame(fixture.store.content(KEY), patched(base, random(2, 100), base.length));
    }

    @Test
    void itDoesNotWaitInAHiddenObject() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options().stagingBytes(64L * MIB));
        byte[] content = random(1, 43 * MIB);
        try (StorageHandle handle = fixture.create()) {
            write(handle, Arrays.copyOf(content, 40 * MIB), 0);
            int hidden = fixture.store.keys().size();
            assertThat(hidden).isPositive();
            writeLast(handle, Arrays.copyOfRange(content, 40 * MIB, 43 * MIB), 40 * MIB);
            assertThat(fixture.store.keys()).hasSize(hidden);
            handle.flush();
            assertThat(fixture.store.keys()).containsExactly(KEY);
        }
        assertSame(fixture.store.content(KEY), content);
    }

    // ---------------------------------------------------------------- if more comes all the same

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatComesBehindItIsPublishedWithIt(boolean keep) throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options().keepUploadedParts(keep));
        try (StorageHandle handle = fixture.create()) {
            writeLast(handle, CONTENT, 0);
            write(handle, MORE, CONTENT.length);
            assertThat(fixture.store.sentBytes())
                    .as("the part that is whole now, and the next one")
                    .isEqualTo((17 + 5 + 5) * MIB);
            handle.flush();
        }
        assertSame(fixture.store.content(KEY), withMore());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatComesIntoItIsPublished(boolean keep) throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options().keepUploadedParts(keep));
        try (StorageHandle handle = fixture.create()) {
            writeLast(handle, CONTENT, 0);
            write(handle, random(3, 1000), 16 * MIB);
            write(handle, random(4, MIB), 17 * MIB);
            handle.flush();
        }
        assertSame(
                fixture.store.content(KEY),
                patched(patched(CONTENT, random(3, 1000), 16 * MIB), random(4, MIB), 17 * MIB));
    }

    @Test
    void itIsSentWholeWhenItsBeginningHasArrived() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options());
        CountDownLatch onItsWay = new CountDownLatch(1);
        CountDownLatch released = new CountDownLatch(1);
        try (StorageHandle handle = fixture.create()) {
            write(handle, head(), 0);
            fixture.store.beforePart(number -> {
                onItsWay.countDown();
                await(released);
            });
            Started<Boolean> last = Concurrently.start(() -> {
                writeLast(handle, REST, 15 * MIB);
                return true;
            });
            await(onItsWay);

            write(handle, Arrays.copyOf(MORE, 3 * MIB), 17 * MIB);

            assertThat(fixture.store.sentBytes())
                    .as("no two go under one number")
                    .isEqualTo(15 * MIB);
            released.countDown();
            last.result();
            assertThat(fixture.store.sentBytes()).isEqualTo((15 + 2 + 5) * MIB);
            handle.flush();
        }
        assertSame(fixture.store.content(KEY), Arrays.copyOf(withMore(), 20 * MIB));
        assertThat(fixture.store.sentBytes()).isEqualTo((15 + 2 + 5) * MIB);
    }

    @Test
    void whatComesAfterItsPublicationIsTheNextVersion() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options());
        try (StorageHandle handle = fixture.create()) {
            writeLast(handle, CONTENT, 0);
            handle.flush();
            write(handle, MORE, CONTENT.length);
            assertThat(fixture.store.sentBytes())
                    .as("two whole parts, which begin in what was published")
                    .isEqualTo((17 + 10) * MIB);
            handle.flush();
            assertSame(readAll(handle), withMore());
        }
        assertSame(fixture.store.content(KEY), withMore());
    }

    @Test
    void aCutBackToItsEndDoesNotTrustWhatMayHaveTakenItsPlace() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options());
        try (StorageHandle handle = fixture.create()) {
            writeLast(handle, CONTENT, 0);
            write(handle, random(3, MIB), CONTENT.length);
            fixture.store.script((operation, index) -> operation.equals("UploadPart") ? Fate.ANSWER_LOST : Fate.SERVED);
            assertThatThrownBy(handle::flush).isInstanceOf(StorageException.class);
            fixture.store.heal();
            handle.truncate(CONTENT.length);
            handle.flush();
        }
        assertSame(fixture.store.content(KEY), CONTENT);
    }

    // ---------------------------------------------------------------- if it does not arrive

    @Test
    void aWriteWhosePartDidNotArriveIsMadeAgain() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options());
        try (StorageHandle handle = fixture.create()) {
            write(handle, head(), 0);
            fixture.store.script((operation, index) -> Fate.NOT_SENT);
            assertThatThrownBy(() -> writeLast(handle, REST, 15 * MIB)).isInstanceOf(StorageException.class);
            fixture.store.heal();
            writeLast(handle, REST, 15 * MIB);
            assertThat(fixture.store.log()).containsExactly("UploadPart");
            handle.flush();
        }
        assertSame(fixture.store.content(KEY), CONTENT);
    }

    @Test
    void anUploadThatSomebodyAbortedIsSentAgainWithIt() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options());
        try (StorageHandle handle = fixture.create()) {
            write(handle, head(), 0);
            fixture.store.abortAllUploads();
            writeLast(handle, REST, 15 * MIB);
            fixture.store.abortAllUploads();
            handle.flush();
        }
        assertSame(fixture.store.content(KEY), CONTENT);
    }

    @Test
    void anAbortLeavesNothingOfIt() throws IOException {
        S3Fixture fixture = new S3Fixture(S3Fixture.options());
        StorageHandle handle = fixture.create();
        writeLast(handle, CONTENT, 0);
        handle.abort();
        assertThat(fixture.store.uploadCount()).isZero();
        assertThat(fixture.store.keys()).isEmpty();
    }
}
