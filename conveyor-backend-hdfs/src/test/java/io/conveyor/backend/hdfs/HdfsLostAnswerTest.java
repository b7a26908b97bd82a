package io.conveyor.backend.hdfs;

import static io.conveyor.backend.hdfs.Handles.open;
import static io.conveyor.backend.hdfs.Handles.text;
import static io.conveyor.backend.hdfs.Handles.write;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.conveyor.ConflictException;
import io.conveyor.ConveyorOpenOption;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Retry;
import io.conveyor.spi.ResumeToken;
import io.conveyor.spi.StorageHandle;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.nio.file.OpenOption;
import java.time.Duration;
import java.util.Arrays;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the namenode has carried out is known for that although its answer was lost. */
class HdfsLostAnswerTest {

    private final HdfsOptions options = HdfsCluster.shared().options().build();
    private BetweenCallsClient client;
    private HdfsBackend backend;
    private HdfsBackend theirs;

    @BeforeEach
    void openTheBackends() throws IOException {
        client = BetweenCallsClient.connect(options);
        backend = HdfsBackend.over(client, options);
        theirs = HdfsBackend.create(options);
    }

    @AfterEach
    void closeThem() throws IOException {
        backend.close();
        theirs.close();
        client.close();
    }

    private StorageHandle flushed(String content) throws IOException {
        StorageHandle handle = open(backend, "object", READ, WRITE, CREATE);
        write(handle, content, 0);
        handle.flush();
        return handle;
    }

    private StorageHandle draft(String content) throws IOException {
        StorageHandle handle = open(backend, "object", READ, WRITE, CREATE, ConveyorOpenOption.ATOMIC_REPLACE);
        write(handle, content, 0);
        return handle;
    }

    /** The file is completed, and the namenode is not there when it is asked what became of that. */
    private void loseTheNamenodeWhenTheFileIsCompleted() {
        client.afterNext("complete", () -> {
            client.breakOff("fsync");
            throw new SocketException("told to break");
        });
    }

    @Test
    void aDraftWhoseCompletionWasNotHeardOfIsCommitted() throws IOException {
        try (StorageHandle draft = draft("0123456789")) {
            client.loseTheAnswerTo("complete");
            draft.commit();
        }
        assertThat(text(theirs, "object")).isEqualTo("0123456789");
    }

    @Test
    void aDraftThatWasCompletedWhenTheNamenodeWentAwayIsCommittedAfterwards() throws IOException {
        try (StorageHandle draft = draft("0123456789")) {
            loseTheNamenodeWhenTheFileIsCompleted();
            assertThatThrownBy(draft::commit).isInstanceOf(StorageException.class);
            draft.commit();
        }
        assertThat(text(theirs, "object")).isEqualTo("0123456789");
    }

    @Test
    void aFileWhoseCompletionWasNotHeardOfIsCut() throws IOException {
        try (StorageHandle handle = flushed("0123456789")) {
            write(handle, "more", 10);
            client.loseTheAnswerTo("complete");
            handle.truncate(5);
            write(handle, " goes on", 5);
            handle.flush();
        }
        assertThat(text(theirs, "object")).isEqualTo("01234 goes on");
    }

    @Test
    void aFileWhoseCompletionWasNotHeardOfIsWrittenAnew() throws IOException {
        try (StorageHandle handle = flushed("0123456789")) {
            write(handle, "XY", 3);
            loseTheAnswerToTheSecondCompletion();
            handle.flush();
            write(handle, " goes on", 10);
            handle.flush();
        }
        assertThat(text(theirs, "object")).isEqualTo("012XY56789 goes on");
    }

    @Test
    void aFileThatWasCompletedWhenTheNamenodeWentAwayIsWrittenAnewAfterwards() throws IOException {
        try (StorageHandle handle = flushed("0123456789")) {
            write(handle, "XY", 3);
            client.afterNext("complete", this::loseTheNamenodeWhenTheFileIsCompleted);
            assertThatThrownBy(handle::flush).isInstanceOf(StorageException.class);
            handle.flush();
            write(handle, " goes on", 10);
            handle.flush();
        }
        assertThat(text(theirs, "object")).isEqualTo("012XY56789 goes on");
    }

