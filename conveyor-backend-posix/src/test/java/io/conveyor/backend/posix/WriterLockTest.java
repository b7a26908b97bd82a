package io.conveyor.backend.posix;

import static io.conveyor.ConveyorOpenOption.ATOMIC_REPLACE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.ConflictException;
import io.conveyor.spi.StorageHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With the file lock on, one writer at a time has an object, in whatever process. */
class WriterLockTest {

    @TempDir
    private Path root;

    private PosixBackend backend;

    @BeforeEach
    void build() throws Exception {
        backend = PosixBackend.builder().root(root).fileLock(true).build();
    }

    /** Opens the object for writing in a process of its own. */
    static final class Holder {

        private Holder() {}

        @SuppressWarnings("SystemOut") // how it talks to the test
        public static void main(String[] arguments) throws Exception {
            PosixBackend backend = PosixBackend.builder()
                    .root(Path.of(arguments[0]))
                    .fileLock(true)
                    .build();
            try (StorageHandle handle = backend.open("dir/key", Set.of(WRITE, CREATE))) {
                System.out.println("locked");
                OtherProcess.awaitOrder();
                handle.flush();
            } catch (ConflictException e) {
                System.out.println("conflict");
            }
        }
    }

    private OtherProcess holder() throws IOException {
        return OtherProcess.start("", Holder.class, root.toString());
    }

    @Test
    void whereCaseIsIgnoredTwoSpellingsOfOneKeyHaveOneLock() throws Exception {
        PosixBackend one = PosixBackend.builder()
                .root(root)
                .fileLock(true)
                .ignoreCase(true)
                .build();
        PosixBackend other = PosixBackend.builder()
                .root(root)
                .fileLock(true)
                .ignoreCase(true)
                .build();
        try (StorageHandle held = one.open("Key", Set.of(WRITE, CREATE))) {
            assertThatThrownBy(() -> other.open("kEY", Set.of(WRITE, CREATE))).isInstanceOf(ConflictException.class);
            held.flush();
        }
        other.open("kEY", Set.of(WRITE, CREATE)).close();
    }

    @Test
    void aSecondWriterOfThisProcessIsAConflict() throws Exception {
        PosixBackend sibling = PosixBackend.builder().root(root).fileLock(true).build();
        try (StorageHandle first = backend.open("key", Set.of(WRITE, CREATE))) {
            for (PosixBackend each : List.of(backend, sibling)) {
                assertThatThrownBy(() -> each.open("key", Set.of(WRITE, CREATE, TRUNCATE_EXISTING)))
                        .isInstanceOfSatisfying(
                                ConflictException.class,
                                e -> assertThat(e.key()).isEqualTo("key"));
            }
            sibling.open("another", Set.of(WRITE, CREATE)).close();
            first.flush();
        }
        sibling.open("key", Set.of(WRITE)).close();
    }

    @Test
    void oneDirectoryByTwoPathsIsOneLock() throws Exception {
        Files.createDirectory(root.resolve("dir"));
        PosixBackend below =
                PosixBackend.builder().root(root.resolve("dir")).fileLock(true).build();
        try (StorageHandle handle = backend.open("dir/key", Set.of(WRITE, CREATE))) {
            assertThatThrownBy(() -> below.open("key", Set.of(WRITE))).isInstanceOf(ConflictException.class);
            handle.flush();
        }
    }

    @Test
    void aWriterOfAnotherProcessIsAConflictAndNothingIsChanged() throws Exception {
        Files.createDirectory(root.resolve("dir"));
        Files.writeString(root.resolve("dir/key"), "kept");
        try (OtherProcess other = holder()) {
            assertThat(other.word()).isEqualTo("locked");

            for (var option : List.of(TRUNCATE_EXISTING, ATOMIC_REPLACE)) {
                assertThatThrownBy(() -> backend.open("dir/key", Set.of(WRITE, option)))
                        .isInstanceOf(ConflictException.class);
            }
            assertThat(root.resolve("dir/key")).hasContent("kept");
            try (StorageHandle reader = backend.open("dir/key", Set.of(READ))) {
                assertThat(reader.pread(ByteBuffer.allocate(9), 0)).isEqualTo(4);
            }
        }
    }

    @Test
    void aProcessThatWasKilledHoldsNoLock() throws Exception {
        try (OtherProcess other = holder()) {
            assertThat(other.word()).isEqualTo("locked");
            other.kill();

            backend.open("dir/key", Set.of(WRITE)).close();
        }
    }

