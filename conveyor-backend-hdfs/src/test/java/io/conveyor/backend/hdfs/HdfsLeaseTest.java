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
import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.Whence;
import io.conveyor.WriteBehindException;
import io.conveyor.core.Conveyors;
import io.conveyor.spi.StorageHandle;
import io.conveyor.testkit.Bytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may write: the lease, its loss, and what a dead writer leaves. */
class HdfsLeaseTest {

    private final HdfsCluster cluster = HdfsCluster.shared();
    private final HdfsOptions.Builder options = cluster.options();
    private HdfsBackend ours;
    private HdfsBackend theirs;

    @BeforeEach
    void openTwoBackends() {
        ours = HdfsBackend.create(options.build());
        theirs = HdfsBackend.create(options.build());
    }

    @AfterEach
    void closeThem() throws IOException {
        ours.close();
        theirs.close();
    }

    @Test
    void aSecondWriterIsAConflictThatNamesTheHolder() throws IOException {
        try (StorageHandle first = open(ours, "object", WRITE, CREATE)) {
            String holder = ours.context().client().getClient().getClientName();
            assertThatThrownBy(() -> open(theirs, "object", WRITE))
                    .isInstanceOf(ConflictException.class)
                    .hasMessageContaining(holder);
            assertThatThrownBy(() -> open(ours, "object", WRITE)).isInstanceOf(ConflictException.class);
            write(first, "undisturbed", 0);
            first.flush();
        }
        assertThat(text(theirs, "object")).isEqualTo("undisturbed");
        open(theirs, "object", WRITE).close();
    }

    @Test
    void aNewFileIsRefusedWhereSomebodyIsWritingOne() throws IOException {
        try (StorageHandle first = open(ours, "object", WRITE, CREATE)) {
            assertThatThrownBy(() -> open(theirs, "object", WRITE, CREATE_NEW))
                    .isInstanceOf(FileAlreadyExistsException.class);
            write(first, "undisturbed", 0);
            first.flush();
        }
        assertThatThrownBy(() -> open(theirs, "object", WRITE, CREATE_NEW))
                .isInstanceOf(FileAlreadyExistsException.class);
        assertThat(text(theirs, "object")).isEqualTo("undisturbed");
    }

