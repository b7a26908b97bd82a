package io.conveyor.backend.posix;

import static io.conveyor.ConveyorOpenOption.ATOMIC_REPLACE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.StorageException;
import io.conveyor.spi.StorageHandle;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is made durable, when, and in which order. */
class DurabilityTest {

    @TempDir
    private Path root;

    private final List<String> forced = new ArrayList<>();
    private String failing = "nothing";
    private PosixBackend backend;

    @BeforeEach
    void build() throws Exception {
        backend = PosixBackend.builder().root(root).durability(this::force).build();
    }

    private void force(FileChannel channel, boolean metadata, Path path) throws IOException {
        String name = root.toRealPath().relativize(path).toString();
        forced.add((name.isEmpty() ? "root" : name) + (metadata ? "" : " (data)"));
        if ((name.isEmpty() ? "root" : name).equals(failing)) {
            throw new IOException("Input/output error");
        }
        channel.force(metadata);
    }

    private List<String> forced() {
        List<String> copy = List.copyOf(forced);
        forced.clear();
        return copy;
    }

    @Test
    void theFirstSyncReachesTheFileAndEveryDirectoryAboveIt() throws Exception {
        try (StorageHandle handle = backend.open("a/b/key", Set.of(WRITE, CREATE))) {
            handle.pwrite(UTF_8.encode("x"), 0);
            handle.flush();
            assertThat(forced()).isEmpty();

            handle.sync();
            assertThat(forced()).containsExactly("a/b/key", "root", "a", "a/b");

            handle.sync();
            assertThat(forced()).containsExactly("a/b/key (data)");
        }
    }

    @Test
    void aRootThatIsMadeIsDurableInTheDirectoriesAboveIt() throws Exception {
        Files.createDirectory(root.resolve("there"));
        PosixBackend.Builder builder =
                PosixBackend.builder().root(root.resolve("there/a/../a/b")).durability(this::force);
        builder.build();
        assertThat(forced()).containsExactly("there", "there/a");
        builder.build();
        assertThat(forced()).isEmpty();
    }

