package io.conveyor.samples.fileservice;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.BackPressureTimeoutException;
import io.conveyor.ConflictException;
import io.conveyor.Extent;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.WriteBehindException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class FailureTest {

    @ParameterizedTest
    @MethodSource
    void hasAStatusOfItsOwn(Exception failure, int status) {
        assertThat(Failure.of(failure).status().value()).isEqualTo(status);
    }

    static Stream<Arguments> hasAStatusOfItsOwn() {
        return Stream.of(
                Arguments.of(new InvalidPathException("a//b", "a key has no empty segment"), 400),
                Arguments.of(new BrokenUploadException(1, 2, null), 400),
                Arguments.of(new AccessDeniedException("key"), 403),
                Arguments.of(new NoSuchFileException("key"), 404),
                Arguments.of(new BrokenUploadException(1, 2, new SocketTimeoutException()), 408),
                Arguments.of(new ConflictException("key", "somebody else"), 409),
                Arguments.of(new FileAlreadyExistsException("key"), 409),
                Arguments.of(new EOFException("shorter"), 500),
                Arguments.of(new IllegalStateException("a mistake"), 500),
                Arguments.of(new BackPressureTimeoutException("key", Duration.ofSeconds(30), 1), 503),
                Arguments.of(new InterruptedIOException(), 503),
                Arguments.of(new AsynchronousCloseException(), 503));
    }

    @ParameterizedTest
    @CsvSource({
        "IO, 502",
        "NO_SPACE, 507",
        "THROTTLED, 503",
        "UNAVAILABLE, 503",
        "TIMEOUT, 504",
        "CORRUPT, 502",
        "TOO_LARGE, 413",
        "CREDENTIALS, 502",
        "UNSUPPORTED, 409",
        "PROTOCOL, 502",
    })
    void ofTheStoreHasTheStatusOfItsKind(Kind kind, int status) {
        assertThat(Failure.of(storage(kind)).status().value()).isEqualTo(status);
    }

    @Test
    void inTheBackgroundMeansWhatItsCauseMeans() {
        Failure failure = Failure.of(behind(storage(Kind.NO_SPACE)));

        assertThat(failure.status().value()).isEqualTo(507);
        assertThat(failure.isTemporary()).isFalse();
    }

    @Test
    void isTemporaryIfTheStoreIsAway() {
        assertThat(Failure.of(storage(Kind.UNAVAILABLE)).isTemporary()).isTrue();
    }

    @Test
    void tellsTheClientNothingOfTheInside() {
        assertThat(Failure.of(behind(storage(Kind.IO))).detail()).doesNotContain("secret");
        assertThat(Failure.of(new IOException("secret")).detail()).doesNotContain("secret");
    }

    private static StorageException storage(Kind kind) {
        return new StorageException(kind, StorageException.Retry.NEVER, "pwrite", "key", null, "a secret path", null);
    }

    private static WriteBehindException behind(IOException cause) {
        return new WriteBehindException("key", new Extent(0, 1), List.of(new Extent(0, 1)), 1, 1, cause);
    }
}
