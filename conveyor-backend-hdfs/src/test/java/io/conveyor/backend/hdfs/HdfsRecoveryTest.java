package io.conveyor.backend.hdfs;

import static io.conveyor.backend.hdfs.Handles.load;
import static io.conveyor.backend.hdfs.Handles.open;
import static io.conveyor.backend.hdfs.Handles.text;
import static io.conveyor.backend.hdfs.Handles.write;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.ConflictException;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.spi.StorageHandle;
import io.conveyor.testkit.Bytes;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A writer whose stream broke takes back its own lease, and that of nobody else. */
class HdfsRecoveryTest {

    private final HdfsOptions.Builder options = HdfsCluster.shared().options();
    private final List<StorageHandle> successors = new ArrayList<>();
    private SteppedClient client;
    private HdfsBackend theirs;

    @BeforeEach
    void store() throws IOException {
        client = SteppedClient.connect(options.build());
        theirs = HdfsBackend.create(options.build());
        try (StorageHandle handle = open(theirs, "object", WRITE, CREATE)) {
            write(handle, "0123456789", 0);
        }
    }

    @AfterEach
    void closeThem() throws IOException {
        for (StorageHandle successor : successors) {
            successor.close();
        }
        theirs.close();
        client.close();
    }

    /** A writer that has taken five bytes more, which its stream has lost. */
    private StorageHandle broken(HdfsOptions how) throws IOException {
        StorageHandle handle = open(HdfsBackend.over(client, how), "object", READ, WRITE);
        write(handle, " ours", 10);
        failToFlush(handle);
        return handle;
    }

    private void succeed() throws IOException {
        successors.add(open(theirs, "object", WRITE));
    }

    private void assertThatTheSuccessorIsUndisturbed() throws IOException {
        StorageHandle successor = successors.get(0);
        write(successor, " theirs", 10);
        successor.flush();
        assertThat(text(theirs, "object")).isEqualTo("0123456789 theirs");
    }

    @Test
    void whoComesBetweenTheRecoveryAndTheReopeningKeepsTheLease() throws IOException {
        StorageHandle handle = broken(options.build());
        client.beforeNextAppend(this::succeed);
        assertThatThrownBy(handle::flush).isInstanceOf(ConflictException.class);
        assertThatThrownBy(handle::flush).isInstanceOf(ConflictException.class);
        assertThatThrownBy(() -> write(handle, " ours", 10)).isInstanceOf(ConflictException.class);
        handle.abort();
        assertThatTheSuccessorIsUndisturbed();
    }

    @Test
    void whoComesWhenTheRecoveryWentOnWithoutUsKeepsTheLease() throws IOException {
        StorageHandle handle = broken(options.build());
        loseTheAnswerOfTheRecovery(handle);
        succeed();
        assertThatThrownBy(handle::flush).isInstanceOf(ConflictException.class);
        handle.abort();
        assertThatTheSuccessorIsUndisturbed();
    }

    @Test
    void aRecoveryThatWentOnWithoutUsIsOverAtTheNextCall() throws IOException {
        StorageHandle handle = broken(options.build());
        loseTheAnswerOfTheRecovery(handle);
        write(handle, " ours", 10);
        handle.flush();
        handle.close();
        assertThat(text(theirs, "object")).isEqualTo("0123456789 ours");
    }

    @Test
    void whatSomebodyElseAppendedAfterTheRecoveryIsNotTakenForOurs() throws IOException {
        StorageHandle handle = broken(options.build());
        client.beforeNextAppend(() -> {
            try (StorageHandle other = open(theirs, "object", WRITE)) {
                write(other, "OTHER", 10);
            }
        });
        assertThatThrownBy(() -> write(handle, " ours", 10)).isInstanceOf(ConflictException.class);
        assertThatThrownBy(handle::flush).isInstanceOf(ConflictException.class);
        handle.abort();
        assertThat(text(theirs, "object")).isEqualTo("0123456789OTHER");
    }

    @Test
    void whatIsWrittenAgainBesideStagedBytesNeedsNoRoomAmongThem() throws IOException {
        HdfsBackend small =
                HdfsBackend.over(client, options.stagingBytes(64 << 10).build());
        byte[] expected = Bytes.at(0, 160_000, 3);
        System.arraycopy(Bytes.at(0, 50_000, 4), 0, expected, 0, 50_000);
        try (StorageHandle handle = open(small, "large", READ, WRITE, CREATE)) {
            write(handle, Bytes.at(0, 100_000, 3), 0);
            handle.flush();
        }
        try (StorageHandle handle = open(small, "large", READ, WRITE)) {
            write(handle, Bytes.at(100_000, 60_000, 3), 100_000);
            write(handle, Bytes.at(0, 50_000, 4), 0);
            failToFlush(handle);
            write(handle, Bytes.at(100_000, 60_000, 3), 100_000);
            write(handle, Bytes.at(0, 50_000, 4), 0);
            assertThat(Bytes.difference(expected, load(handle), 0)).isEmpty();
            handle.flush();
        }
        assertThat(Bytes.difference(expected, load(theirs, "large"), 0)).isEmpty();
        assertThat(small.stats().copyOnWrites()).isEqualTo(1);
    }

