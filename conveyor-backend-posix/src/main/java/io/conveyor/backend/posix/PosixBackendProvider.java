package io.conveyor.backend.posix;

import io.conveyor.spi.StorageBackend;
import io.conveyor.spi.StorageBackendProvider;
import io.conveyor.spi.StorageSettings;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;

/**
 * Makes a {@link PosixBackend} from settings. Any thread may call it.
 *
 * <table>
 *   <caption>The settings, each as in {@link PosixBackend.Builder}</caption>
 *   <tr><th>Name</th><th>Value</th></tr>
 *   <tr><td>{@code root}</td><td>a path; required</td></tr>
 *   <tr><td>{@code create-root}</td><td>{@code true} (default) or {@code false}</td></tr>
 *   <tr><td>{@code file-lock}</td><td>{@code true} or {@code false} (default)</td></tr>
 *   <tr><td>{@code ignore-case}</td><td>{@code true} or {@code false} (default)</td></tr>
 *   <tr><td>{@code permissions}, {@code directory-permissions}</td><td>as {@code rw-r-----}; by default the umask's</td></tr>
 *   <tr><td>{@code preferred-read-bytes}, {@code preferred-write-bytes}</td><td>an amount such as {@code 256KB}, at most 1GB</td></tr>
 *   <tr><td>{@code max-concurrent-reads}, {@code max-concurrent-writes}</td><td>a number from 1 to 1024</td></tr>
 * </table>
 */
public final class PosixBackendProvider implements StorageBackendProvider {

    private static final long MOST_PREFERRED_BYTES = 1L << 30;
    private static final int MOST_CONCURRENT = 1024;

    /** For {@link java.util.ServiceLoader}. */
    public PosixBackendProvider() {}

    @Override
    public String name() {
        return PosixBackend.NAME;
    }

    @Override
    public StorageBackend create(StorageSettings settings) throws IOException {
        PosixBackend.Builder builder = PosixBackend.builder()
                .root(path("root", settings.required("root")))
                .createRoot(settings.flag("create-root", true))
                .fileLock(settings.flag("file-lock", false))
                .ignoreCase(settings.flag("ignore-case", false))
                .preferredReadBytes(bytes(settings, "preferred-read-bytes", 256 << 10))
                .preferredWriteBytes(bytes(settings, "preferred-write-bytes", 256 << 10))
                .maxConcurrentReads(settings.count("max-concurrent-reads", 4, 1, MOST_CONCURRENT))
                .maxConcurrentWrites(settings.count("max-concurrent-writes", 1, 1, MOST_CONCURRENT));
        Optional<String> permissions = settings.text("permissions");
        if (permissions.isPresent()) {
            builder.permissions(permissions("permissions", permissions.get()));
        }
        Optional<String> directoryPermissions = settings.text("directory-permissions");
        if (directoryPermissions.isPresent()) {
            builder.directoryPermissions(permissions("directory-permissions", directoryPermissions.get()));
        }
        settings.rejectUnknown();
        return builder.build();
    }

    private static Path path(String name, String value) {
        try {
            return Path.of(value);
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("the setting '" + name + "' is '" + value + "', expected a path", e);
        }
    }

    private static int bytes(StorageSettings settings, String name, int fallback) {
        long bytes = settings.bytes(name, fallback);
        if (bytes < 1 || bytes > MOST_PREFERRED_BYTES) {
            throw new IllegalArgumentException(
                    "the setting '" + name + "' is " + bytes + " bytes, expected 1 to " + MOST_PREFERRED_BYTES);
        }
        return (int) bytes;
    }

    private static Set<PosixFilePermission> permissions(String name, String value) {
        try {
            return PosixFilePermissions.fromString(value.trim());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "the setting '" + name + "' is '" + value + "', expected nine characters such as rw-r-----", e);
        }
    }
}
