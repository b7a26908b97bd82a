package io.conveyor.backend.s3;

import static io.conveyor.backend.s3.S3Fixture.KEY;
import static io.conveyor.backend.s3.S3Fixture.MIB;
import static io.conveyor.backend.s3.S3Fixture.assertSame;
import static io.conveyor.backend.s3.S3Fixture.patched;
import static io.conveyor.backend.s3.S3Fixture.random;
import static io.conveyor.backend.s3.S3Fixture.write;
import static io.conveyor.backend.s3.S3Fixture.writeLast;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.StorageException;
import io.conveyor.Whence;
import io.conveyor.backend.s3.FakeS3.Fate;
import io.conveyor.spi.ResumeToken;
import io.conveyor.spi.StorageHandle;
import io.conveyor.spi.StorageHandle.Resumed;
import java.io.IOException;
import java.nio.file.OpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes of a stream that only the parts of its unfinished upload have: whoever is given the token goes on behind them. */
class S3EntrustedTest {

    private static final byte[] CONTENT = random(1, 17 * MIB);
    private static final byte[] REST = Arrays.copyOfRange(CONTENT, 15 * MIB, CONTENT.length);

    private final S3Fixture fixture;

    S3EntrustedTest() throws IOException {
        fixture = new S3Fixture(S3Fixture.options());
    }

    /** Writes what makes three parts and a rest. */
    private static StorageHandle streamed(S3Fixture fixture) throws IOException {
        StorageHandle handle = fixture.create();
        handle.onResumeToken(() -> {});
        write(handle, CONTENT, 0);
        return handle;
    }

    private StorageHandle dead() throws IOException {
        StorageHandle handle = streamed(fixture);
        assertThat(handle.entrust(CONTENT.length)).isEqualTo(15 * MIB);
        return handle;
    }

    private StorageHandle successor(StorageHandle dead) throws IOException {
        return successor(dead.resumeToken().orElseThrow());
    }

    private StorageHandle successor(ResumeToken token) throws IOException {
        fixture.store.heal();
        return fixture.backend.open(KEY, Set.<OpenOption>of(READ, WRITE, CREATE, token));
    }

    // ---------------------------------------------------------------- what is entrusted

    @Test
    void whatTheStoreHasInFullPartsIsEntrustedToIt() throws Exception {
        assertThat(streamed(fixture).entrust(CONTENT.length)).isEqualTo(15 * MIB);
    }

    @Test
    void aLastPartThatIsNoWholeOneIsNotEntrustedToIt() throws Exception {
        StorageHandle dead = fixture.create();
        dead.onResumeToken(() -> {});
        writeLast(dead, CONTENT, 0);
        assertThat(fixture.store.sentBytes()).as("it is there, with a mark").isGreaterThan(CONTENT.length);

        assertThat(dead.entrust(CONTENT.length)).isEqualTo(15 * MIB);

        try (StorageHandle handle = successor(dead)) {
            assertThat(handle.lseek(0, Whence.END)).isEqualTo(15 * MIB);
            write(handle, random(2, 3 * MIB), 15 * MIB);
            handle.flush();
        }
        assertSame(fixture.store.content(KEY), patched(Arrays.copyOf(CONTENT, 18 * MIB), random(2, 3 * MIB), 15 * MIB));
    }

    @Test
    void notMoreThanWasWrittenInOrder() throws Exception {
        assertThat(streamed(fixture).entrust(12 * MIB)).isEqualTo(10 * MIB);
    }

    @Test
    void nothingIfNobodyKeepsTheToken() throws Exception {
        StorageHandle handle = fixture.create();
        write(handle, CONTENT, 0);

        assertThat(handle.entrust(CONTENT.length)).isZero();
        assertThat(fixture.store.keys()).as("nor is there a mark").isEmpty();
    }

    @Test
    void nothingToAnUploadThatCannotBeMarkedAsOneToBeKept() throws Exception {
        StorageHandle handle = fixture.create();
        handle.onResumeToken(() -> {});
        fixture.store.script((operation, index) -> operation.equals("PutObject") ? Fate.NOT_SENT : Fate.SERVED);
        write(handle, CONTENT, 0);

        assertThat(handle.entrust(CONTENT.length)).isZero();
    }

