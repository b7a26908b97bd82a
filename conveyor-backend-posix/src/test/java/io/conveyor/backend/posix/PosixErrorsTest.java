package io.conveyor.backend.posix;

import static io.conveyor.ConveyorOpenOption.ATOMIC_REPLACE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.conveyor.ConflictException;
import io.conveyor.Extent;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.backend.posix.PosixErrors.Intent;
import io.conveyor.spi.StorageHandle;
import io.conveyor.testkit.Bytes;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the file system's refusals become. */
class PosixErrorsTest {

    private static final String TOO_LONG = "x".repeat(256);

    private static final List<Set<OpenOption>> MAKING = List.of(
            Set.of(WRITE, CREATE),
            Set.of(READ, WRITE, CREATE_NEW),
            Set.of(WRITE, CREATE, ATOMIC_REPLACE),
            Set.of(WRITE, CREATE_NEW, ATOMIC_REPLACE));

    private static final List<Set<OpenOption>> FINDING =
            List.of(Set.of(READ), Set.of(WRITE), Set.of(READ, WRITE), Set.of(WRITE, ATOMIC_REPLACE));

    @TempDir
    private Path root;

    private PosixBackend backend;
    private PosixErrors errors;

    @BeforeEach
    void build() throws Exception {
        root = root.toRealPath();
        backend = PosixBackend.builder().root(root).build();
        errors = new PosixErrors(root);
    }

    private KeyPath at(String key) {
        return KeyPath.of(root, key);
    }

    private static void assertKind(ThrowingCallable call, Kind kind, Retry retry) {
        assertThatThrownBy(call).isInstanceOfSatisfying(StorageException.class, e -> {
            assertThat(e.kind()).isEqualTo(kind);
            assertThat(e.retry()).isEqualTo(retry);
        });
    }

    /** Nothing that is made can be there; nothing that is there can be found. */
    private void assertCannotBeAnObject(String key) {
        for (Set<OpenOption> options : MAKING) {
            assertKind(() -> backend.open(key, options), Kind.UNSUPPORTED, Retry.NEVER);
        }
        for (Set<OpenOption> options : FINDING) {
            assertThatThrownBy(() -> backend.open(key, options))
                    .as("%s %s", key, options)
                    .isInstanceOf(NoSuchFileException.class);
        }
        assertThatThrownBy(() -> backend.attributes(key)).isInstanceOf(NoSuchFileException.class);
        try {
            assertThat(backend.delete(key)).isFalse();
        } catch (IOException e) {
            throw new AssertionError("delete of what cannot be there", e);
        }
    }

    @Nested
    class ByName {

        @Test
        void aMissingFileIsNoSuchFileAndNamesTheKey() {
            for (String key : List.of("key", "no/such/key")) {
                for (Set<OpenOption> options : FINDING) {
                    assertThatThrownBy(() -> backend.open(key, options))
                            .isInstanceOf(NoSuchFileException.class)
                            .hasMessage(key);
                }
            }
        }

        @Test
        void aNameThatIsTakenIsFileAlreadyExists() throws Exception {
            Files.createDirectory(root.resolve("a"));
            Files.writeString(root.resolve("a/key"), "x");

            for (Set<OpenOption> options :
                    List.<Set<OpenOption>>of(Set.of(WRITE, CREATE_NEW), Set.of(WRITE, CREATE_NEW, ATOMIC_REPLACE))) {
                assertThatThrownBy(() -> backend.open("a/key", options))
                        .isInstanceOf(FileAlreadyExistsException.class)
                        .hasMessage("a/key");
            }
        }

        @Test
        void aDirectoryIsNoObjectAndLeavesNoRoomForOne() throws Exception {
            Files.createDirectories(root.resolve("a/b"));

            assertCannotBeAnObject("a");
            assertCannotBeAnObject("a/b");
            assertThat(root.resolve("a/b")).isEmptyDirectory();
        }

        @Test
        void nothingLiesBelowAFile() throws Exception {
            Files.writeString(root.resolve("file"), "x");

            assertCannotBeAnObject("file/key");
            assertCannotBeAnObject("file/a/key");
            assertThat(root.resolve("file")).hasContent("x");
        }

        @Test
        void aNameThatIsTooLongCannotBeMadeAndIsNotThere() {
            assertCannotBeAnObject(TOO_LONG);
            assertCannotBeAnObject("\u00e4".repeat(128));
            assertCannotBeAnObject(TOO_LONG + "/key");
            assertThatThrownBy(() -> backend.open(TOO_LONG, Set.of(WRITE, CREATE)))
                    .hasMessageContaining("255 bytes");
        }

