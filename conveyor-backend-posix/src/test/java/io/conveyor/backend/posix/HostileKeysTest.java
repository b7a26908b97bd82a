package io.conveyor.backend.posix;

import static io.conveyor.ConveyorOpenOption.ATOMIC_REPLACE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.ObjectAttributes;
import io.conveyor.spi.StorageHandle;
import io.conveyor.testkit.Seed;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever a key says, it stays below the root. */
class HostileKeysTest {

    private static final int KEYS = 10_000;

    @TempDir
    private Path directory;

    private Path root;
    private Path outside;
    private PosixBackend backend;

    @BeforeEach
    void plantTraps() throws Exception {
        root = Files.createDirectory(directory.resolve("root"));
        outside = Files.createDirectory(directory.resolve("outside"));
        Files.writeString(outside.resolve("secret"), "secret");
        Files.createSymbolicLink(root.resolve("link"), outside);
        Files.createSymbolicLink(root.resolve("linked-file"), outside.resolve("secret"));
        Files.createSymbolicLink(root.resolve("dangling"), outside.resolve("nothing"));
        Files.createSymbolicLink(root.resolve("upwards"), Path.of(".."));
        backend = PosixBackend.builder()
                .root(root)
                .durability((channel, metadata, path) -> {}) // costs time, and is not the matter here
                .build();
    }

    @Test
    void generatedKeysTouchNothingOutsideTheRoot() throws Exception {
        Seed seed = Seed.current();
        Random random = seed.random();
        int accepted = 0;
        for (int i = 0; i < KEYS; i++) {
            if (tryEverything(hostile(random), i % 2 == 0)) {
                accepted++;
            }
        }

        assertThat(files(directory, 1)).as("%s", seed).containsExactlyInAnyOrder("root", "outside");
        assertThat(files(outside, 9)).as("%s", seed).containsExactly("secret");
        assertThat(outside.resolve("secret")).hasContent("secret");
        assertThat(accepted)
                .as("keys that were good enough to write to, %s", seed)
                .isPositive();
    }

    /** Returns whether something could be written. */
    private boolean tryEverything(String key, boolean inPlace) throws IOException {
        boolean written = inPlace ? write(key, WRITE, CREATE) : write(key, WRITE, CREATE, ATOMIC_REPLACE);
        assertThat(content(key)).isIn("", "evil");
        try {
            backend.delete(key);
        } catch (IOException | InvalidPathException refused) {
            assertThat(refused).isNotNull();
        }
        return written;
    }

    @Test
    void generatedPrefixesListNothingOutsideTheRoot() throws Exception {
        Seed seed = Seed.current();
        Random random = seed.random();
        Files.writeString(root.resolve("a"), "mine");
        for (int i = 0; i < KEYS; i++) {
            String prefix = hostile(random);
            try (Stream<ObjectAttributes> listed = backend.list(prefix)) {
                assertThat(listed.map(ObjectAttributes::key))
                        .as("%s, %s", prefix, seed)
                        .isEqualTo("a".startsWith(prefix) ? List.of("a") : List.of());
            }
        }
    }

    /** What can be read by the key: nothing, or what was written by it. */
    private String content(String key) throws IOException {
        try (StorageHandle handle = backend.open(key, Set.of(READ))) {
            ByteBuffer read = ByteBuffer.allocate(100);
            handle.pread(read, 0);
            return UTF_8.decode(read.flip()).toString();
        } catch (IOException | InvalidPathException refused) {
            return "";
        }
    }

    private boolean write(String key, OpenOption... options) {
        try (StorageHandle handle = backend.open(key, Set.of(options))) {
            handle.pwrite(UTF_8.encode("evil"), 0);
            handle.commit();
            return true;
        } catch (IOException | InvalidPathException refused) {
            return false;
        }
    }

    private String hostile(Random random) {
        List<String> pieces = List.of(
                "..",
                ".",
                "/",
                "/",
                "/",
                "\\",
                "..\\",
                "%2e%2e",
                "%2f",
                "%2e%2e%2f",
                "%c0%ae",
                "\u00c0\u00ae",
                "\u00c0\u00af",
                "\uff0e\uff0e",
                "\uff0f",
                "\u2215",
                "\u2024",
                "\0",
                "\n",
                "\r",
                "\t",
                " ",
                "~",
                "~root",
                "$HOME",
                "C:",
                "c:\\",
                "//",
                "a",
                "b",
                "link",
                "linked-file",
                "dangling",
                "upwards",
                "secret",
                "outside",
                "etc",
                "passwd",
                "con",
                "\ud800",
                "\udc00",
                "\u202e",
                "\u200d",
                "-rf",
                "*",
                "?",
                ".conveyor-x",
                ".CONVEYOR-x.tmp",
                ":stream",
                "\u0130",
                directory.toString(),
                outside.toString(),
                "x".repeat(254),
                "y".repeat(256),
                "z".repeat(4_096));
        StringBuilder key = new StringBuilder();
        int length = random.nextInt(9);
        for (int i = 0; i < length; i++) {
            key.append(pieces.get(random.nextInt(pieces.size())));
            if (random.nextInt(3) == 0) {
                key.append('/');
            }
        }
        return key.toString();
    }

    private static Set<String> files(Path directory, int depth) throws IOException {
        try (Stream<Path> found = Files.walk(directory, depth)) {
            Set<String> names = new TreeSet<>();
            found.filter(path -> !path.equals(directory))
                    .forEach(path -> names.add(directory.relativize(path).toString()));
            return names;
        }
    }

    @Test
    void keysThatLookUpwardsAreInvalidOrNamesLikeAnyOther() throws Exception {
        for (String key :
                new String[] {"../x", "a/../../x", "/etc/passwd", "..", ".", "a/..", "a//b", "a/", "", "a\0b"}) {
            assertThatThrownBy(() -> backend.open(key, Set.of(WRITE, CREATE)))
                    .as(key)
                    .isInstanceOf(InvalidPathException.class);
        }
        for (String key : new String[] {"%2e%2e/x", "..%2fx", "..\\x", "...", "a..b", "~root", "C:x"}) {
            backend.open(key, Set.of(WRITE, CREATE)).close();
            assertThat(root.resolve(key)).exists();
            assertThat(backend.attributes(key).key()).isEqualTo(key);
        }
        assertThat(files(directory, 1)).containsExactlyInAnyOrder("root", "outside");
    }
}