    @Test
    void whoeverKeepsTheTokenIsToldBeforeTheAnswer() throws Exception {
        StorageHandle handle = streamed(fixture);
        ResumeToken[] told = {null};
        handle.onResumeToken(() -> told[0] = handle.resumeToken().orElseThrow());

        handle.entrust(CONTENT.length);

        assertThat(told[0]).isEqualTo(handle.resumeToken().orElseThrow());
        assertThat(told[0].value()).hasSizeLessThanOrEqualTo(ResumeToken.MOST_BYTES);
    }

    @Test
    void nothingMoreOnceARequestToCompleteTheUploadMayHaveBeenSent() throws Exception {
        StorageHandle handle = streamed(fixture);
        fixture.store.script(
                (operation, index) -> operation.equals("CompleteMultipartUpload") ? Fate.NOT_SENT : Fate.SERVED);
        assertThatThrownBy(handle::flush).isInstanceOf(StorageException.class);

        assertThat(handle.entrust(CONTENT.length)).isZero();
    }

    // ---------------------------------------------------------------- who comes next

    @Test
    void theSuccessorGoesOnBehindIt() throws Exception {
        StorageHandle dead = dead();
        long sent = fixture.store.sentBytes();
        try (StorageHandle handle = successor(dead)) {
            assertThat(handle.resumed()).isEqualTo(Resumed.UNFINISHED);
            assertThat(handle.lseek(0, Whence.END)).isEqualTo(15 * MIB);
            write(handle, REST, 15 * MIB);
            handle.flush();
        }
        assertThat(fixture.store.sentBytes() - sent).as("the rest, and a mark").isBetween(2L * MIB, 2L * MIB + 100);
        assertSame(fixture.store.content(KEY), CONTENT);
        assertThat(fixture.store.uploadCount()).isZero();
    }

    @Test
    void whatWasAppendedToAnObjectIsGoneOnWithOverTheSameVersion() throws Exception {
        byte[] base = random(3, 33 * MIB);
        fixture.store.store(KEY, base);
        StorageHandle dead = fixture.update();
        dead.onResumeToken(() -> {});
        write(dead, CONTENT, base.length);
        long end = dead.entrust(base.length + CONTENT.length);
        assertThat(end).isGreaterThan(base.length + 10 * MIB);

        try (StorageHandle handle = successor(dead)) {
            assertThat(handle.lseek(0, Whence.END)).isEqualTo(end);
            write(handle, Arrays.copyOfRange(CONTENT, (int) end - base.length, CONTENT.length), end);
            handle.flush();
        }
        assertSame(fixture.store.content(KEY), patched(base, CONTENT, base.length));
    }

