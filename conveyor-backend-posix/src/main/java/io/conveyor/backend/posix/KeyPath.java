package io.conveyor.backend.posix;

import io.conveyor.spi.ObjectKeys;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A key, taken apart into file names.
 *
 * @param key the key, valid
 * @param parents the names of the directories from the root down to the file
 * @param name the file's own name
 * @param path where the file lies; for messages and for questions, not for opening
 */
record KeyPath(String key, List<Path> parents, Path name, Path path) {

    /** The longest file name in bytes: {@code NAME_MAX} of ext4, XFS, Btrfs, tmpfs, NFS and APFS alike. */
    static final int MAX_NAME_BYTES = 255;

    /**
     * Takes a key apart.
     *
     * @throws InvalidPathException if it is no valid key, has a reserved name, or has a segment that is more than one file name here
     */
    static KeyPath of(Path root, String key) {
        ObjectKeys.requireValid(key);
        List<Path> names = new ArrayList<>();
        Path path = root;
        for (String segment : key.split("/", -1)) {
            Path name = name(root.getFileSystem(), key, segment);
            names.add(name);
            path = path.resolve(name);
        }
        int last = names.size() - 1;
        return new KeyPath(key, List.copyOf(names.subList(0, last)), names.get(last), path);
    }

    private static Path name(FileSystem fileSystem, String key, String segment) {
        if (ReservedNames.isReserved(segment)) {
            throw new InvalidPathException(
                    key, "names that begin with '" + ReservedNames.PREFIX + "' are reserved for the backend");
        }
        Path name;
        try {
            name = fileSystem.getPath(segment);
        } catch (InvalidPathException e) {
            InvalidPathException inexpressible = new InvalidPathException(
                    key,
                    "this platform has no such file name (sun.jnu.encoding is " + System.getProperty("sun.jnu.encoding")
                            + "; a UTF-8 locale expresses all)");
            inexpressible.initCause(e);
            throw inexpressible;
        }
        if (name.isAbsolute() || name.getNameCount() != 1 || !name.toString().equals(segment)) {
            throw new InvalidPathException(key, "the segment '" + segment + "' is not one file name on this platform");
        }
        return name;
    }

    /** Whether one of the names is longer than file systems allow. */
    boolean isTooLong() {
        for (String segment : key.split("/", -1)) {
            if (segment.getBytes(StandardCharsets.UTF_8).length > MAX_NAME_BYTES) {
                return true;
            }
        }
        return false;
    }
}
