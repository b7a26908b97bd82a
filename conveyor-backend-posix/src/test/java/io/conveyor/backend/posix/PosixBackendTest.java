package io.conveyor.backend.posix;

import static io.conveyor.ConveyorOpenOption.ATOMIC_REPLACE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.conveyor.ObjectAttributes;
import io.conveyor.StorageException;
import io.conveyor.Whence;
import io.conveyor.spi.ResumeToken;
import io.conveyor.spi.StorageCapabilities.FlushEffect;
import io.conveyor.spi.StorageCapabilities.SyncEffect;
import io.conveyor.spi.StorageHandle;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is the posix backend's own, beyond the contract that all backends share. */
class PosixBackendTest {

    @TempDir
    private Path root;

    private PosixBackend backend;

    @BeforeEach
    void build() throws Exception {
        backend = PosixBackend.builder().root(root).build();
    }

    @Test
    void bytesLieInTheFileThatTheKeyNames() throws Exception {
        try (StorageHandle handle = backend.open("a/b/c.txt", Set.of(WRITE, CREATE))) {
            handle.pwrite(UTF_8.encode("hello"), 0);
        }

        assertThat(root.resolve("a/b/c.txt")).hasContent("hello");
    }

    @Test
    void aWriteIsVisibleToOthersBeforeAnyFlush() throws Exception {
        try (StorageHandle handle = backend.open("key", Set.of(WRITE, CREATE))) {
            handle.pwrite(UTF_8.encode("hello"), 0);

            assertThat(root.resolve("key")).hasContent("hello");
            assertThat(backend.capabilities().flushEffect()).isEqualTo(FlushEffect.NONE);
            assertThat(backend.capabilities().syncEffect()).isEqualTo(SyncEffect.FSYNC);
        }
    }

    @Test
    void aHandleReadsWhatItWrote() throws Exception {
        try (StorageHandle handle = backend.open("key", Set.of(READ, WRITE, CREATE_NEW))) {
            handle.pwrite(UTF_8.encode("hello"), 3);
            ByteBuffer read = ByteBuffer.allocate(10);

            assertThat(handle.pread(read, 0)).isEqualTo(8);
            assertThat(read.array()).startsWith(0, 0, 0, 'h', 'e', 'l', 'l', 'o');
            assertThat(handle.pread(read, 8)).isEqualTo(-1);
        }
    }

