package io.conveyor.backend.s3;

import static io.conveyor.backend.s3.S3Fixture.KEY;
import static io.conveyor.backend.s3.S3Fixture.random;
import static java.nio.file.StandardOpenOption.READ;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.backend.s3.FakeS3.Fate;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is wrong with somebody's credentials is found out, although an answer to HEAD has no place to say it. */
class S3CredentialsTest {

    private S3Fixture fixture;

    @BeforeEach
    void open() throws IOException {
        fixture = new S3Fixture();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 100})
    void thoseThatWereRenewedAreTriedAgain(int size) throws Exception {
        fixture.store.store(KEY, random(1, size));
        fixture.store.script((operation, index) -> index == 0 ? Fate.EXPIRED_TOKEN : Fate.SERVED);
        assertThat(fixture.backend.attributes(KEY).size()).isEqualTo(size);

        fixture.store.script((operation, index) -> index < 2 ? Fate.EXPIRED_TOKEN : Fate.SERVED);
        assertThat(fixture.backend.attributes(KEY).size()).isEqualTo(size);
    }

    @Test
    void thoseThatStayExpiredAreSaidToBe() {
        fixture.store.store(KEY, random(1, 100));
        fixture.store.script((operation, index) -> Fate.EXPIRED_TOKEN);
        assertThatThrownBy(() -> fixture.open(READ)).isInstanceOfSatisfying(StorageException.class, e -> {
            assertThat(e.kind()).isEqualTo(Kind.CREDENTIALS);
            assertThat(e.retry()).isEqualTo(Retry.SAFE);
        });
    }

    @Test
    void thoseThatAreWrongAreNotTakenForADenial() {
        fixture.store.script((operation, index) -> Fate.UNKNOWN_ACCESS_KEY);
        assertThatThrownBy(() -> fixture.open(READ)).isInstanceOfSatisfying(StorageException.class, e -> {
            assertThat(e.kind()).isEqualTo(Kind.CREDENTIALS);
            assertThat(e.retry()).isEqualTo(Retry.NEVER);
        });
    }

    @Test
    void aDenialStaysOne() {
        fixture.store.script((operation, index) -> Fate.DENIED);
        assertThatThrownBy(() -> fixture.open(READ)).isInstanceOf(AccessDeniedException.class);
    }
}