    @Test
    void soDoesTheSuccessorOfTheSuccessor() throws Exception {
        StorageHandle second = successor(dead());
        write(second, Arrays.copyOf(REST, MIB), 15 * MIB);
        try (StorageHandle third = successor(second)) {
            write(third, REST, 15 * MIB);
            third.flush();
        }
        assertSame(fixture.store.content(KEY), CONTENT);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aSuccessorThatEndsWithoutPublishingLeavesItThere(boolean abort) throws Exception {
        StorageHandle dead = dead();
        StorageHandle handle = successor(dead);
        write(handle, REST, 15 * MIB);
        if (abort) {
            handle.abort();
        } else {
            handle.close();
        }
        assertThat(successor(dead).resumed()).isEqualTo(Resumed.UNFINISHED);
    }

    @Test
    void aHandleThatIsClosedWithoutPublishingLeavesItToItsSuccessor() throws Exception {
        StorageHandle handle = dead();
        ResumeToken token = handle.resumeToken().orElseThrow();
        handle.close();

        assertThat(successor(token).resumed()).isEqualTo(Resumed.UNFINISHED);
    }

    @Test
    void aHandleThatIsAbortedLeavesNothing() throws Exception {
        dead().abort();

        assertThat(fixture.store.uploadCount()).isZero();
        assertThat(fixture.backend.orphans(Duration.ZERO)).isEmpty();
        assertThat(fixture.store.keys()).isEmpty();
    }

    @Test
    void whoDropsItLeavesNothing() throws Exception {
        ResumeToken token = dead().resumeToken().orElseThrow();

        assertThatThrownBy(() -> fixture.backend.open(KEY, Set.<OpenOption>of(READ, token)));

        assertThat(fixture.store.uploadCount()).isZero();
        assertThat(fixture.store.keys()).isEmpty();
    }

    // ---------------------------------------------------------------- what has become of it

    @Test
    void anUploadThatIsGoneIsNotGoneOnWith() throws Exception {
        StorageHandle dead = dead();
        fixture.store.abortAllUploads();

        try (StorageHandle handle = successor(dead)) {
            assertThat(handle.resumed()).isEqualTo(Resumed.NOTHING);
            assertThat(handle.lseek(0, Whence.END)).isZero();
        }
    }

    @Test
    void partsThatAreOthersAreNotGoneOnWithAndStay() throws Exception {
        StorageHandle dead = dead();
        write(dead, random(2, 10), 6 * MIB);
        assertThatThrownBy(() -> {
                    fixture.store.script((operation, index) ->
                            operation.equals("CompleteMultipartUpload") ? Fate.NOT_SENT : Fate.SERVED);
                    dead.flush();
                })
                .isInstanceOf(StorageException.class);

        assertThat(successor(dead).resumed()).isEqualTo(Resumed.NOTHING);
        assertThat(fixture.store.uploadCount()).isOne();
    }

    @Test
    void anObjectWithPartsOfOtherSizesIsNotGoneOnWith() throws Exception {
        StorageHandle dead = dead();
        S3Backend other = S3Backend.create(S3Options.builder("bucket")
                .partBytes(6 * MIB)
                .singlePutBytes(5 * MIB)
                .client(fixture.store)
                .build());

        StorageHandle handle = other.open(
                KEY, Set.<OpenOption>of(READ, WRITE, CREATE, dead.resumeToken().orElseThrow()));

        assertThat(handle.resumed()).isEqualTo(Resumed.NOTHING);
    }

    @Test
    void aRequestToCompleteItThatTookEffectIsRecognised() throws Exception {
        StorageHandle dead = dead();
        fixture.store.script(
                (operation, index) -> operation.equals("CompleteMultipartUpload") || operation.equals("HeadObject")
                        ? Fate.ANSWER_LOST
                        : Fate.SERVED);
        assertThatThrownBy(dead::flush).isInstanceOf(StorageException.class);

        try (StorageHandle handle = successor(dead)) {
            assertThat(handle.resumed()).isEqualTo(Resumed.PUBLISHED);
            assertThat(handle.lseek(0, Whence.END)).isEqualTo(CONTENT.length);
        }
        assertSame(fixture.store.content(KEY), CONTENT);
    }

    @Test
    void aRequestToCompleteItThatTookNoEffectIsMadeAgain() throws Exception {
        StorageHandle dead = dead();
        fixture.store.script(
                (operation, index) -> operation.equals("CompleteMultipartUpload") ? Fate.NOT_SENT : Fate.SERVED);
        assertThatThrownBy(dead::flush).isInstanceOf(StorageException.class);

        try (StorageHandle handle = successor(dead)) {
            assertThat(handle.resumed()).isEqualTo(Resumed.UNFINISHED);
            write(handle, REST, 15 * MIB);
            handle.flush();
        }
        assertSame(fixture.store.content(KEY), CONTENT);
    }

    // ---------------------------------------------------------------- orphans

    @Test
    void nobodyTakesItForAnOrphan() throws Exception {
        dead();
        S3Backend somebodyElse =
                S3Backend.create(S3Fixture.options().client(fixture.store).build());

        assertThat(somebodyElse.orphans(Duration.ZERO)).isEmpty();
    }

    @Test
    void whenItIsPublishedItsMarkIsGone() throws Exception {
        try (StorageHandle handle = dead()) {
            handle.flush();
        }
        assertThat(fixture.store.keys()).containsExactly(KEY);
    }
}
