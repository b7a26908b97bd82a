package io.conveyor.backend.s3;

import static io.conveyor.backend.s3.S3Fixture.KEY;
import static io.conveyor.backend.s3.S3Fixture.random;
import static io.conveyor.backend.s3.S3Fixture.write;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.backend.s3.FakeS3.Fate;
import io.conveyor.spi.StorageHandle;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.nio.file.AccessDeniedException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;

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
    void aPingTellsThoseThatExpiredFromThoseThatAreWrong() {
        fixture.store.script((operation, index) -> Fate.EXPIRED_TOKEN);
        assertThatThrownBy(() -> fixture.backend.ping()).isInstanceOfSatisfying(StorageException.class, e -> {
            assertThat(e.kind()).isEqualTo(Kind.CREDENTIALS);
            assertThat(e.retry()).isEqualTo(Retry.SAFE);
        });
        fixture.store.script((operation, index) -> Fate.UNKNOWN_ACCESS_KEY);
        assertThatThrownBy(() -> fixture.backend.ping()).isInstanceOfSatisfying(StorageException.class, e -> {
            assertThat(e.kind()).isEqualTo(Kind.CREDENTIALS);
            assertThat(e.retry()).isEqualTo(Retry.NEVER);
        });
        fixture.store.script((operation, index) -> Fate.DENIED);
        assertThatThrownBy(() -> fixture.backend.ping()).isInstanceOf(AccessDeniedException.class);
    }

    /** The SDK throws the same where it finds none as where a connection breaks. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void thatThereAreNoneIsSaid(boolean signBodies) throws Exception {
        SdkException none = SdkClientException.create("none was found");
        SdkException refused = FakeS3.failure(403, "AccessDenied");
        for (SdkException failure : List.of(none, refused)) {
            S3Options.Builder options = S3Options.builder("bucket")
                    .endpoint(URI.create("http://127.0.0.1:9"))
                    .backoff(Duration.ZERO)
                    .signBodies(signBodies)
                    .credentials(() -> {
                        throw failure;
                    });
            try (S3Backend backend = S3Backend.create(options.build())) {
                assertThatThrownBy(() -> backend.attributes(KEY))
                        .isInstanceOfSatisfying(StorageException.class, e -> {
                            assertThat(e.kind()).isEqualTo(Kind.CREDENTIALS);
                            assertThat(e.retry()).as("there may be some later").isEqualTo(Retry.SAFE);
                        })
                        .hasMessageContaining("credentials")
                        .hasRootCause(failure);
            }
        }
    }

    /** Nothing was sent: what a commit has done is known. */
    @Test
    void aCommitForWhichThereAreNoneHasNoEffect() throws Exception {
        try (S3ProxyServer server = S3ProxyServer.start()) {
            S3Options options = server.options().build();
            AwsCredentialsProvider some = Objects.requireNonNull(options.credentials);
            AtomicBoolean gone = new AtomicBoolean();
            S3Options.Builder own = S3Options.builder(options.bucket)
                    .endpoint(options.endpoint)
                    .backoff(Duration.ZERO)
                    .credentials(() -> {
                        if (gone.get()) {
                            throw SdkClientException.create("none was found");
                        }
                        return (AwsCredentials) some.resolveIdentity().join();
                    });
            try (S3Backend backend = S3Backend.create(own.build());
                    StorageHandle handle = backend.open(KEY, Set.of(WRITE, CREATE))) {
                write(handle, random(1, 100), 0);
                gone.set(true);
                assertThatThrownBy(handle::flush).isInstanceOfSatisfying(StorageException.class, e -> {
                    assertThat(e.kind()).isEqualTo(Kind.CREDENTIALS);
                    assertThat(e.retry()).isEqualTo(Retry.SAFE);
                });
                gone.set(false);
                handle.flush();
                assertThat(backend.attributes(KEY).size()).isEqualTo(100);
            }
        }
    }

    /** Whoever gives up waiting for credentials hears that, and not that there are none. */
    @Test
    void anInterruptWhileTheyAreFetchedStaysOne() throws Exception {
        S3Options options = S3Options.builder("bucket")
                .endpoint(URI.create("http://127.0.0.1:9"))
                .credentials(() -> {
                    throw AbortedException.create("interrupted");
                })
                .build();
        try (S3Backend backend = S3Backend.create(options)) {
            assertThatThrownBy(() -> backend.attributes(KEY)).isInstanceOf(InterruptedIOException.class);
        }
    }

    @Test
    void aDenialStaysOne() {
        fixture.store.script((operation, index) -> Fate.DENIED);
        assertThatThrownBy(() -> fixture.open(READ)).isInstanceOf(AccessDeniedException.class);
    }
}