        @ParameterizedTest
        @ValueSource(booleans = {true, false})
        @org.junit.jupiter.api.Timeout(30)
        void aPipeIsNoObjectAndNobodyWaitsForItsOtherEnd(boolean descriptors) throws Exception {
            String failure = SmallFileSystem.run("mkfifo", root.resolve("pipe").toString());
            assumeTrue(failure.isEmpty(), failure);
            backend = PosixBackend.builder().root(root).descriptors(descriptors).build();

            assertCannotBeAnObject("pipe");
            assertCannotBeAnObject("pipe/key");
            assertThat(backend.list("")).isEmpty();
            assertThat(root.resolve("pipe")).exists();
        }

        @Test
        void aPermissionThatIsMissingIsAccessDenied() throws Exception {
            assumeFalse(System.getProperty("user.name").equals("root"), "the superuser is denied nothing");
            Files.createDirectory(root.resolve("closed"));
            Files.writeString(root.resolve("secret"), "x");
            Files.setPosixFilePermissions(root.resolve("closed"), PosixFilePermissions.fromString("r-xr-xr-x"));
            Files.setPosixFilePermissions(root.resolve("secret"), PosixFilePermissions.fromString("---------"));

            for (ThrowingCallable call : List.<ThrowingCallable>of(
                    () -> backend.open("closed/key", Set.of(WRITE, CREATE)),
                    () -> backend.open("closed/key", Set.of(WRITE, CREATE, ATOMIC_REPLACE)),
                    () -> backend.open("secret", Set.of(READ)),
                    () -> backend.open("secret", Set.of(WRITE)))) {
                assertThatThrownBy(call).isInstanceOf(AccessDeniedException.class);
            }
        }

        @Test
        void whatTheFileSystemDoesNotConfirmIsOfKindIo() {
            IOException translated = errors.onPath(
                    "open", at("key"), new FileSystemException("key", null, "No space left on device"), Intent.MAKE);

            assertThat(translated).isInstanceOfSatisfying(StorageException.class, e -> {
                assertThat(e.kind()).as("messages are not read").isEqualTo(Kind.IO);
                assertThat(e.retry()).isEqualTo(Retry.SAFE);
                assertThat(e.key()).contains("key");
            });
        }
    }

    @Nested
    class OnAnOpenFile {

        @Test
        void aFailureIsOfKindIoAndSafeToRepeatAndNamesTheRange() {
            IOException cause = new IOException("Input/output error");
            IOException translated = errors.onChannel("pwrite", at("key"), new Extent(5, 10), cause);

            assertThat(translated).hasCause(cause).isInstanceOfSatisfying(StorageException.class, e -> {
                assertThat(e.kind()).isEqualTo(Kind.IO);
                assertThat(e.retry()).isEqualTo(Retry.SAFE);
                assertThat(e.operation()).isEqualTo("pwrite");
                assertThat(e.extent()).contains(new Extent(5, 10));
            });
        }

        @Test
        void whatSpeaksForItselfIsNotTranslated() {
            for (IOException each : List.of(
                    new AsynchronousCloseException(),
                    new InterruptedIOException(),
                    new ConflictException("key", "x"),
                    new StorageException(Kind.CORRUPT, Retry.NEVER, "pread", null, null, "x", null))) {
                assertThat(errors.onChannel("pread", at("key"), null, each)).isSameAs(each);
                assertThat(errors.onPath("open", at("key"), each, Intent.MAKE)).isSameAs(each);
                assertThat(errors.onSync("sync", at("key"), each)).isSameAs(each);
            }
        }

        @Test
        void aReaderThatMustBeOpenedAgainAndIsGoneIsAConflict() throws Exception {
            Path file = Files.writeString(root.resolve("key"), "old");
            DirectoryTree tree = new DirectoryTree(
                    new PosixOptions(root, false, false, null, null, 1, 1, 1, 1, true, Durability.FSYNC));
            ObjectFile.Opened opened;
            try (Directory directory = tree.root()) {
                opened = ObjectFile.existing(tree, at("key"), directory, Set.of(READ));
            }
            opened.file().reopen(READ).close();
            Files.move(file, root.resolve("aside"));
            assertThatThrownBy(() -> opened.file().reopen(READ)).isInstanceOf(ConflictException.class);
            Files.writeString(file, "new");
            assertThatThrownBy(() -> opened.file().reopen(READ)).isInstanceOf(ConflictException.class);
            opened.channel().close();
        }

        @Test
        void aWriterReadsItsOwnFileAlthoughTheNameIsGone() throws Exception {
            try (StorageHandle handle = backend.open("key", Set.of(READ, WRITE, CREATE))) {
                handle.pwrite(UTF_8.encode("hello"), 0);
                Files.delete(root.resolve("key"));
                Files.writeString(root.resolve("key"), "foreign");

                ByteBuffer read = ByteBuffer.allocate(9);
                assertThat(handle.pread(read, 0)).isEqualTo(5);
                assertThat(UTF_8.decode(read.flip()).toString()).isEqualTo("hello");
                assertThat(handle.pread(read.clear(), 5)).isEqualTo(-1);
            }
        }
    }

