package io.conveyor.backend.posix;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the file system of the tests makes of names that look alike. Those of macOS and Windows take some of them for one. */
final class FileNames {

    private FileNames() {}

    /** Whether a file of one name, made beside {@code root}, is not found by the other. */
    static boolean areApart(Path root, String name, String alike) {
        try {
            Path probe = Files.createTempDirectory(root.toAbsolutePath().getParent(), "names");
            Path file = probe.resolve(name.replace('/', '-'));
            try {
                Files.createFile(file);
                return Files.notExists(probe.resolve(alike.replace('/', '-')));
            } finally {
                Files.deleteIfExists(file);
                Files.delete(probe);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