    @Test
    void whoAppendsWhenACompletionWasNotHeardOfIsNotOverlooked() throws IOException {
        StorageHandle handle = flushed("0123456789");
        client.afterNext("complete", () -> {
            try (StorageHandle other = open(theirs, "object", WRITE)) {
                write(other, " theirs", 10);
            }
            throw new SocketException("told to break");
        });
        assertThatThrownBy(() -> handle.truncate(5)).isInstanceOf(ConflictException.class);
        assertThatThrownBy(() -> handle.truncate(5)).isInstanceOf(ConflictException.class);
        handle.abort();
        assertThat(text(theirs, "object")).isEqualTo("0123456789 theirs");
    }

    @Test
    void aFileWhoseOpeningAfterADeadWriterWasNotHeardOfIsOpenedAgain() throws IOException {
        StorageHandle dead = open(theirs, "object", WRITE, CREATE);
        write(dead, "0123456789", 0);
        dead.flush();
        ResumeToken token = dead.resumeToken().orElseThrow();
        client.loseTheAnswerTo("append");
        assertThatThrownBy(() -> open(backend, "object", WRITE, token)).isInstanceOf(StorageException.class);
        try (StorageHandle successor = open(backend, "object", WRITE, token)) {
            write(successor, " goes on", 10);
            successor.flush();
        }
        assertThat(text(theirs, "object")).isEqualTo("0123456789 goes on");
    }

    @Test
    void aDraftWhoseCreationWasNotHeardOfLeavesNothing() throws IOException {
        client.loseTheAnswerTo("create");
        assertThatThrownBy(() -> draft("lost")).isInstanceOf(StorageException.class);
        assertThat(temporaries()).isZero();
    }

    @Test
    void aDraftThatCannotBeLookedAtAfterItsCreationLeavesNothing() throws IOException {
        client.afterNext("create", () -> client.breakOff("getFileInfo"));
        assertThatThrownBy(() -> draft("lost")).isInstanceOf(StorageException.class);
        assertThat(temporaries()).isZero();
    }

    @Test
    void aDraftThatCouldNotBeDeletedEitherIsFoundByItsName() throws IOException {
        client.afterNext("create", () -> {
            client.breakOff("delete");
            throw new SocketException("told to break");
        });
        assertThatThrownBy(() -> draft("lost")).isInstanceOf(StorageException.class);
        open(backend, "other", WRITE, CREATE).close();
        assertThat(theirs.removeAbandoned(Duration.ZERO)).isEqualTo(1);
    }

    private long temporaries() throws IOException {
        FileStatus[] files = client.listStatus(new Path(options.baseDirectory()));
        return Arrays.stream(files)
                .filter(file -> HdfsPaths.isTemporary(file.getPath().getName()))
                .count();
    }

    @Test
    void aNewFileWhoseCreationWasNotHeardOfIsNotCreatedBlindlyAgain() throws IOException {
        client.loseTheAnswerTo("create");
        assertThat(retryOfOpening("object", WRITE, CREATE_NEW)).isEqualTo(Retry.OUTCOME_UNKNOWN);
        client.afterNext("create", () -> client.breakOff("getFileInfo"));
        assertThat(retryOfOpening("another", WRITE, CREATE_NEW)).isEqualTo(Retry.OUTCOME_UNKNOWN);
        open(backend, "object", WRITE).close();
        open(backend, "another", WRITE).close();
    }

    @Test
    void aNewFileIsNotCreatedBlindlyAgainWhenTheNamenodeWentAwayAfterItsCreation() throws IOException {
        client.afterNext(
                "create",
                () -> client.beforeNext("getFileInfo", () -> {
                    throw new ConnectException("told to refuse");
                }));
        assertThat(retryOfOpening("object", WRITE, CREATE_NEW)).isEqualTo(Retry.OUTCOME_UNKNOWN);
        open(backend, "object", WRITE).close();
    }

    @Test
    void aFileThatMayBeThereAlreadyIsOpenedAgainWhenItsCreationWasNotHeardOf() throws IOException {
        client.loseTheAnswerTo("create");
        assertThat(retryOfOpening("object", WRITE, CREATE)).isEqualTo(Retry.SAFE);
        open(backend, "object", WRITE, CREATE).close();
    }

    private Retry retryOfOpening(String key, OpenOption... how) {
        return catchThrowableOfType(StorageException.class, () -> open(backend, key, how))
                .retry();
    }

    /** The copy is completed before the file that it replaces. */
    private void loseTheAnswerToTheSecondCompletion() {
        client.afterNext("complete", () -> client.loseTheAnswerTo("complete"));
    }
}
