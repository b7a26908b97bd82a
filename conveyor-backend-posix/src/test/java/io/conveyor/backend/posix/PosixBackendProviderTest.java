package io.conveyor.backend.posix;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conveyor.ConflictException;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spi.StorageBackendProvider;
import io.conveyor.spi.StorageHandle;
import io.conveyor.spi.StorageSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The backend by name and settings. */
class PosixBackendProviderTest {

    @TempDir
    private Path root;

    private StorageBackend create(String... namesAndValues) throws IOException {
        Map<String, String> settings = new HashMap<>();
        settings.put("root", root.toString());
        for (int i = 0; i < namesAndValues.length; i += 2) {
            settings.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return new PosixBackendProvider().create(StorageSettings.of(settings));
    }

    @Test
    void isFoundByItsName() throws Exception {
        ServiceLoader<StorageBackendProvider> found =
                ServiceLoader.load(StorageBackendProvider.class, getClass().getClassLoader());

        StorageBackendProvider posix = found.stream()
                .map(ServiceLoader.Provider::get)
                .filter(provider -> provider.name().equals("posix"))
                .findFirst()
                .orElseThrow();
        try (StorageBackend backend = posix.create(
                StorageSettings.of(Map.of("root", root.resolve("made").toString())))) {
            assertThat(backend.name()).isEqualTo("posix");
            backend.ping();
        }
        assertThat(root.resolve("made")).isDirectory();
    }

    @Test
    void settingsReachTheBackend() throws Exception {
        StorageBackend backend = create(
                "file-lock", "true",
                "ignore-case", "true",
                "permissions", "rw-rw-rw-",
                "directory-permissions", "rwxrwxrwx",
                "preferred-read-bytes", "1MB",
                "preferred-write-bytes", "128KB",
                "max-concurrent-reads", "9",
                "max-concurrent-writes", "3");

        assertThat(backend.capabilities().preferredReadBytes()).isEqualTo(1 << 20);
        assertThat(backend.capabilities().preferredWriteBytes()).isEqualTo(128 << 10);
        assertThat(backend.capabilities().maxConcurrentReads()).isEqualTo(9);
        assertThat(backend.capabilities().maxConcurrentWrites()).isEqualTo(3);
        assertThat(backend.canonicalKey("A")).isEqualTo(backend.canonicalKey("a"));
        try (StorageHandle handle = backend.open("dir/key", Set.of(WRITE, CREATE))) {
            assertThatThrownBy(() -> backend.open("dir/key", Set.of(WRITE))).isInstanceOf(ConflictException.class);
            handle.flush();
        }
        assertThat(Files.getPosixFilePermissions(root.resolve("dir/key")))
                .isEqualTo(PosixFilePermissions.fromString("rw-rw-rw-"));
        assertThat(Files.getPosixFilePermissions(root.resolve("dir")))
                .isEqualTo(PosixFilePermissions.fromString("rwxrwxrwx"));
    }

    @Test
    void whatIsWrongIsNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new PosixBackendProvider().create(StorageSettings.of(Map.of())))
                .withMessageContaining("'root'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> create("file-locks", "true"))
                .withMessageContaining("file-locks")
                .withMessageContaining("file-lock,");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> create("permissions", "0600"))
                .withMessageContaining("'permissions'")
                .withMessageContaining("0600")
                .withMessageContaining("rw-r-----");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> create("preferred-write-bytes", "2GB"))
                .withMessageContaining("preferred-write-bytes");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> create("root", "a\0b"))
                .withMessageContaining("'root'");
        assertThatThrownBy(() -> create("root", root.resolve("none").toString(), "create-root", "false"))
                .isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void aSettingThatIsNotKnownMakesNoDirectory() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> create("root", root.resolve("none").toString(), "rot", "x"));
        assertThat(root).isEmptyDirectory();
    }
}