    @Nested
    class OnASmallFileSystem {

        private static final int SIZE = 64 << 10;
        private static final int PAGE = 4 << 10;

        @Test
        void aFullDiskIsNoSpaceAtWhateverByteAndTheRestFitsWhenThereIsRoomAgain() throws Exception {
            try (SmallFileSystem disk = SmallFileSystem.mount(root, SIZE)) {
                assertThat(disk).isNotNull();
                for (int taken = 0; taken <= SIZE; taken += PAGE) {
                    Path filler = Files.write(root.resolve("filler"), new byte[taken]);
                    byte[] content = Bytes.at(0, SIZE, 1 + taken / PAGE);
                    try (StorageHandle handle = backend.open("key", Set.of(READ, WRITE, CREATE))) {
                        writeUntilFull(handle, ByteBuffer.wrap(content), taken);
                        Files.delete(filler);
                        ByteBuffer all = ByteBuffer.wrap(content);
                        while (all.hasRemaining()) {
                            handle.pwrite(all, all.position());
                        }
                        handle.sync();
                    }
                    assertThat(root.resolve("key")).hasBinaryContent(content);
                    Files.delete(root.resolve("key"));
                }
            }
        }

        private void writeUntilFull(StorageHandle handle, ByteBuffer source, int taken) {
            assertThatThrownBy(() -> {
                        // One page more than fits, if nothing is taken.
                        while (source.hasRemaining()) {
                            handle.pwrite(source, source.position());
                        }
                        handle.pwrite(ByteBuffer.allocate(PAGE), SIZE);
                    })
                    .isInstanceOfSatisfying(StorageException.class, e -> {
                        assertThat(e.kind()).isEqualTo(Kind.NO_SPACE);
                        assertThat(e.retry()).isEqualTo(Retry.NEVER);
                        long offset = e.extent().orElseThrow().offset();
                        assertThat(offset).isEqualTo(SIZE - taken);
                    });
        }

        @Test
        void aReadThatFailsOnAFullDiskIsNotForWantOfSpace() throws Exception {
            try (SmallFileSystem disk = SmallFileSystem.mount(root, SIZE)) {
                assertThat(disk).isNotNull();
                Files.write(root.resolve("filler"), new byte[SIZE]);
                IOException failure = new IOException("Input/output error");

                for (IOException translated : List.of(
                        errors.onChannel("pread", at("key"), new Extent(0, 1), failure),
                        errors.onPath("open", at("key"), new FileSystemException("key"), Intent.FIND))) {
                    assertThat(translated)
                            .isInstanceOfSatisfying(
                                    StorageException.class,
                                    e -> assertThat(e.kind()).isEqualTo(Kind.IO));
                }
                assertThat(errors.onChannel("pwrite", at("key"), new Extent(0, 1), failure))
                        .isInstanceOfSatisfying(
                                StorageException.class,
                                e -> assertThat(e.kind()).isEqualTo(Kind.NO_SPACE));
            }
        }

        @Test
        void aReadOnlyFileSystemIsAccessDenied() throws Exception {
            try (SmallFileSystem disk = SmallFileSystem.mount(root, SIZE)) {
                Files.writeString(root.resolve("key"), "x");
                disk.makeReadOnly();

                for (ThrowingCallable call : List.<ThrowingCallable>of(
                        () -> backend.open("key", Set.of(WRITE)),
                        () -> backend.open("new", Set.of(WRITE, CREATE)),
                        () -> backend.open("a/new", Set.of(WRITE, CREATE)),
                        () -> backend.open("key", Set.of(WRITE, ATOMIC_REPLACE)),
                        () -> backend.delete("key"))) {
                    assertThatThrownBy(call)
                            .isInstanceOf(AccessDeniedException.class)
                            .hasMessageContaining("read-only");
                }
                assertThat(backend.attributes("key").size()).isEqualTo(1);
                assertKind(backend::ping, Kind.UNAVAILABLE, Retry.SAFE);
            }
        }

        @Test
        void directoriesAreMadeOnAFileSystemMountedBelowTheRoot() throws Exception {
            Path below = Files.createDirectory(root.resolve("volume"));
            try (SmallFileSystem disk = SmallFileSystem.mount(below, SIZE)) {
                assertThat(disk).isNotNull();
                for (Set<OpenOption> options : MAKING) {
                    String key = "volume/a" + options.size() + "/" + options.hashCode();
                    try (StorageHandle handle = backend.open(key, options)) {
                        handle.pwrite(UTF_8.encode("x"), 0);
                        handle.commit();
                    }
                    assertThat(root.resolve(key)).hasContent("x");
                }
                assertThat(root)
                        .isDirectoryNotContaining(path ->
                                ReservedNames.isReserved(path.getFileName().toString()));
            }
        }
    }
}
