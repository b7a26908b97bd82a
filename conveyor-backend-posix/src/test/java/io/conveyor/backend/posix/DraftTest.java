package io.conveyor.backend.posix;

import static io.conveyor.ConveyorOpenOption.ATOMIC_REPLACE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.ConflictException;
import io.conveyor.StorageException;
import io.conveyor.spi.StorageHandle;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How a draft becomes an object here, and what it leaves behind. */
class DraftTest {

    @TempDir
    private Path root;

    private PosixBackend backend;

    @BeforeEach
    void build() throws Exception {
        backend = PosixBackend.builder().root(root).build();
    }

    private StorageHandle draft(String key) throws IOException {
        return backend.open(key, Set.of(READ, WRITE, CREATE, ATOMIC_REPLACE));
    }

    private List<Path> temporaries() throws IOException {
        try (Stream<Path> found = Files.walk(root)) {
            return found.filter(
                            path -> ReservedNames.isReserved(path.getFileName().toString()))
                    .toList();
        }
    }

    private static String permissions(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    @Test
    void liesBesideTheObjectForTheOwnersEyesOnly() throws Exception {
        try (StorageHandle draft = draft("dir/key")) {
            draft.pwrite(UTF_8.encode("hello"), 0);

            assertThat(temporaries()).hasSize(1);
            assertThat(temporaries().get(0)).hasParent(root.resolve("dir")).hasContent("hello");
            assertThat(permissions(temporaries().get(0))).isEqualTo("rw-------");
        }
        assertThat(temporaries()).isEmpty();
    }

    @Test
    void takesOverThePermissionsOfWhatItReplaces() throws Exception {
        Path file = Files.writeString(root.resolve("key"), "old");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r---w-"));

        try (StorageHandle draft = draft("key")) {
            draft.commit();
        }

        assertThat(permissions(file)).isEqualTo("rw-r---w-");
        assertThat(file).isEmptyFile();
    }

    @Test
    void aNewObjectHasThePermissionsOfAnyNewFile() throws Exception {
        Path ordinary = Files.createFile(root.resolve("ordinary"));

        try (StorageHandle draft = draft("key")) {
            draft.commit();
        }

        assertThat(permissions(root.resolve("key"))).isEqualTo(permissions(ordinary));
        assertThat(temporaries()).isEmpty();
    }

    @Test
    void aNewObjectHasThePermissionsThatAreSet() throws Exception {
        backend = PosixBackend.builder()
                .root(root)
                .permissions(PosixFilePermissions.fromString("rw-rw-rw-"))
                .build();

        try (StorageHandle draft = draft("key")) {
            draft.commit();
        }

        assertThat(permissions(root.resolve("key"))).isEqualTo("rw-rw-rw-");
    }

    @Test
    void isReadAndWrittenOnAfterTheCommit() throws Exception {
        try (StorageHandle draft = draft("key")) {
            draft.pwrite(UTF_8.encode("hello"), 0);
            draft.commit();
            draft.pwrite(UTF_8.encode("J"), 0);
            draft.commit();

            assertThat(draft.pread(ByteBuffer.allocate(9), 0)).isEqualTo(5);
        }
        assertThat(root.resolve("key")).hasContent("Jello");
    }

    @Test
    void readersOfTheOldFileKeepIt() throws Exception {
        Files.writeString(root.resolve("key"), "old");
        try (StorageHandle reader = backend.open("key", Set.of(READ));
                StorageHandle draft = draft("key")) {
            draft.pwrite(UTF_8.encode("fresh"), 0);
            draft.commit();

            ByteBuffer read = ByteBuffer.allocate(9);
            assertThat(reader.pread(read, 0)).isEqualTo(3);
            assertThat(read.array()).startsWith('o', 'l', 'd');
        }
    }

    @Test
    void aNewObjectIsNotPublishedOverOneThatAppearedMeanwhile() throws Exception {
        try (StorageHandle draft = backend.open("key", Set.of(WRITE, CREATE_NEW, ATOMIC_REPLACE))) {
            Files.writeString(root.resolve("key"), "theirs");

            assertThatThrownBy(draft::commit)
                    .isInstanceOf(ConflictException.class)
                    .hasCauseInstanceOf(FileAlreadyExistsException.class);
        }
        assertThat(root.resolve("key")).hasContent("theirs");
        assertThat(temporaries()).isEmpty();
    }

    @Test
    void aNewObjectIsPublishedOnFileSystemsWithoutHardLinks() throws Exception {
        try (Directory directory = withoutLinks(tree().root())) {
            Path ours = Path.of(ReservedNames.temporary());
            published(directory, ours, "key").publishAsNew(directory);
            assertThat(root.resolve("key")).hasContent("draft of key");

            Path second = Path.of(ReservedNames.temporary());
            Draft late = published(directory, second, "key");
            assertThatThrownBy(() -> late.publishAsNew(directory)).isInstanceOf(ConflictException.class);
            assertThat(root.resolve("key")).hasContent("draft of key");
        }
    }

    private DirectoryTree tree() {
        return new DirectoryTree(new PosixOptions(root, false, false, null, null, 1, 1, 1, 1, true, Durability.FSYNC));
    }

    private Draft published(Directory directory, Path temporary, String key) throws IOException {
        OpenMode mode = OpenMode.of(Set.of(WRITE, CREATE_NEW, ATOMIC_REPLACE));
        KeyPath at = KeyPath.of(root, key);
        ObjectFile.Opened opened = ObjectFile.created(tree(), at, directory, temporary, mode, PosixOptions.PRIVATE);
        opened.channel().write(UTF_8.encode("draft of " + key));
        opened.channel().close();
        return new Draft(tree(), at, opened.file(), mode, null, new HashSet<>());
    }

    private static Directory withoutLinks(Directory real) {
        return (Directory) Proxy.newProxyInstance(
                Directory.class.getClassLoader(), new Class<?>[] {Directory.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("link")) {
                        throw new UnsupportedOperationException("no hard links here");
                    }
                    try {
                        return method.invoke(real, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Test
    void withoutCreateAnObjectThatIsGoneAtTheCommitIsAConflict() throws Exception {
        Files.writeString(root.resolve("key"), "old");
        try (StorageHandle draft = backend.open("key", Set.of(WRITE, ATOMIC_REPLACE))) {
            Files.delete(root.resolve("key"));

            assertThatThrownBy(draft::commit).isInstanceOf(ConflictException.class);
        }
        assertThat(root).isEmptyDirectory();
    }

    @Test
    void aDraftThatSomebodyRemovedIsAConflictAndTheObjectStays() throws Exception {
        Files.writeString(root.resolve("key"), "old");
        try (StorageHandle draft = draft("key")) {
            draft.pwrite(UTF_8.encode("new"), 0);
            Files.delete(temporaries().get(0));

            assertThat(draft.pread(ByteBuffer.allocate(9), 0)).isEqualTo(3);
            assertThatThrownBy(draft::commit).isInstanceOf(ConflictException.class);
        }
        assertThat(root.resolve("key")).hasContent("old");
    }

    @Test
    void aDraftThatSomebodyExchangedIsNotPublished() throws Exception {
        try (StorageHandle draft = draft("key")) {
            Path temporary = temporaries().get(0);
            Files.move(temporary, root.resolve("aside"));
            Files.writeString(temporary, "foreign");

            assertThatThrownBy(draft::commit).isInstanceOf(ConflictException.class);
        }
        assertThat(root.resolve("key")).doesNotExist();
    }

    @Test
    void aDirectoryThatCameInTheWayIsNotReplaced() throws Exception {
        try (StorageHandle draft = draft("key")) {
            Files.createDirectory(root.resolve("key"));

            assertThatThrownBy(draft::commit)
                    .isInstanceOfSatisfying(
                            StorageException.class,
                            e -> assertThat(e.kind()).isEqualTo(StorageException.Kind.UNSUPPORTED));
        }
        assertThat(root.resolve("key")).isEmptyDirectory();
    }

    @Test
    void nothingIsPublishedAfterAnAbort() throws Exception {
        StorageHandle draft = draft("key");
        draft.abort();

        assertThatThrownBy(draft::commit).isInstanceOf(ClosedChannelException.class);
        assertThat(root).isEmptyDirectory();
    }

    @Test
    void abandonedDraftsAreRemovedByAgeAndLiveOnesStay() throws Exception {
        try (StorageHandle live = draft("a/b/key")) {
            Path temporary = temporaries().get(0);
            Path old = Files.createFile(root.resolve("a/b").resolve(ReservedNames.temporary()));
            Path young = Files.createFile(root.resolve("a").resolve(ReservedNames.temporary()));
            Path directory = Files.createDirectory(root.resolve(ReservedNames.temporary()));
            Path users = Files.createFile(root.resolve("a/b/users.tmp"));
            Path lock = Files.createFile(root.resolve(ReservedNames.lockOf("key")));
            FileTime threeHoursAgo = FileTime.from(Instant.now().minus(Duration.ofHours(3)));
            for (Path path : List.of(old, directory, users, lock, temporary)) {
                Files.setLastModifiedTime(path, threeHoursAgo);
            }

            assertThat(backend.removeAbandonedDrafts(Duration.ofHours(2))).isEqualTo(1);
            assertThat(List.of(old, directory)).noneMatch(Files::exists);
            assertThat(List.of(young, users, lock, temporary)).allMatch(Files::exists);

            assertThat(backend.removeAbandonedDrafts(Duration.ofHours(-1))).isEqualTo(1);
            assertThat(young).doesNotExist();
            live.commit();
        }
        assertThat(root.resolve("a/b/key")).exists();
    }
}
