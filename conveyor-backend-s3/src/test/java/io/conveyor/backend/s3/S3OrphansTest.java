package io.conveyor.backend.s3;

import static io.conveyor.backend.s3.S3Fixture.KEY;
import static io.conveyor.backend.s3.S3Fixture.MIB;
import static io.conveyor.backend.s3.S3Fixture.assertSame;
import static io.conveyor.backend.s3.S3Fixture.random;
import static io.conveyor.backend.s3.S3Fixture.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.StorageException;
import io.conveyor.spi.StorageHandle;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class S3OrphansTest {

    private static final Duration ANY_AGE = Duration.ofMinutes(-1);

    @Test
    void whatAProcessLeftBehindIsListedAndRemoved() throws Exception {
        S3Fixture fixture =
                new S3Fixture(S3Fixture.options().stagingBytes(64L * MIB).prefix("ours"));
        StorageHandle abandoned = fixture.create();
        write(abandoned, random(1, 44 * MIB), 0);

        S3Backend next = next(fixture);
        List<S3Orphan> orphans = next.orphans(ANY_AGE);
        assertThat(orphans)
                .anyMatch(orphan -> orphan.uploadId() != null && orphan.key().equals("ours/object"));
        assertThat(orphans)
                .anyMatch(orphan -> orphan.uploadId() == null && orphan.key().startsWith("ours/.conveyor/"));
        for (S3Orphan orphan : orphans) {
            next.remove(orphan);
            next.remove(orphan);
        }
        assertThat(fixture.store.uploadCount()).isZero();
        assertThat(fixture.store.keys()).isEmpty();
    }

    /** A backend as after a restart, which knows nothing of handles that were open before. */
    private static S3Backend next(S3Fixture fixture) throws Exception {
        return S3Backend.create(
                S3Fixture.options().client(fixture.store).prefix("ours").build());
    }

    @Test
    void whatIsBeingWrittenHereIsNoOrphanHoweverOldItIs() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options().stagingBytes(64L * MIB));
        byte[] content = random(1, 44 * MIB);
        try (StorageHandle busy = fixture.create()) {
            write(busy, content, 0);
            assertThat(fixture.store.uploadCount()).isPositive();
            assertThat(fixture.store.keys()).isNotEmpty();

            assertThat(fixture.backend.orphans(ANY_AGE)).isEmpty();

            busy.flush();
        }
        assertThat(fixture.backend.orphans(ANY_AGE)).isEmpty();
        assertSame(fixture.store.content(KEY), content);
    }

    @Test
    void whatAHandleLeftIsAnOrphanOnceItIsClosed() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options().attempts(1));
        StorageHandle handle = fixture.create();
        write(handle, random(1, 11 * MIB), 0);
        fixture.store.script((operation, index) ->
                operation.equals("AbortMultipartUpload") ? FakeS3.Fate.NOT_SENT : FakeS3.Fate.SERVED);
        assertThatThrownBy(handle::abort).isInstanceOf(StorageException.class);

        assertThat(fixture.backend.orphans(ANY_AGE)).hasSize(1);
    }

    @Test
    void whatIsYoungOrNotBelowThePrefixIsNoOrphan() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options().prefix("ours"));
        StorageHandle busy = fixture.create();
        write(busy, random(1, 11 * MIB), 0);

        assertThat(next(fixture).orphans(Duration.ofDays(2))).isEmpty();
        S3Backend other = S3Backend.create(
                S3Fixture.options().client(fixture.store).prefix("theirs").build());
        assertThat(other.orphans(ANY_AGE)).isEmpty();
        busy.flush();
        busy.close();
    }

    @Test
    void orphansAreRemovedAtTheStartWhenAskedFor() throws Exception {
        S3Fixture fixture = new S3Fixture(S3Fixture.options());
        write(fixture.create(), random(1, 11 * MIB), 0);

        S3Backend.create(S3Fixture.options()
                        .client(fixture.store)
                        .abortOrphansOlderThan(ANY_AGE)
                        .build())
                .close();

        assertThat(fixture.store.uploadCount()).isZero();
    }
}