    @Test
    void anOpenWaitsForTheLeaseAsLongAsItWasTold() throws Exception {
        HdfsBackend patient =
                HdfsBackend.create(options.leaseWait(Duration.ofSeconds(30)).build());
        StorageHandle first = open(ours, "object", WRITE, CREATE);
        write(first, "first", 0);
        Thread closer = new Thread(() -> {
            try {
                first.close();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        closer.start();
        try (StorageHandle second = open(patient, "object", WRITE)) {
            write(second, " second", 5);
            second.flush();
        }
        closer.join();
        patient.close();
        assertThat(text(theirs, "object")).isEqualTo("first second");
    }

    private HdfsBackend successorsBackend(boolean sameClient) {
        return sameClient ? ours : theirs;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aWriterWhoseLeaseWasTakenAwayFailsAndWritesNothingMore(boolean bySameClient) throws IOException {
        StorageHandle fenced = open(ours, "object", READ, WRITE, CREATE);
        write(fenced, "flushed", 0);
        fenced.flush();
        write(fenced, "LOST", 7);
        HdfsBackend backend = successorsBackend(bySameClient);
        try (StorageHandle successor = open(backend, "object", WRITE, HdfsOpenOption.TAKE_OVER_LEASE)) {
            long end = successor.lseek(0, Whence.END);
            assertThat(end).isEqualTo(7);
            write(successor, " and theirs", end);
            successor.flush();
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(fenced::flush).isInstanceOf(ConflictException.class);
                assertThatThrownBy(() -> write(fenced, "more", 11)).isInstanceOf(ConflictException.class);
            }
            fenced.abort();
            write(successor, ", still", end + 11);
            successor.flush();
        }
        assertThat(text(theirs, "object")).isEqualTo("flushed and theirs, still");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anIdleWriterWhoseLeaseWasTakenAwayLeavesItToItsSuccessorWhenItIsClosed(boolean bySameClient)
            throws IOException {
        StorageHandle idle = open(ours, "object", READ, WRITE, CREATE);
        write(idle, "flushed", 0);
        idle.flush();
        HdfsBackend backend = successorsBackend(bySameClient);
        try (StorageHandle successor = open(backend, "object", WRITE, HdfsOpenOption.TAKE_OVER_LEASE)) {
            write(successor, " and theirs", 7);
            successor.flush();
            idle.close();
            write(successor, ", still", 18);
            successor.flush();
        }
        assertThat(text(theirs, "object")).isEqualTo("flushed and theirs, still");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aWriterThatHasWrittenNothingLeavesTheLeaseToItsSuccessorWhenItIsClosed(boolean bySameClient)
            throws IOException {
        StorageHandle empty = open(ours, "object", READ, WRITE, CREATE);
        HdfsBackend backend = successorsBackend(bySameClient);
        try (StorageHandle successor = open(backend, "object", WRITE, HdfsOpenOption.TAKE_OVER_LEASE)) {
            empty.close();
            write(successor, "theirs", 0);
            successor.flush();
        }
        assertThat(text(theirs, "object")).isEqualTo("theirs");
    }

    @Test
    void aConveyorWhoseLeaseWasTakenAwayFailsAndKeepsItsBytes() throws IOException {
        try (ConveyorFactory factory = Conveyors.builder(ours).build()) {
            Conveyor fenced = factory.open("object", READ, WRITE, CREATE);
            fenced.write(ByteBuffer.wrap(Bytes.of("flushed")));
            fenced.flush();
            try (StorageHandle successor = open(theirs, "object", WRITE, HdfsOpenOption.TAKE_OVER_LEASE)) {
                write(successor, " and theirs", 7);
                successor.flush();
                fenced.write(ByteBuffer.wrap(Bytes.of(" KEPT")));
                assertThatThrownBy(fenced::flush).isInstanceOf(ConflictException.class);
                assertThatThrownBy(fenced::flush)
                        .isInstanceOf(WriteBehindException.class)
                        .hasCauseInstanceOf(ConflictException.class);
                ByteBuffer kept = ByteBuffer.allocate(5);
                fenced.read(kept, 7);
                assertThat(kept.array()).isEqualTo(Bytes.of(" KEPT"));
                fenced.abort();
            }
        }
        assertThat(text(theirs, "object")).isEqualTo("flushed and theirs");
    }

    @Test
    void aWriterWhoseFileWasReplacedFails() throws IOException {
        StorageHandle replaced = open(ours, "object", READ, WRITE, CREATE);
        write(replaced, "ours", 0);
        replaced.flush();
        theirs.delete("object");
        try (StorageHandle handle = open(theirs, "object", WRITE, CREATE)) {
            write(handle, "theirs", 0);
            handle.flush();
        }
        write(replaced, "more", 4);
        assertThatThrownBy(replaced::sync).isInstanceOf(ConflictException.class);
        replaced.abort();
        assertThat(text(theirs, "object")).isEqualTo("theirs");
    }

    @Test
    void aCopyOnWriteDoesNotMergeWithWhatAnotherWriterAppended() throws IOException {
        StorageHandle fenced = open(ours, "object", READ, WRITE, CREATE);
        write(fenced, "0123456789", 0);
        fenced.flush();
        write(fenced, "XX", 3);
        try (StorageHandle successor = open(theirs, "object", WRITE, HdfsOpenOption.TAKE_OVER_LEASE)) {
            write(successor, "theirs", 10);
            successor.flush();
            assertThatThrownBy(fenced::flush).isInstanceOf(ConflictException.class);
        }
        fenced.abort();
        assertThat(text(theirs, "object")).isEqualTo("0123456789theirs");
        assertThat(theirs.removeAbandoned(Duration.ZERO)).isZero();
    }

    @Test
    void whatAKilledProcessHadSyncedIsThereForItsSuccessor() throws Exception {
        HdfsOptions here = options.build();
        long synced = 0;
        try (ChildProcess child = ChildProcess.start(
                DoomedWriter.class, here.uri().toString(), here.baseDirectory(), "object", "append")) {
            // more than one block, so that finished ones are among them
            while (synced < 2L * HdfsCluster.BLOCK_BYTES) {
                synced = Long.parseLong(child.nextLine().substring("synced ".length()));
            }
            child.kill();
        }
        assertThatThrownBy(() -> open(ours, "object", WRITE)).isInstanceOf(ConflictException.class);
        try (StorageHandle successor = open(ours, "object", READ, WRITE, HdfsOpenOption.TAKE_OVER_LEASE)) {
            byte[] content = load(successor);
            assertThat(content.length).isGreaterThanOrEqualTo((int) synced);
            assertThat(Bytes.difference(Bytes.at(0, content.length, DoomedWriter.TAG), content, 0))
                    .isEmpty();
            write(successor, "goes on", content.length);
            successor.flush();
            assertThat(ours.attributes("object").size()).isEqualTo(content.length + 7L);
        }
        assertThat(ours.stats().leaseRecoveries()).isPositive();
    }
}