    @Test
    void whatIsWrittenAgainBeforeStagedBytesBehindItNeedsNoRoomAmongThem() throws IOException {
        HdfsBackend small =
                HdfsBackend.over(client, options.stagingBytes(64 << 10).build());
        try (StorageHandle handle = open(small, "object", READ, WRITE)) {
            write(handle, Bytes.at(10, 60_000, 3), 10);
            write(handle, "XY", 3);
            write(handle, Bytes.at(60_010, 20_000, 3), 60_010);
            failToFlush(handle);
            write(handle, Bytes.at(10, 60_000, 3), 10);
            write(handle, "XY", 3);
            write(handle, Bytes.at(60_010, 20_000, 3), 60_010);
            handle.flush();
        }
        byte[] expected = Bytes.at(0, 80_010, 3);
        System.arraycopy(Bytes.of("012XY56789"), 0, expected, 0, 10);
        assertThat(Bytes.difference(expected, load(theirs, "object"), 0)).isEmpty();
    }

    @Test
    void whatIsWrittenDifferentlyOverMissingAndStagedBytesWins() throws IOException {
        HdfsBackend backend = HdfsBackend.over(client, options.build());
        try (StorageHandle handle = open(backend, "object", READ, WRITE)) {
            write(handle, "abcdef", 10);
            write(handle, "XY", 12);
            failToFlush(handle);
            write(handle, "ABCDEF", 10);
            assertThat(load(handle)).isEqualTo(Bytes.of("0123456789ABCDEF"));
            write(handle, "56", 5);
            handle.flush();
        }
        assertThat(text(theirs, "object")).isEqualTo("0123456789ABCDEF");
    }

    @Test
    void whatAReadHasShownIsNotTakenForAChangeWhenItIsWrittenAgain() throws IOException {
        HdfsBackend backend = HdfsBackend.over(client, options.build());
        byte[] more = Bytes.at(10, 60_005, 3);
        try (StorageHandle handle = open(backend, "object", READ, WRITE)) {
            write(handle, Arrays.copyOf(more, 5), 10);
            assertThat(handle.pread(ByteBuffer.allocate(5), 10)).isEqualTo(5);
            write(handle, Arrays.copyOfRange(more, 5, more.length), 15);
            failToFlush(handle);
            write(handle, Arrays.copyOf(more, 2), 10);
            assertThat(handle.pread(ByteBuffer.allocate(15), 0)).isEqualTo(15);
            write(handle, Arrays.copyOfRange(more, 2, more.length), 12);
            handle.flush();
        }
        assertThat(load(theirs, "object")).hasSize(60_015).endsWith(more);
        assertThat(backend.stats().copyOnWrites()).isZero();
    }

    @Test
    void whoWritesAnotherFileInThePlaceOfOursKeepsTheLease() throws IOException {
        StorageHandle handle = broken(options.build());
        client.rename(path("object"), path("moved"));
        successors.add(open(theirs, "object", WRITE, CREATE_NEW));
        write(successors.get(0), "0123456789", 0);
        successors.get(0).flush();
        assertThatThrownBy(handle::flush).isInstanceOf(ConflictException.class);
        handle.abort();
        assertThatTheSuccessorIsUndisturbed();
    }

    @Test
    void aLeaseWhoseGrantWasNotHeardOfIsHadAtTheNextCall() throws IOException {
        HdfsBackend backend = HdfsBackend.over(client, options.build());
        try (StorageHandle handle = open(backend, "object", READ, WRITE)) {
            loseTheAnswerToTheNextAppend();
            assertThatThrownBy(() -> handle.truncate(5)).isInstanceOf(StorageException.class);
            handle.truncate(5);
            write(handle, " ours", 5);
            handle.flush();
        }
        assertThat(text(theirs, "object")).isEqualTo("01234 ours");
    }

    @Test
    void aLeaseWhoseGrantWasNotHeardOfIsGivenBackWhenTheWriterIsClosed() throws IOException {
        HdfsBackend backend = HdfsBackend.over(client, options.build());
        StorageHandle handle = open(backend, "object", READ, WRITE);
        loseTheAnswerToTheNextAppend();
        assertThatThrownBy(() -> handle.truncate(5)).isInstanceOf(StorageException.class);
        handle.close();
        open(theirs, "object", WRITE).close();
    }

    @Test
    void aLeaseWhoseGrantWasNotHeardOfAfterARecoveryIsHadAtTheNextCall() throws IOException {
        StorageHandle handle = broken(options.build());
        loseTheAnswerToTheNextAppend();
        assertThatThrownBy(handle::flush).isInstanceOf(StorageException.class);
        write(handle, " ours", 10);
        handle.flush();
        handle.close();
        assertThat(text(theirs, "object")).isEqualTo("0123456789 ours");
    }

    @Test
    void aFileWhoseOpeningWasNotHeardOfIsOpenedAgain() throws IOException {
        HdfsBackend backend = HdfsBackend.over(client, options.build());
        loseTheAnswerToTheNextAppend();
        assertThatThrownBy(() -> open(backend, "object", WRITE)).isInstanceOf(StorageException.class);
        open(backend, "object", WRITE).close();
    }

    private void loseTheAnswerToTheNextAppend() {
        client.afterNextAppend(() -> {
            throw new SocketTimeoutException("told to be late");
        });
    }

    private Path path(String key) {
        return new Path(options.build().baseDirectory() + "/" + key);
    }

    private void failToFlush(StorageHandle handle) {
        client.beforeNextFlush(() -> {
            throw new IOException("told to fail");
        });
        assertThatThrownBy(handle::flush).hasMessageContaining("told to fail");
    }

    private void loseTheAnswerOfTheRecovery(StorageHandle handle) throws IOException {
        client.afterNextRecovery(() -> {
            throw new SocketTimeoutException("told to be late");
        });
        assertThatThrownBy(handle::flush)
                .isInstanceOfSatisfying(
                        StorageException.class, e -> assertThat(e.kind()).isEqualTo(Kind.TIMEOUT));
        assertThat(Patience.until(Duration.ofSeconds(30), () -> client.isFileClosed(path("object"))))
                .isTrue();
    }
}
