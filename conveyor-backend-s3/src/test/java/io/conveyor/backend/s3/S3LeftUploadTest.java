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
import io.conveyor.backend.s3.FakeS3.Fate;
import io.conveyor.spi.ResumeToken;
import io.conveyor.spi.StorageHandle;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.util.Arrays;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a process that has died had sent is used by the one that comes after it, as far as it is what that one would send. */
class S3LeftUploadTest {

    private static final byte[] CONTENT = random(1, 17 * MIB);

    /** Writes what makes three parts and a rest, and dies. */
    private static ResumeToken left(S3Fixture fixture) throws IOException {
        StorageHandle handle = fixture.create();
        write(handle, CONTENT, 0);
        return handle.resumeToken().orElseThrow();
    }

    private static StorageHandle successor(S3Fixture fixture, ResumeToken token) throws IOException {
        fixture.store.heal();
        return fixture.backend.open(KEY, Set.<OpenOption>of(READ, WRITE, CREATE, token));
    }

    @ParameterizedTest
    @EnumSource(
            value = S3Checksum.class,
            names = {"CRC32C", "MD5", "NONE"})
    void theSuccessorSendsOnlyWhatIsNotThere(S3Checksum checksum) throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options().checksum(checksum));
        ResumeToken token = left(fixture);
        long sent = fixture.store.sentBytes();
        try (StorageHandle handle = successor(fixture, token)) {
            write(handle, CONTENT, 0);
            handle.flush();
        }
        assertThat(fixture.store.sentBytes() - sent).isEqualTo(2 * MIB);
        assertThat(fixture.store.log()).doesNotContain("CreateMultipartUpload", "AbortMultipartUpload");
        assertSame(fixture.store.content(KEY), CONTENT);
        assertThat(fixture.store.uploadCount()).isZero();
    }

    @Test
    void aPartThatIsSomethingElseIsSentAnew() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options());
        ResumeToken token = left(fixture);
        byte[] other = patched(CONTENT, random(2, 10), 6 * MIB);
        long sent = fixture.store.sentBytes();
        try (StorageHandle handle = successor(fixture, token)) {
            write(handle, other, 0);
            handle.flush();
        }
        assertThat(fixture.store.sentBytes() - sent).isEqualTo(7 * MIB);
        assertSame(fixture.store.content(KEY), other);
    }

    @Test
    void aChangeAfterAPartWasFoundThereIsPublished() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options());
        ResumeToken token = left(fixture);
        try (StorageHandle handle = successor(fixture, token)) {
            write(handle, CONTENT, 0);
            write(handle, random(2, 10), 100);
            handle.flush();
        }
        assertSame(fixture.store.content(KEY), patched(CONTENT, random(2, 10), 100));
    }

    @Test
    void aPartThatWasSentOverOneThatWasThereIsNotTakenForThatLater() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options());
        StorageHandle dead = fixture.create();
        byte[] content = random(1, 20 * MIB);
        write(dead, content, 0);
        ResumeToken token = dead.resumeToken().orElseThrow();
        try (StorageHandle handle = successor(fixture, token)) {
            writeLast(handle, Arrays.copyOf(content, 17 * MIB), 0);
            write(handle, Arrays.copyOfRange(content, 17 * MIB, 20 * MIB), 17 * MIB);
            handle.flush();
        }
        assertSame(fixture.store.content(KEY), content);
    }

    @Test
    void anUploadThatTheStoreHasForgottenIsBegunAnew() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options());
        ResumeToken token = left(fixture);
        fixture.store.abortAllUploads();
        try (StorageHandle handle = successor(fixture, token)) {
            write(handle, CONTENT, 0);
            handle.flush();
        }
        assertThat(fixture.store.log()).containsOnlyOnce("CreateMultipartUpload");
        assertSame(fixture.store.content(KEY), CONTENT);
    }

    @Test
    void anUploadThatMayHaveBeenCompletedIsNeverAddedTo() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options());
        StorageHandle handle = fixture.create();
        write(handle, CONTENT, 0);
        String[] saidBefore = {""};
        handle.onResumeToken(() ->
                saidBefore[0] = handle.resumeToken().map(ResumeToken::toString).orElse("") + fixture.store.log());
        fixture.store.script(
                (operation, index) -> operation.equals("CompleteMultipartUpload") ? Fate.NOT_SENT : Fate.SERVED);
        assertThatThrownBy(handle::flush).isInstanceOf(StorageException.class);
        assertThat(saidBefore[0]).as("before it was sent").isNotEmpty().doesNotContain("CompleteMultipartUpload");

        try (StorageHandle next = successor(fixture, handle.resumeToken().orElseThrow())) {
            assertThat(fixture.store.log()).startsWith("AbortMultipartUpload");
            write(next, CONTENT, 0);
            next.flush();
        }
        assertThat(fixture.store.log()).containsOnlyOnce("CreateMultipartUpload");
        assertSame(fixture.store.content(KEY), CONTENT);
    }

    @Test
    void nothingIsLeftOfItIfTheSuccessorSendsNothing() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options());
        successor(fixture, left(fixture)).close();

        assertThat(fixture.store.uploadCount()).isZero();
    }

    @Test
    void nothingIsLeftOfItIfTheSuccessorSendsASmallObject() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options());
        try (StorageHandle handle = successor(fixture, left(fixture))) {
            write(handle, random(2, 100), 0);
            handle.flush();
        }
        assertSame(fixture.store.content(KEY), random(2, 100));
        assertThat(fixture.store.uploadCount()).isZero();
    }

    @Test
    void whoOnlyReadsClearsItAway() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options());
        ResumeToken token = left(fixture);

        assertThatThrownBy(() -> fixture.backend.open(KEY, Set.<OpenOption>of(READ, token)))
                .isInstanceOf(NoSuchFileException.class);

        assertThat(fixture.store.uploadCount()).isZero();
    }

    @Test
    void whoeverComesAfterTheSuccessorGoesOnWithItToo() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options());
        ResumeToken token = left(fixture);
        StorageHandle dead = successor(fixture, token);

        assertThat(dead.resumeToken())
                .hasValueSatisfying(again -> assertThat(again).isEqualTo(token));
    }
}
