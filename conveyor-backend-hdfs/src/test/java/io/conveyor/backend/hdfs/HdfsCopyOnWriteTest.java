package io.conveyor.backend.hdfs;

import static io.conveyor.backend.hdfs.Handles.load;
import static io.conveyor.backend.hdfs.Handles.open;
import static io.conveyor.backend.hdfs.Handles.text;
import static io.conveyor.backend.hdfs.Handles.write;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.ConflictException;
import io.conveyor.ConveyorOpenOption;
import io.conveyor.ObjectAttributes;
import io.conveyor.backend.hdfs.StepProbe.Step;
import io.conveyor.spi.StorageHandle;
import io.conveyor.testkit.Bytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.permission.AclEntry;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.hdfs.DistributedFileSystem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Changes in the middle of a file, which write it anew. */
class HdfsCopyOnWriteTest {

    private static final int OLD = 3;

    private final HdfsCluster cluster = HdfsCluster.shared();
    private final HdfsOptions options = cluster.options().build();
    private final HdfsBackend backend = HdfsBackend.create(options);

    @AfterEach
    void closeTheBackend() throws IOException {
        backend.close();
    }

    private Path path(String key) {
        return new Path(options.baseDirectory() + "/" + key);
    }

    private void store(String key, byte[] content) throws IOException {
        try (StorageHandle handle = open(backend, key, WRITE, CREATE)) {
            write(handle, content, 0);
            handle.flush();
        }
    }

    @Test
    void aChangeInTheMiddleOfALargeFileKeepsAllItsAttributes() throws IOException {
        int size = 256 << 20;
        DistributedFileSystem client = backend.context().client();
        HdfsBackend single = HdfsBackend.create(cluster.options()
                .baseDirectory(options.baseDirectory())
                .replication(1)
                .blockSize(64L << 20)
                .build());
        ByteBuffer chunk = ByteBuffer.allocate(1 << 20);
        try (StorageHandle handle = open(single, "large", WRITE, CREATE)) {
            for (long offset = 0; offset < size; offset += chunk.capacity()) {
                handle.pwrite(
                        chunk.clear()
                                .put(Bytes.at(offset, chunk.capacity(), OLD))
                                .flip(),
                        offset);
            }
            handle.flush();
        }
        Path path = path("large");
        client.setStoragePolicy(path, "WARM");
        client.setXAttr(path, "user.color", Bytes.of("blue"));
        client.setPermission(path, new FsPermission((short) 0640));
        client.setAcl(path, AclEntry.parseAclSpec("user::rw-,user:guest:r--,group::r--,mask::r--,other::---", true));
        client.setOwner(path, "somebody", "some-group");
        FileStatus before = client.getFileStatus(path);

        try (StorageHandle handle = open(backend, "large", READ, WRITE)) {
            write(handle, Bytes.at(0, 100, 4), size / 2);
            handle.flush();
        }

        FileStatus after = client.getFileStatus(path);
        assertThat(HdfsContext.fileId(after)).isNotEqualTo(HdfsContext.fileId(before));
        assertThat(after.getOwner()).isEqualTo("somebody");
        assertThat(after.getGroup()).isEqualTo("some-group");
        assertThat(after.getPermission()).isEqualTo(before.getPermission());
        assertThat(after.getReplication()).isEqualTo((short) 1);
        assertThat(after.getBlockSize()).isEqualTo(64L << 20);
        assertThat(client.getStoragePolicy(path).getName()).isEqualTo("WARM");
        assertThat(client.getXAttr(path, "user.color")).isEqualTo(Bytes.of("blue"));
        assertThat(client.getAclStatus(path).getEntries()).contains(AclEntry.parseAclEntry("user:guest:r--", true));
        assertContent(size, size / 2);
        backend.delete("large");
        single.close();
    }

