package io.conveyor.backend.hdfs;

import static io.conveyor.backend.hdfs.Handles.open;
import static io.conveyor.backend.hdfs.Handles.text;
import static io.conveyor.backend.hdfs.Handles.write;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.ConflictException;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.spi.StorageHandle;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
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
        client.beforeNextFlush(() -> {
            throw new IOException("told to fail");
        });
        assertThatThrownBy(handle::flush).hasMessageContaining("told to fail");
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

    private void loseTheAnswerOfTheRecovery(StorageHandle handle) throws IOException {
        client.afterNextRecovery(() -> {
            throw new SocketTimeoutException("told to be late");
        });
        assertThatThrownBy(handle::flush)
                .isInstanceOfSatisfying(
                        StorageException.class, e -> assertThat(e.kind()).isEqualTo(Kind.TIMEOUT));
        Path path = new Path(options.build().baseDirectory() + "/object");
        assertThat(Patience.until(Duration.ofSeconds(30), () -> client.isFileClosed(path)))
                .isTrue();
    }
}
