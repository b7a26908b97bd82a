package io.conveyor.backend.posix;

import static io.conveyor.ConveyorOpenOption.ATOMIC_REPLACE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.conveyor.ObjectAttributes;
import io.conveyor.spi.StorageHandle;
import io.conveyor.testkit.Concurrently;
import io.conveyor.testkit.Concurrently.Started;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Symbolic links below the root are refused, also when they come while one is looking elsewhere. */
class SymbolicLinksTest {

    /** Tries of the race; {@code -Dconveyor.posix.race-tries} sets another number. */
    private static final int TRIES = Integer.getInteger("conveyor.posix.race-tries", 5_000);

    @TempDir
    private Path directory;

    private Path root;
    private Path outside;

    @BeforeEach
    void makeDirectories() throws Exception {
        root = Files.createDirectory(directory.resolve("root"));
        outside = Files.createDirectory(directory.resolve("outside"));
        Files.writeString(outside.resolve("file"), "secret");
    }

    private PosixBackend backend(boolean descriptors) throws IOException {
        return PosixBackend.builder()
                .root(root)
                .descriptors(descriptors)
                .durability((channel, metadata, path) -> {}) // costs time, and is not the matter here
                .build();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void linksAreRefusedWhereverTheyStand(boolean descriptors) throws Exception {
        PosixBackend backend = backend(descriptors);
        Files.createSymbolicLink(root.resolve("link"), outside);
        Files.createSymbolicLink(root.resolve("file"), outside.resolve("file"));
        Files.createSymbolicLink(root.resolve("dangling"), outside.resolve("none"));
        Files.createDirectory(root.resolve("within"));
        Files.createSymbolicLink(root.resolve("inward"), root.resolve("within"));

        for (String key : List.of("link/file", "link/new", "link/new/new", "file", "dangling", "inward/new", "link")) {
            for (ThrowingCallable call : List.<ThrowingCallable>of(
                    () -> backend.open(key, Set.of(READ)),
                    () -> backend.open(key, Set.of(WRITE)),
                    () -> backend.open(key, Set.of(WRITE, CREATE)),
                    () -> backend.open(key, Set.of(WRITE, CREATE_NEW)),
                    () -> backend.open(key, Set.of(WRITE, TRUNCATE_EXISTING)),
                    () -> backend.open(key, Set.of(WRITE, CREATE, ATOMIC_REPLACE)),
                    () -> backend.attributes(key),
                    () -> backend.delete(key))) {
                assertThatThrownBy(call)
                        .as(key)
                        .isInstanceOf(AccessDeniedException.class)
                        .hasMessageContaining(key)
                        .hasMessageContaining("symbolic link");
            }
        }
        assertNothingHappenedOutside();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void listsPassLinksBy(boolean descriptors) throws Exception {
        PosixBackend backend = backend(descriptors);
        Files.createSymbolicLink(root.resolve("link"), outside);
        Files.createSymbolicLink(root.resolve("file-link"), outside.resolve("file"));
        Files.writeString(root.resolve("file"), "mine");

        for (String prefix : List.of("", "f", "link", "link/", "link/f")) {
            try (Stream<ObjectAttributes> listed = backend.list(prefix)) {
                assertThat(listed.map(ObjectAttributes::key))
                        .as(prefix)
                        .isEqualTo(prefix.startsWith("link") ? List.of() : List.of("file"));
            }
        }
    }

    @Test
    void aDraftIsNotPublishedOverALinkThatAppearedMeanwhile() throws Exception {
        PosixBackend backend = backend(true);
        try (StorageHandle draft = backend.open("file", Set.of(WRITE, CREATE, ATOMIC_REPLACE))) {
            Files.createSymbolicLink(root.resolve("file"), outside.resolve("file"));

            assertThatThrownBy(draft::commit).isInstanceOf(AccessDeniedException.class);
        }
        assertThat(root.resolve("file")).isSymbolicLink();
        assertNothingHappenedOutside();
    }

    /** Another process swaps a directory for a link to the outside, and back, as fast as it can. */
    @Test
    void aLinkThatIsSwappedInWhileWeWorkLeadsNobodyOut() throws Exception {
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(root)) {
            assumeTrue(stream instanceof SecureDirectoryStream, "this platform holds no directories by descriptor");
        }
        PosixBackend backend = backend(true);
        Files.createDirectory(root.resolve("swapped"));
        AtomicBoolean over = new AtomicBoolean();
        Started<Integer> swapper = Concurrently.start(() -> swap(over));
        int written = 0;
        try {
            for (int i = 0; i < TRIES; i++) {
                written += writeWherePossible(backend, i);
            }
        } finally {
            over.set(true);
        }

        assertThat(swapper.result()).as("swaps").isPositive();
        assertThat(written).as("writes that succeeded").isPositive();
        assertNothingHappenedOutside();
    }

    private int swap(AtomicBoolean over) throws IOException {
        Path swapped = root.resolve("swapped");
        Path aside = directory.resolve("aside");
        Path link = Files.createSymbolicLink(directory.resolve("link"), outside);
        int swaps = 0;
        while (!over.get()) {
            try {
                Files.move(swapped, aside, StandardCopyOption.ATOMIC_MOVE);
                Files.move(link, swapped, StandardCopyOption.ATOMIC_MOVE);
                swaps++;
                Files.move(swapped, link, StandardCopyOption.ATOMIC_MOVE);
                Files.move(aside, swapped, StandardCopyOption.ATOMIC_MOVE);
            } catch (IOException outrun) {
                // The backend made the directory in between; begin again with that one.
                putBack(swapped, aside, link);
            }
        }
        return swaps;
    }

    private void putBack(Path swapped, Path aside, Path link) throws IOException {
        if (Files.isSymbolicLink(swapped)) {
            Files.move(swapped, link, StandardCopyOption.ATOMIC_MOVE);
        }
        if (Files.exists(aside)) {
            Path grave = Files.createTempDirectory(directory, "grave");
            Files.move(aside, grave.resolve("aside"));
        }
    }

    private static int writeWherePossible(PosixBackend backend, int i) throws IOException {
        List<OpenOption> options = switch (i % 3) {
            case 0 -> List.of(WRITE, CREATE);
            case 1 -> List.of(WRITE, CREATE, ATOMIC_REPLACE);
            default -> List.of(WRITE, CREATE_NEW, ATOMIC_REPLACE);
        };
        String key = i % 2 == 0 ? "swapped/new" + i : "swapped/sub" + i + "/new";
        int written = 0;
        try (StorageHandle handle = backend.open(key, Set.copyOf(options))) {
            handle.pwrite(UTF_8.encode("evil"), 0);
            handle.commit();
            written = 1;
        } catch (IOException refused) {
            assertThat(refused).hasMessageNotContaining("secret");
        }
        try (Stream<ObjectAttributes> listed = backend.list("swapped/")) {
            assertThat(listed).noneMatch(attributes -> attributes.key().equals("swapped/file"));
        } catch (IOException | UncheckedIOException refused) {
            assertThat(refused).isNotNull();
        }
        try {
            backend.delete("swapped/file");
            backend.delete(key);
        } catch (IOException refused) {
            assertThat(refused).isNotNull();
        }
        return written;
    }

    private void assertNothingHappenedOutside() throws IOException {
        try (Stream<Path> found = Files.list(outside)) {
            assertThat(found).containsExactly(outside.resolve("file"));
        }
        assertThat(outside.resolve("file")).hasContent("secret");
    }
}
