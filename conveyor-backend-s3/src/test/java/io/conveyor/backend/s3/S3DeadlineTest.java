package io.conveyor.backend.s3;

import static io.conveyor.backend.s3.S3Fixture.MIB;
import static io.conveyor.backend.s3.S3Fixture.assertSame;
import static io.conveyor.backend.s3.S3Fixture.random;
import static io.conveyor.backend.s3.S3Fixture.read;
import static io.conveyor.backend.s3.S3Fixture.write;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.spi.StorageHandle;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A connection that falls silent is given up, and what is missing is asked for again. */
@Timeout(120)
class S3DeadlineTest {

    /** Far longer than this machine needs for an answer, far shorter than the test's own limit. */
    private static final Duration DEADLINE = Duration.ofSeconds(2);

    private static final Duration NEVER = Duration.ofSeconds(100);
    private static final byte[] CONTENT = random(1, 2 * MIB);

    private S3ProxyServer server;
    private CountingWire wire;

    @BeforeEach
    void start() throws Exception {
        server = S3ProxyServer.start();
        wire = new CountingWire(server.endpoint());
    }

    @AfterEach
    void stop() throws Exception {
        wire.close();
        server.close();
    }

    private S3Options.Builder options() {
        return server.options()
                .client(null)
                .endpoint(wire.endpoint())
                .firstByteTimeout(NEVER)
                .noProgressTimeout(NEVER);
    }

    private StorageHandle stored(S3Backend backend) throws Exception {
        try (StorageHandle handle = backend.open("object", Set.of(WRITE, CREATE))) {
            write(handle, CONTENT, 0);
            handle.flush();
        }
        return backend.open("object", Set.of(READ, WRITE));
    }

    @Test
    void aReadWhoseAnswerDoesNotBeginIsAskedAgain() throws Exception {
        try (S3Backend backend =
                        S3Backend.create(options().firstByteTimeout(DEADLINE).build());
                StorageHandle handle = stored(backend)) {
            wire.fallSilentAfter(0);

            assertSame(read(handle, 0, CONTENT.length), CONTENT);

            assertThat(wire.silences()).isOne();
        }
    }

    @Test
    void aBodyThatStopsIsReadOnFromItsLastByte() throws Exception {
        try (S3Backend backend =
                        S3Backend.create(options().noProgressTimeout(DEADLINE).build());
                StorageHandle handle = stored(backend)) {
            long down = wire.down();
            wire.fallSilentAfter(MIB);

            assertSame(read(handle, 0, CONTENT.length), CONTENT);

            assertThat(wire.silences()).isOne();
            assertThat(wire.down() - down)
                    .as("what has arrived is not fetched again")
                    .isLessThan(CONTENT.length + 100_000);
        }
    }

    @Test
    void aCommitWhoseAnswerDoesNotComeIsFoundOutAbout() throws Exception {
        try (S3Backend backend =
                        S3Backend.create(options().transferTimeout(DEADLINE).build());
                StorageHandle handle = backend.open("object", Set.of(READ, WRITE, CREATE))) {
            write(handle, random(2, 100), 0);
            wire.fallSilentAfter(0);

            handle.flush();

            assertThat(wire.silences()).isOne();
            assertSame(read(handle, 0, 100), random(2, 100));
        }
    }

    @Test
    void aStoreThatNeverAnswersIsATimeout() throws Exception {
        try (S3Backend backend = S3Backend.create(
                        options().firstByteTimeout(DEADLINE).attempts(1).build());
                StorageHandle handle = stored(backend)) {
            wire.fallSilentAfter(0);

            assertThatThrownBy(() -> read(handle, 0, 100)).isInstanceOfSatisfying(StorageException.class, e -> {
                assertThat(e.kind()).isEqualTo(Kind.TIMEOUT);
                assertThat(e.retry()).isEqualTo(Retry.SAFE);
            });
        }
    }
}
