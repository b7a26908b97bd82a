package io.conveyor.backend.hdfs;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.ConflictException;
import io.conveyor.Extent;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.stream.Stream;
import org.apache.hadoop.fs.ChecksumException;
import org.apache.hadoop.fs.ParentNotDirectoryException;
import org.apache.hadoop.hdfs.BlockMissingException;
import org.apache.hadoop.hdfs.protocol.DSQuotaExceededException;
import org.apache.hadoop.hdfs.protocol.NSQuotaExceededException;
import org.apache.hadoop.ipc.RemoteException;
import org.apache.hadoop.ipc.StandbyException;
import org.apache.hadoop.net.ConnectTimeoutException;
import org.apache.hadoop.security.AccessControlException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class HdfsErrorsTest {

    private static final Extent EXTENT = Extent.between(10, 20);

    static Stream<Arguments> standardOnes() {
        return Stream.of(
                Arguments.of(new FileNotFoundException("x"), NoSuchFileException.class),
                Arguments.of(
                        new org.apache.hadoop.fs.FileAlreadyExistsException("x"), FileAlreadyExistsException.class),
                Arguments.of(new AccessControlException("x"), AccessDeniedException.class),
                Arguments.of(new ParentNotDirectoryException("x"), FileSystemException.class),
                Arguments.of(remote("java.io.FileNotFoundException"), NoSuchFileException.class),
                Arguments.of(
                        remote("org.apache.hadoop.security.authorize.AuthorizationException"),
                        AccessDeniedException.class),
                Arguments.of(
                        remote("org.apache.hadoop.hdfs.protocol.AlreadyBeingCreatedException"),
                        ConflictException.class),
                Arguments.of(
                        remote("org.apache.hadoop.hdfs.server.namenode.LeaseExpiredException"),
                        ConflictException.class));
    }

    @ParameterizedTest
    @MethodSource("standardOnes")
    void whatHasANameKeepsIt(IOException hadoop, Class<? extends IOException> ours) {
        IOException translated = HdfsErrors.translate("pread", "a/key", EXTENT, hadoop);
        assertThat(translated).isInstanceOf(ours).hasCause(hadoop).hasMessageContaining("a/key");
    }

    static Stream<Arguments> storageOnes() {
        return Stream.of(
                Arguments.of(new ChecksumException("x", 0), Kind.CORRUPT, Retry.NEVER),
                Arguments.of(new BlockMissingException("x", "y", 0), Kind.UNAVAILABLE, Retry.SAFE),
                Arguments.of(new NSQuotaExceededException("x"), Kind.NO_SPACE, Retry.NEVER),
                Arguments.of(new DSQuotaExceededException("x"), Kind.NO_SPACE, Retry.NEVER),
                Arguments.of(new StandbyException("x"), Kind.UNAVAILABLE, Retry.SAFE),
                Arguments.of(new ConnectException("x"), Kind.UNAVAILABLE, Retry.SAFE),
                Arguments.of(new SocketTimeoutException("x"), Kind.TIMEOUT, Retry.SAFE),
                Arguments.of(new ConnectTimeoutException("x"), Kind.TIMEOUT, Retry.SAFE),
                Arguments.of(
                        remote("org.apache.hadoop.hdfs.server.namenode.SafeModeException"),
                        Kind.UNAVAILABLE,
                        Retry.SAFE),
                Arguments.of(
                        remote("org.apache.hadoop.hdfs.protocol.RecoveryInProgressException"),
                        Kind.UNAVAILABLE,
                        Retry.SAFE),
                Arguments.of(
                        remote("org.apache.hadoop.hdfs.protocol.FSLimitException$PathComponentTooLongException"),
                        Kind.TOO_LARGE,
                        Retry.NEVER),
                Arguments.of(
                        remote("org.apache.hadoop.security.token.SecretManager$InvalidToken"),
                        Kind.CREDENTIALS,
                        Retry.NEVER),
                Arguments.of(
                        new IOException("x", new IOException("y", new AccessControlException("no ticket"))),
                        Kind.CREDENTIALS,
                        Retry.NEVER),
                Arguments.of(remote("something.nobody.KnowsException"), Kind.IO, Retry.SAFE),
                Arguments.of(new IOException("Filesystem closed"), Kind.IO, Retry.SAFE));
    }

    @ParameterizedTest
    @MethodSource("storageOnes")
    void theOthersHaveAKindAndARetryClass(IOException hadoop, Kind kind, Retry retry) {
        StorageException translated = (StorageException) HdfsErrors.translate("pread", "a/key", EXTENT, hadoop);
        assertThat(translated.kind()).isEqualTo(kind);
        assertThat(translated.retry()).isEqualTo(retry);
        assertThat(translated.operation()).isEqualTo("pread");
        assertThat(translated.key()).contains("a/key");
        assertThat(translated.extent()).contains(EXTENT);
        assertThat(translated).hasCause(hadoop);
    }

    @Test
    void aChangeWithoutAnAnswerHasAnUnknownOutcome() {
        StorageException translated =
                (StorageException) HdfsErrors.translate("delete", "a/key", null, new SocketTimeoutException("x"));
        assertThat(translated.retry()).isEqualTo(Retry.OUTCOME_UNKNOWN);
    }

    @Test
    void aConnectionThatBreaksMayHaveCarriedTheChange() {
        IOException reset = new SocketException("Connection reset");
        assertThat(retry("delete", reset)).isEqualTo(Retry.OUTCOME_UNKNOWN);
        assertThat(retry("commit", new NoRouteToHostException("x"))).isEqualTo(Retry.OUTCOME_UNKNOWN);
        assertThat(retry("pread", reset)).isEqualTo(Retry.SAFE);
        assertThat(retry("delete", new ConnectException("never connected"))).isEqualTo(Retry.SAFE);
    }

    private static Retry retry(String operation, IOException hadoop) {
        StorageException translated = (StorageException) HdfsErrors.translate(operation, "a/key", null, hadoop);
        assertThat(translated.kind()).isEqualTo(Kind.UNAVAILABLE);
        return translated.retry();
    }

    @Test
    void aBrokenStreamIsNeverSafeToRepeat() {
        StorageException translated = (StorageException)
                HdfsErrors.translateStream("flush", "a/key", null, Retry.NEVER, new ConnectException("x"));
        assertThat(translated.kind()).isEqualTo(Kind.UNAVAILABLE);
        assertThat(translated.retry()).isEqualTo(Retry.NEVER);
    }

    @Test
    void theTextOfAMessageDoesNotMatter() {
        IOException misleading = new IOException("Permission denied: quota exceeded, file not found, lease expired");
        assertThat(HdfsErrors.translate("pread", "a/key", null, misleading))
                .isInstanceOfSatisfying(
                        StorageException.class, e -> assertThat(e.kind()).isEqualTo(Kind.IO));
    }

    @Test
    void oursAndInterruptsStayAsTheyAre() {
        IOException conflict = new ConflictException("a/key", "x");
        IOException interrupted = new InterruptedIOException("x");
        assertThat(HdfsErrors.translate("pread", "a/key", null, conflict)).isSameAs(conflict);
        assertThat(HdfsErrors.translate("pread", "a/key", null, interrupted)).isSameAs(interrupted);
    }

    private static RemoteException remote(String className) {
        return new RemoteException(className, "said by the namenode\n\tat some.Class.method");
    }
}