    @Test
    void buffersOnTheHeapOfSeveralSlicesTravelWhole() throws Exception {
        byte[] bytes = new byte[3 * ReopeningChannel.SLICE_BYTES + 17];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (i * 31 + i / 251);
        }
        try (StorageHandle handle = backend.open("key", Set.of(READ, WRITE, CREATE))) {
            ByteBuffer source = ByteBuffer.wrap(bytes, 0, bytes.length);
            assertThat(handle.pwrite(source, 5)).isEqualTo(bytes.length);
            assertThat(source.hasRemaining()).isFalse();

            ByteBuffer target = ByteBuffer.allocate(bytes.length + 10);
            assertThat(handle.pread(target, 5)).isEqualTo(bytes.length);
            assertThat(target.limit()).isEqualTo(bytes.length + 10);
            assertThat(target.flip()).isEqualTo(ByteBuffer.wrap(bytes));
        }
    }

    @Test
    void lseekAnswersEndAndKnowsNoHoles() throws Exception {
        try (StorageHandle handle = backend.open("key", Set.of(WRITE, CREATE))) {
            handle.pwrite(UTF_8.encode("x"), 99_999);

            assertThat(handle.lseek(0, Whence.END)).isEqualTo(100_000);
            assertThat(handle.lseek(-5, Whence.END)).isEqualTo(99_995);
            assertThat(handle.lseek(7, Whence.DATA)).isEqualTo(7);
            assertThat(handle.lseek(7, Whence.HOLE)).isEqualTo(100_000);
            assertThat(handle.lseek(100_000, Whence.DATA)).isEqualTo(-1);
            assertThat(handle.lseek(100_000, Whence.HOLE)).isEqualTo(-1);
            assertThat(handle.lseek(100_001, Whence.HOLE)).isEqualTo(-1);
            assertThatIllegalArgumentException().isThrownBy(() -> handle.lseek(-1, Whence.DATA));
            assertThatIllegalArgumentException().isThrownBy(() -> handle.lseek(0, Whence.CUR));
        }
    }

    @Test
    void aWriteThatWouldEndBeyondTheLargestOffsetIsRefused() throws Exception {
        try (StorageHandle handle = backend.open("key", Set.of(WRITE, CREATE))) {
            assertThatThrownBy(() -> handle.pwrite(UTF_8.encode("hello"), Long.MAX_VALUE - 3))
                    .isInstanceOfSatisfying(
                            StorageException.class,
                            e -> assertThat(e.kind()).isEqualTo(StorageException.Kind.TOO_LARGE));
        }
    }

    @Test
    void aHandleDoesOnlyWhatItWasOpenedFor() throws Exception {
        try (StorageHandle writing = backend.open("key", Set.of(WRITE, CREATE));
                StorageHandle reading = backend.open("key", Set.of(READ))) {
            assertThatThrownBy(() -> writing.pread(ByteBuffer.allocate(1), 0))
                    .isInstanceOf(NonReadableChannelException.class);
            assertThatThrownBy(() -> reading.pwrite(ByteBuffer.allocate(1), 0))
                    .isInstanceOf(NonWritableChannelException.class);
            assertThatThrownBy(() -> reading.truncate(0)).isInstanceOf(NonWritableChannelException.class);
            reading.sync();
        }
    }

    @Test
    void nothingWorksAfterCloseButClose() throws Exception {
        StorageHandle handle = backend.open("key", Set.of(READ, WRITE, CREATE));
        handle.close();
        handle.close();
        handle.abort();

        assertThatThrownBy(() -> handle.pread(ByteBuffer.allocate(1), 0)).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> handle.pwrite(ByteBuffer.allocate(1), 0)).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> handle.lseek(0, Whence.END)).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> handle.truncate(0)).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(handle::flush).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(handle::sync).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(handle::commit).isInstanceOf(ClosedChannelException.class);
    }

    @Test
    void truncateExistingEmptiesTheFile() throws Exception {
        Files.writeString(root.resolve("key"), "old");

        backend.open("key", Set.of(WRITE, TRUNCATE_EXISTING)).close();

        assertThat(root.resolve("key")).isEmptyFile();
    }

    @Test
    void optionsThatAreNotKnownAreRefused() {
        assertThatThrownBy(() -> backend.open("key", Set.of(WRITE, APPEND)))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("APPEND");
        assertThatThrownBy(() -> backend.open("key", Set.of(WRITE, ResumeToken.of(new byte[1]))))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThatIllegalArgumentException().isThrownBy(() -> backend.open("key", Set.of(CREATE)));
        assertThatIllegalArgumentException().isThrownBy(() -> backend.open("key", Set.of(READ, ATOMIC_REPLACE)));
    }

    @Test
    void readingCreatesNothing() {
        assertThatThrownBy(() -> backend.open("key", Set.of(READ, CREATE))).isInstanceOf(NoSuchFileException.class);
        assertThat(root).isEmptyDirectory();
    }

    @Test
    void keysWithReservedNamesAreInvalid() {
        assertThatThrownBy(() -> backend.open("a/.conveyor-x/b", Set.of(WRITE, CREATE)))
                .isInstanceOf(InvalidPathException.class)
                .hasMessageContaining(".conveyor-");
        assertThatThrownBy(() -> backend.attributes(".Conveyor-x")).isInstanceOf(InvalidPathException.class);
        assertThat(root).isEmptyDirectory();
    }

    @Test
    void newFilesHaveThePermissionsOfAnyNewFile() throws Exception {
        Path ordinary = Files.createFile(root.resolve("ordinary"));

        backend.open("key", Set.of(WRITE, CREATE)).close();

        assertThat(Files.getPosixFilePermissions(root.resolve("key")))
                .isEqualTo(Files.getPosixFilePermissions(ordinary));
    }

    @Test
    void aRootThatIsMadeAndWhatIsMadeAboveItHaveThePermissionsOfDirectories() throws Exception {
        Set<PosixFilePermission> own = Files.getPosixFilePermissions(root);
        PosixBackend.builder()
                .root(root.resolve("a/../a/b"))
                .directoryPermissions(PosixFilePermissions.fromString("rwxrwx-wx"))
                .build();

        assertThat(permissions("a")).isEqualTo("rwxrwx-wx");
        assertThat(permissions("a/b")).isEqualTo("rwxrwx-wx");
        assertThat(Files.getPosixFilePermissions(root)).as("what was there").isEqualTo(own);
    }

    @Test
    void permissionsThatAreSetHoldWhateverTheUmask() throws Exception {
        PosixBackend open = PosixBackend.builder()
                .root(root)
                .permissions(PosixFilePermissions.fromString("rw-rw-rw-"))
                .directoryPermissions(PosixFilePermissions.fromString("rwxrwx-wx"))
                .build();

        open.open("a/b/key", Set.of(WRITE, CREATE)).close();

        assertThat(permissions("a/b/key")).isEqualTo("rw-rw-rw-");
        assertThat(permissions("a/b")).isEqualTo("rwxrwx-wx");
        assertThat(permissions("a")).isEqualTo("rwxrwx-wx");
    }

    private String permissions(String key) throws Exception {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(root.resolve(key)));
    }

    @Test
    void deleteRemovesFilesAndNeverDirectories() throws Exception {
        Files.createDirectories(root.resolve("a/b"));
        Files.writeString(root.resolve("a/b/key"), "x");

        assertThat(backend.delete("a")).isFalse();
        assertThat(backend.delete("a/b")).isFalse();
        assertThat(backend.delete("a/b/key")).isTrue();
        assertThat(backend.delete("a/b/key")).isFalse();
        assertThat(backend.delete("a/b/key/below")).isFalse();
        assertThat(backend.delete("no/such")).isFalse();
        assertThat(root.resolve("a/b")).isEmptyDirectory();
    }

    @Test
    void attributesAreThoseOfFilesOnly() throws Exception {
        Files.createDirectories(root.resolve("a/b"));
        Files.writeString(root.resolve("a/key"), "12345");

        ObjectAttributes attributes = backend.attributes("a/key");

        assertThat(attributes.key()).isEqualTo("a/key");
        assertThat(attributes.size()).isEqualTo(5);
        assertThat(attributes.lastModified())
                .isEqualTo(Files.getLastModifiedTime(root.resolve("a/key")).toInstant());
        assertThatThrownBy(() -> backend.attributes("a/b")).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> backend.attributes("a/key/below")).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> backend.attributes("a/none")).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> backend.attributes("none/none")).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void listsByStringPrefixThroughAllDirectories() throws Exception {
        for (String key : new String[] {"a", "ab/c", "ab/d/e", "abc", "b/a"}) {
            backend.open(key, Set.of(WRITE, CREATE)).close();
        }

        assertThat(keys("")).containsExactlyInAnyOrder("a", "ab/c", "ab/d/e", "abc", "b/a");
        assertThat(keys("a")).containsExactlyInAnyOrder("a", "ab/c", "ab/d/e", "abc");
        assertThat(keys("ab")).containsExactlyInAnyOrder("ab/c", "ab/d/e", "abc");
        assertThat(keys("ab/")).containsExactlyInAnyOrder("ab/c", "ab/d/e");
        assertThat(keys("ab/d")).containsExactly("ab/d/e");
        assertThat(keys("ab/d/e")).containsExactly("ab/d/e");
        assertThat(keys("a/")).isEmpty();
        assertThat(keys("x")).isEmpty();
        assertThat(keys("x/y")).isEmpty();
        assertThat(keys("/")).isEmpty();
        assertThat(keys("../")).isEmpty();
        assertThat(keys("ab//")).isEmpty();
        assertThat(keys("ab/../")).isEmpty();
    }

    private Set<String> keys(String prefix) throws Exception {
        try (Stream<ObjectAttributes> listed = backend.list(prefix)) {
            return Set.copyOf(listed.map(ObjectAttributes::key).toList());
        }
    }

    @Test
    void listsShowNoDraftsAndNoLocks() throws Exception {
        PosixBackend locking = PosixBackend.builder().root(root).fileLock(true).build();
        try (StorageHandle draft = locking.open("key", Set.of(WRITE, CREATE, ATOMIC_REPLACE))) {
            assertThat(keys("")).isEmpty();
            assertThat(keys(".conveyor")).isEmpty();
            draft.commit();
        }
        assertThat(keys("")).containsExactly("key");
    }

    @Test
    void aListThatIsClosedHalfwayReleasesItsDirectories() throws Exception {
        for (int i = 0; i < 10; i++) {
            backend.open("a/b/" + i, Set.of(WRITE, CREATE)).close();
        }
        for (int i = 0; i < 2_000; i++) {
            try (Stream<ObjectAttributes> listed = backend.list("a")) {
                assertThat(listed.findFirst()).isPresent();
            }
        }
        Path descriptors = Path.of("/proc/self/fd");
        if (Files.isDirectory(descriptors)) {
            try (Stream<Path> open = Files.list(descriptors)) {
                assertThat(open.count()).isLessThan(1_000);
            }
        }
    }

    @Test
    void aDirectoryThatCannotBeListedIsSaidWhileTheListIsConsumed() throws Exception {
        assumeFalse(System.getProperty("user.name").equals("root"), "the superuser is denied nothing");
        Path closed = Files.createDirectory(root.resolve("closed"));
        Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("---------"));
        try (Stream<ObjectAttributes> listed = backend.list("")) {
            assertThatThrownBy(listed::toList)
                    .isInstanceOf(UncheckedIOException.class)
                    .hasCauseInstanceOf(AccessDeniedException.class);
        }
    }

    @Test
    void namesThatNoKeyCanHaveAreNotListed() throws Exception {
        String segment = "s".repeat(250);
        Path deep = Files.createDirectories(root.resolve(segment + "/" + segment + "/" + segment + "/" + segment));
        Files.createFile(deep.resolve("s".repeat(20)));
        Files.createFile(deep.resolve("s".repeat(21)));

        assertThat(keys("")).singleElement().satisfies(key -> assertThat(key).hasSize(1024));
    }

    @Test
    void canonicalKeyIgnoresCaseWhereToldTo() throws Exception {
        PosixBackend ignoring =
                PosixBackend.builder().root(root).ignoreCase(true).build();

        assertThat(backend.canonicalKey("A/b")).isEqualTo("A/b");
        assertThat(ignoring.canonicalKey("A/b")).isEqualTo(ignoring.canonicalKey("a/B"));
    }

    @Test
    void theRootIsMadeAtTheBeginningAndNeverAgain() throws Exception {
        Path missing = root.resolve("x/y");
        PosixBackend made = PosixBackend.builder().root(missing).build();
        made.ping();
        Files.delete(missing);

        for (var call : new org.assertj.core.api.ThrowableAssert.ThrowingCallable[] {
            made::ping,
            () -> made.attributes("key"),
            () -> made.delete("key"),
            () -> made.list(""),
            () -> made.open("key", Set.of(READ)),
            () -> made.open("a/key", Set.of(WRITE, CREATE))
        }) {
            assertThatThrownBy(call)
                    .isInstanceOfSatisfying(
                            StorageException.class,
                            e -> assertThat(e.kind()).isEqualTo(StorageException.Kind.UNAVAILABLE))
                    .hasMessageContaining(made.root().toString());
        }
        assertThat(missing).doesNotExist();
    }

    @Test
    void aRootThatIsNoDirectoryOrIsMissingIsRefused() throws Exception {
        Path file = Files.createFile(root.resolve("file"));

        assertThatThrownBy(() -> PosixBackend.builder().root(file).build()).isInstanceOf(NotDirectoryException.class);
        assertThatThrownBy(() -> PosixBackend.builder()
                        .root(root.resolve("none"))
                        .createRoot(false)
                        .build())
                .isInstanceOf(NoSuchFileException.class);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PosixBackend.builder().build())
                .withMessageContaining("root");
    }

    @Test
    void theRootMayBeReachedThroughALink() throws Exception {
        Path real = Files.createDirectory(root.resolve("real"));
        Path link = Files.createSymbolicLink(root.resolve("link"), real);

        PosixBackend linked = PosixBackend.builder().root(link).build();
        linked.open("key", Set.of(WRITE, CREATE)).close();

        assertThat(real.resolve("key")).exists();
    }
}