    private void assertContent(int size, long changed) throws IOException {
        try (StorageHandle handle = open(backend, "large", READ)) {
            ByteBuffer chunk = ByteBuffer.allocate(1 << 20);
            for (long offset = 0; offset < size; offset += chunk.capacity()) {
                byte[] expected = Bytes.at(offset, chunk.capacity(), OLD);
                if (offset == changed) {
                    System.arraycopy(Bytes.at(0, 100, 4), 0, expected, 0, 100);
                }
                chunk.clear();
                while (chunk.hasRemaining() && handle.pread(chunk, offset + chunk.position()) > 0) {
                    // until it is full
                }
                assertThat(Bytes.difference(expected, Bytes.remaining(chunk.flip()), offset))
                        .isEmpty();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Step.class)
    void aProcessThatDiesAfterAnyStepLeavesTheOldContentOrTheNew(Step step) throws Exception {
        byte[] old = Bytes.at(0, 50_000, OLD);
        store("object", old);
        try (ChildProcess child = ChildProcess.start(
                DoomedWriter.class,
                options.uri().toString(),
                options.baseDirectory(),
                "object",
                step.name(),
                "20000")) {
            assertThat(child.exitCode()).isEqualTo(137);
        }

        try (StorageHandle successor = open(backend, "object", READ, WRITE, HdfsOpenOption.TAKE_OVER_LEASE)) {
            byte[] expected = old.clone();
            if (step == Step.RENAMED) {
                System.arraycopy(Bytes.at(0, 100, DoomedWriter.TAG), 0, expected, 20_000, 100);
            }
            assertThat(Bytes.difference(expected, load(successor), 0)).isEmpty();
            write(successor, "goes on", 50_000);
            successor.flush();
        }
        try (Stream<ObjectAttributes> listing = backend.list("")) {
            assertThat(listing.map(ObjectAttributes::key)).containsExactly("object");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Step.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"RENAMED"})
    void aFailureBeforeTheRenameKeepsWhatIsStagedForTheNextFlush(Step step) throws IOException {
        boolean[] failing = {true};
        HdfsBackend failer = new HdfsBackend(options, null, reached -> {
            if (failing[0] && reached == step) {
                throw new IOException("told to fail after " + step);
            }
        });
        store("object", Bytes.of("0123456789"));
        try (StorageHandle handle = open(failer, "object", READ, WRITE)) {
            write(handle, "XY", 3);
            assertThatThrownBy(handle::flush).hasMessageContaining("told to fail after " + step);
            assertThat(new String(load(handle), StandardCharsets.UTF_8)).isEqualTo("012XY56789");
            assertThat(text(backend, "object")).isEqualTo("0123456789");
            assertThat(failer.removeAbandoned(Duration.ZERO)).as("temporaries").isZero();
            failing[0] = false;
            handle.flush();
        }
        failer.close();
        assertThat(text(backend, "object")).isEqualTo("012XY56789");
    }

    @Test
    void aWriterThatComesBetweenCompletionAndCheckIsAConflict() throws IOException {
        HdfsBackend theirs = HdfsBackend.create(options);
        HdfsBackend ours = new HdfsBackend(options, null, step -> {
            if (step == Step.COMPLETED) {
                try (StorageHandle handle = open(theirs, "object", WRITE)) {
                    write(handle, "theirs", 10);
                    handle.flush();
                }
            }
        });
        store("object", Bytes.of("0123456789"));
        try (StorageHandle handle = open(ours, "object", READ, WRITE)) {
            write(handle, "XY", 3);
            assertThatThrownBy(handle::flush).isInstanceOf(ConflictException.class);
        }
        assertThat(text(backend, "object")).isEqualTo("0123456789theirs");
        ours.close();
        theirs.close();
    }

    @Test
    void readersOfTheSameBackendSeeTheNewContent() throws IOException {
        store("object", Bytes.of("0123456789"));
        try (StorageHandle reader = open(backend, "object", READ);
                StorageHandle writer = open(backend, "object", READ, WRITE)) {
            assertThat(load(reader)).isEqualTo(Bytes.of("0123456789"));
            write(writer, "XY", 3);
            writer.flush();
            ByteBuffer dst = ByteBuffer.allocate(10);
            reader.pread(dst, 0);
            assertThat(dst.array()).isEqualTo(Bytes.of("012XY56789"));
        }
    }

    @Test
    void moreThanTheStagingHoldsIsWrittenAnewInBetween() throws IOException {
        HdfsBackend small = HdfsBackend.create(cluster.options()
                .baseDirectory(options.baseDirectory())
                .stagingBytes(64 << 10)
                .build());
        byte[] expected = Bytes.at(0, 400_000, OLD);
        store("object", expected);
        try (StorageHandle handle = open(small, "object", READ, WRITE)) {
            for (int offset = 390_000; offset >= 0; offset -= 30_000) {
                write(handle, Bytes.at(offset, 10_000, 4), offset);
                System.arraycopy(Bytes.at(offset, 10_000, 4), 0, expected, offset, 10_000);
            }
            write(handle, Bytes.at(100_000, 200_000, 6), 100_000);
            System.arraycopy(Bytes.at(100_000, 200_000, 6), 0, expected, 100_000, 200_000);
            assertThat(Bytes.difference(expected, load(handle), 0)).isEmpty();
            handle.flush();
        }
        assertThat(small.stats().copyOnWrites()).isGreaterThan(2);
        small.close();
        assertThat(Bytes.difference(expected, load(backend, "object"), 0)).isEmpty();
    }

    @Test
    void aDraftTakesTheAttributesOfWhatItReplaces() throws IOException {
        DistributedFileSystem client = backend.context().client();
        store("object", Bytes.of("old"));
        client.setPermission(path("object"), new FsPermission((short) 0604));
        client.setXAttr(path("object"), "user.color", Bytes.of("blue"));
        try (StorageHandle draft = open(backend, "object", WRITE, ConveyorOpenOption.ATOMIC_REPLACE)) {
            write(draft, "new", 0);
            draft.commit();
        }
        assertThat(text(backend, "object")).isEqualTo("new");
        assertThat(client.getFileStatus(path("object")).getPermission()).isEqualTo(new FsPermission((short) 0604));
        assertThat(client.getXAttr(path("object"), "user.color")).isEqualTo(Bytes.of("blue"));
    }

    @Test
    void aDraftThatReplacesAFileIsItsWritersOwnUntilItIsCommitted() throws IOException {
        DistributedFileSystem client = backend.context().client();
        store("object", Bytes.of("old"));
        client.setPermission(path("object"), new FsPermission((short) 0640));
        try (StorageHandle draft = open(backend, "object", READ, WRITE, ConveyorOpenOption.ATOMIC_REPLACE)) {
            write(draft, "new", 0);
            draft.flush();
            assertThat(load(draft)).isEqualTo(Bytes.of("new"));
            assertThat(client.listStatus(new Path(options.baseDirectory())))
                    .filteredOn(file -> HdfsPaths.isTemporary(file.getPath().getName()))
                    .extracting(FileStatus::getPermission)
                    .containsExactly(new FsPermission((short) 0600));
            draft.commit();
        }
        assertThat(client.getFileStatus(path("object")).getPermission()).isEqualTo(new FsPermission((short) 0640));
    }

    @Test
    void aDraftIsReadWhileItTakesItsPlace() throws IOException {
        store("object", Bytes.of("old"));
        StorageHandle[] draft = new StorageHandle[1];
        ByteBuffer seen = ByteBuffer.allocate(3);
        HdfsBackend ours = new HdfsBackend(options, null, reached -> {
            if (reached == Step.RENAMED) {
                draft[0].pread(seen, 0);
            }
        });
        draft[0] = open(ours, "object", READ, WRITE, ConveyorOpenOption.ATOMIC_REPLACE);
        write(draft[0], "new", 0);
        draft[0].commit();
        assertThat(seen.array()).isEqualTo(Bytes.of("new"));
        assertThat(load(draft[0])).isEqualTo(Bytes.of("new"));
        draft[0].close();
        ours.close();
    }

    @Test
    void aDraftReplacesAFileThatNobodyMayWriteTo() throws IOException {
        HdfsBackend alices = openReadOnlyObject(StepProbe.NONE);
        try (StorageHandle draft = open(alices, "object", WRITE, ConveyorOpenOption.ATOMIC_REPLACE)) {
            write(draft, "new", 0);
            draft.commit();
        }
        assertThatTheReadOnlyObjectIsNew();
        alices.close();
    }

    @Test
    void aDraftThatHasTheAttributesOfAFileThatNobodyMayWriteToIsCommittedAgain() throws IOException {
        boolean[] failing = {true};
        HdfsBackend alices = openReadOnlyObject(reached -> {
            if (failing[0] && reached == Step.CHECKED) {
                failing[0] = false;
                throw new IOException("told to fail");
            }
        });
        try (StorageHandle draft = open(alices, "object", WRITE, ConveyorOpenOption.ATOMIC_REPLACE)) {
            write(draft, "new", 0);
            assertThatThrownBy(draft::commit).hasMessageContaining("told to fail");
            draft.commit();
        }
        assertThatTheReadOnlyObjectIsNew();
        alices.close();
    }

    /** A backend of somebody who is not the superuser, with an object that she may read only. */
    private HdfsBackend openReadOnlyObject(StepProbe probe) throws IOException {
        DistributedFileSystem client = backend.context().client();
        store("object", Bytes.of("old"));
        client.setXAttr(path("object"), "user.color", Bytes.of("blue"));
        client.setPermission(path("object"), new FsPermission((short) 0444));
        client.setOwner(path("object"), "alice", null);
        client.setOwner(new Path(options.baseDirectory()), "alice", null);
        return new HdfsBackend(
                cluster.options()
                        .baseDirectory(options.baseDirectory())
                        .user("alice")
                        .build(),
                null,
                probe);
    }

    private void assertThatTheReadOnlyObjectIsNew() throws IOException {
        DistributedFileSystem client = backend.context().client();
        assertThat(text(backend, "object")).isEqualTo("new");
        assertThat(client.getFileStatus(path("object")).getPermission()).isEqualTo(new FsPermission((short) 0444));
        assertThat(client.getXAttr(path("object"), "user.color")).isEqualTo(Bytes.of("blue"));
    }

    @Test
    void aDraftOfAFileThatIsDeletedMeanwhileIsLikeANewFile() throws IOException {
        DistributedFileSystem client = backend.context().client();
        store("new", Bytes.of("new"));
        store("object", Bytes.of("old"));
        try (StorageHandle draft = open(backend, "object", WRITE, CREATE, ConveyorOpenOption.ATOMIC_REPLACE)) {
            write(draft, "new", 0);
            backend.delete("object");
            draft.commit();
        }
        assertThat(client.getFileStatus(path("object")).getPermission())
                .isEqualTo(client.getFileStatus(path("new")).getPermission());
    }

    @Test
    void aDraftDoesNotReplaceAFileThatSomebodyIsWriting() throws IOException {
        HdfsBackend theirs = HdfsBackend.create(options);
        store("object", Bytes.of("old"));
        try (StorageHandle draft = open(backend, "object", WRITE, ConveyorOpenOption.ATOMIC_REPLACE);
                StorageHandle writer = open(theirs, "object", WRITE)) {
            write(draft, "new", 0);
            assertThatThrownBy(draft::commit).isInstanceOf(ConflictException.class);
            write(writer, " and more", 3);
            writer.flush();
            writer.close();
            assertThat(text(theirs, "object")).isEqualTo("old and more");
            draft.commit();
        }
        assertThat(text(theirs, "object")).isEqualTo("new");
        theirs.close();
    }

    @Test
    void temporariesThatACrashLeftAreFoundAndRemoved() throws Exception {
        store("dir/object", Bytes.at(0, 50_000, OLD));
        try (ChildProcess child = ChildProcess.start(
                DoomedWriter.class,
                options.uri().toString(),
                options.baseDirectory(),
                "dir/object",
                Step.SYNCED.name(),
                "20000")) {
            assertThat(child.exitCode()).isEqualTo(137);
        }
        List<String> found;
        try (Stream<ObjectAttributes> abandoned = backend.abandoned(Duration.ZERO)) {
            found = abandoned.map(ObjectAttributes::key).toList();
        }
        assertThat(found).singleElement().asString().startsWith("dir/.conveyor-copy-");
        try (Stream<ObjectAttributes> young = backend.abandoned(Duration.ofHours(1))) {
            assertThat(young).isEmpty();
        }
        assertThat(backend.removeAbandoned(Duration.ZERO)).isEqualTo(1);
        assertThat(backend.removeAbandoned(Duration.ZERO)).isZero();
        assertThat(load(backend, "dir/object")).hasSize(50_000);
    }

    @Test
    void aDraftInUseIsNotTakenForAnAbandonedOne() throws IOException {
        try (StorageHandle draft = open(backend, "object", WRITE, CREATE, ConveyorOpenOption.ATOMIC_REPLACE)) {
            write(draft, "new", 0);
            draft.flush();
            assertThat(backend.removeAbandoned(Duration.ZERO)).isZero();
            draft.commit();
        }
        assertThat(text(backend, "object")).isEqualTo("new");
    }
}