    @Test
    void theLockOutlivesReadersRefusedWritersAndDraftsOfThisProcess() throws Exception {
        try (StorageHandle writer = backend.open("dir/key", Set.of(READ, WRITE, CREATE))) {
            writer.pwrite(UTF_8.encode("hello"), 0);
            assertThat(writer.pread(ByteBuffer.allocate(9), 0)).isEqualTo(5);
            backend.open("dir/key", Set.of(READ)).close();
            assertThatThrownBy(() -> backend.open("dir/key", Set.of(WRITE))).isInstanceOf(ConflictException.class);
            assertThatThrownBy(() -> backend.open("dir/key", Set.of(WRITE, ATOMIC_REPLACE)))
                    .isInstanceOf(ConflictException.class);

            try (OtherProcess other = holder()) {
                assertThat(other.word()).isEqualTo("conflict");
            }
        }
        try (OtherProcess other = holder()) {
            assertThat(other.word()).isEqualTo("locked");
            other.goOn();
        }
    }

    @Test
    void aLockThatSomebodyElseInThisProcessHoldsIsAConflict() throws Exception {
        backend.open("key", Set.of(WRITE, CREATE)).close();
        try (FileChannel foreign = FileChannel.open(lockFile(), WRITE)) {
            assertThat(foreign.tryLock()).isNotNull();

            assertThatThrownBy(() -> backend.open("key", Set.of(WRITE))).isInstanceOf(ConflictException.class);
        }
        backend.open("key", Set.of(WRITE)).close();
    }

    /** As one does that has this class from another class loader. */
    @Test
    void aRefusedWriterTakesNoLockFromSomebodyElseInThisProcess() throws Exception {
        backend.open("dir/key", Set.of(WRITE, CREATE)).close();
        try (FileChannel foreign = FileChannel.open(lockFile(root.resolve("dir")), WRITE)) {
            assertThat(foreign.tryLock()).isNotNull();
            for (int i = 0; i < 3; i++) {
                assertThatThrownBy(() -> backend.open("dir/key", Set.of(WRITE))).isInstanceOf(ConflictException.class);
            }

            try (OtherProcess other = holder()) {
                assertThat(other.word()).isEqualTo("conflict");
            }
        }
        try (OtherProcess other = holder()) {
            assertThat(other.word()).isEqualTo("locked");
            assertThatThrownBy(() -> backend.open("dir/key", Set.of(WRITE))).isInstanceOf(ConflictException.class);
        }
        backend.open("dir/key", Set.of(WRITE)).close();
        try (OtherProcess other = holder()) {
            assertThat(other.word()).isEqualTo("locked");
        }
    }

    @Test
    void aWriterThatWasRefusedLocksTheLockFileThatIsThereByThen() throws Exception {
        backend.open("dir/key", Set.of(WRITE, CREATE)).close();
        Path lockFile = lockFile(root.resolve("dir"));
        try (FileChannel foreign = FileChannel.open(lockFile, WRITE)) {
            assertThat(foreign.tryLock()).isNotNull();
            assertThatThrownBy(() -> backend.open("dir/key", Set.of(WRITE))).isInstanceOf(ConflictException.class);
        }
        Files.delete(lockFile);

        try (StorageHandle handle = backend.open("dir/key", Set.of(WRITE));
                OtherProcess other = holder()) {
            assertThat(other.word()).isEqualTo("conflict");
            handle.flush();
        }
    }

    @Test
    void lockFilesAreTheOwnersAloneAndEmpty() throws Exception {
        backend.open("key", Set.of(WRITE, CREATE)).close();

        assertThat(lockFile()).isEmptyFile();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(lockFile())))
                .isEqualTo("rw-------");
    }

    private Path lockFile() throws IOException {
        return lockFile(root);
    }

    private static Path lockFile(Path directory) throws IOException {
        try (Stream<Path> found = Files.list(directory)) {
            return found.filter(path -> path.toString().endsWith(".lock"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    @Test
    void anObjectThatIsMissingLeavesNoLockFile() {
        assertThatThrownBy(() -> backend.open("key", Set.of(WRITE))).isInstanceOf(NoSuchFileException.class);

        assertThat(root).isEmptyDirectory();
    }

    @Test
    void theLongestNameHasALockToo() throws Exception {
        String longest = "n".repeat(255);
        try (StorageHandle handle = backend.open(longest, Set.of(WRITE, CREATE))) {
            assertThatThrownBy(() -> backend.open(longest, Set.of(WRITE))).isInstanceOf(ConflictException.class);
            handle.flush();
        }
    }
}