    @Test
    void aRootThatCannotBeMadeDurableIsAFailure() {
        failing = "root";
        PosixBackend.Builder builder =
                PosixBackend.builder().root(root.resolve("made")).durability(this::force);
        assertThatThrownBy(builder::build).isInstanceOf(IOException.class).hasMessageContaining("Input/output error");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void directoriesAreReallyMadeDurable(boolean descriptors) throws Exception {
        backend = PosixBackend.builder().root(root).descriptors(descriptors).build();
        try (StorageHandle handle = backend.open("a/b/key", Set.of(WRITE, CREATE))) {
            handle.sync();
        }
        assertThat(root.resolve("a/b/key")).exists();
    }

    /** Whoever made the file may have died before its name was durable. */
    @Test
    void aFileThatWasThereIsNoException() throws Exception {
        Files.createDirectory(root.resolve("a"));
        Files.writeString(root.resolve("a/key"), "x");
        try (StorageHandle handle = backend.open("a/key", Set.of(WRITE))) {
            handle.sync();
        }
        assertThat(forced()).containsExactly("a/key", "root", "a");
    }

    @Test
    void aReaderHasNothingToMakeDurable() throws Exception {
        Files.writeString(root.resolve("key"), "x");
        try (StorageHandle handle = backend.open("key", Set.of(READ))) {
            handle.sync();
        }
        assertThat(forced()).isEmpty();
    }

    @Test
    void aCommitMakesTheBytesDurableBeforeTheNameAndThenTheDirectories() throws Exception {
        Files.writeString(root.resolve("key"), "old");
        List<String> contentWhenForced = new ArrayList<>();
        backend = PosixBackend.builder()
                .root(root)
                .durability((channel, metadata, path) -> {
                    contentWhenForced.add(Files.readString(root.resolve("key")));
                    force(channel, metadata, path);
                })
                .build();
        try (StorageHandle draft = backend.open("key", Set.of(WRITE, ATOMIC_REPLACE))) {
            draft.pwrite(UTF_8.encode("new"), 0);
            draft.sync();
            assertThat(forced()).containsExactly("key");

            draft.commit();
            assertThat(forced()).containsExactly("key", "root");
        }
        assertThat(contentWhenForced).containsExactly("old", "old", "new");
    }

    @Test
    void aCommitOfANewObjectReachesEveryDirectoryAboveIt() throws Exception {
        try (StorageHandle draft = backend.open("a/b/key", Set.of(WRITE, CREATE_NEW, ATOMIC_REPLACE))) {
            draft.commit();
        }
        assertThat(forced()).containsExactly("a/b/key", "root", "a", "a/b");
    }

    @Test
    void aSyncThatFailedIsNotToBeRepeated() throws Exception {
        try (StorageHandle handle = backend.open("a/key", Set.of(WRITE, CREATE))) {
            failing = "a/key";

            assertThatThrownBy(handle::sync).isInstanceOfSatisfying(StorageException.class, e -> {
                assertThat(e.kind()).isEqualTo(StorageException.Kind.IO);
                assertThat(e.retry()).isEqualTo(StorageException.Retry.NEVER);
                assertThat(e.operation()).isEqualTo("sync");
                assertThat(e.key()).contains("a/key");
            });
            assertThat(forced()).containsExactly("a/key");
        }
    }

    @Test
    void directoriesThatFailedAreMadeDurableByTheNextSync() throws Exception {
        try (StorageHandle handle = backend.open("a/key", Set.of(WRITE, CREATE))) {
            failing = "a";
            assertThatThrownBy(handle::sync).isInstanceOf(StorageException.class);
            failing = "nothing";
            forced.clear();

            handle.sync();
            assertThat(forced()).containsExactly("a/key", "root", "a");
        }
    }

    @Test
    void aDraftWhoseBytesAreNotDurableIsNotPublished() throws Exception {
        Files.writeString(root.resolve("key"), "old");
        try (StorageHandle draft = backend.open("key", Set.of(WRITE, ATOMIC_REPLACE))) {
            draft.pwrite(UTF_8.encode("new"), 0);
            failing = "key";

            assertThatThrownBy(draft::commit)
                    .isInstanceOfSatisfying(
                            StorageException.class, e -> assertThat(e.retry()).isEqualTo(StorageException.Retry.NEVER));
            assertThat(root.resolve("key")).hasContent("old");
        }
        assertThat(root.resolve("key")).hasContent("old");
    }

    @Test
    void aPublishedNameThatIsNotDurableIsSaidAndTriedAgain() throws Exception {
        try (StorageHandle draft = backend.open("a/key", Set.of(WRITE, CREATE, ATOMIC_REPLACE))) {
            failing = "a";
            assertThatThrownBy(draft::commit).isInstanceOf(StorageException.class);
            assertThat(root.resolve("a/key")).exists();
            failing = "nothing";
            forced.clear();

            draft.commit();
            assertThat(forced()).containsExactly("a/key", "root", "a");
        }
        assertThat(root.resolve("a/key")).exists();
    }

    @Test
    void anInterruptWaitsUntilDirectoriesAreDurable() throws Exception {
        try (StorageHandle handle = backend.open("a/key", Set.of(WRITE, CREATE))) {
            Thread.currentThread().interrupt();
            handle.sync();
            assertThat(Thread.interrupted()).isTrue();
        }
        assertThat(forced()).containsExactly("a/key", "root", "a");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "a/key"})
    void anInterruptThatHidesTheOutcomeIsAFailure(String interrupted) throws Exception {
        backend = PosixBackend.builder()
                .root(root)
                .durability((channel, metadata, path) -> {
                    if (path.endsWith(interrupted)) {
                        Thread.currentThread().interrupt();
                    }
                    force(channel, metadata, path);
                })
                .build();
        try (StorageHandle handle = backend.open("a/key", Set.of(WRITE, CREATE))) {
            assertThatThrownBy(handle::sync).isInstanceOfSatisfying(StorageException.class, e -> {
                assertThat(e.kind()).isEqualTo(StorageException.Kind.IO);
                assertThat(e.retry()).isEqualTo(StorageException.Retry.NEVER);
            });
            assertThat(Thread.interrupted()).as("the flag is kept").isTrue();
            handle.pwrite(UTF_8.encode("goes on"), 0);
        }
        assertThat(root.resolve("a/key")).hasContent("goes on");
    }
}
