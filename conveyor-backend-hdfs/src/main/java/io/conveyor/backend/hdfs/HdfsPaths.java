package io.conveyor.backend.hdfs;

import io.conveyor.spi.ObjectKeys;
import java.nio.file.InvalidPathException;
import java.util.UUID;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.Path;

/** Keys as paths below the base directory, and the names of our temporary files. */
final class HdfsPaths {

    private static final Pattern TEMPORARY = Pattern.compile("\\.conveyor-(copy|draft)-[0-9a-f]{32}\\.tmp");

    private final String base;

    HdfsPaths(String baseDirectory) {
        base = baseDirectory.endsWith("/") ? baseDirectory : baseDirectory + "/";
    }

    /**
     * The path of a key.
     *
     * @throws InvalidPathException also for names that HDFS does not allow, or that are ours
     */
    Path path(String key) {
        requireExpressible(key);
        if (isTemporary(key.substring(key.lastIndexOf('/') + 1))) {
            throw new InvalidPathException(key, "names of this form are kept for temporary files");
        }
        Path path = absolute(base + key);
        if (!path.toUri().getPath().endsWith("/" + key)) {
            // on Windows, where Hadoop takes a backslash for a slash
            throw new InvalidPathException(key, "Hadoop takes it for another path on this platform: " + path);
        }
        return path;
    }

    /** Fails if that is no key, nor the beginning of one up to a {@code /}, that HDFS has a path for. */
    static void requireExpressible(String key) {
        ObjectKeys.requireValid(key);
        int colon = key.indexOf(':');
        if (colon >= 0) {
            throw new InvalidPathException(key, "HDFS allows no ':' in a name", colon);
        }
        for (String segment : key.split("/", -1)) {
            if (segment.equals(".snapshot") || segment.equals(".reserved")) {
                throw new InvalidPathException(key, "HDFS keeps the name '" + segment + "' for itself");
            }
        }
    }

    /** The path of what {@link #key} has named, temporary files included. */
    Path temporaryPath(String key) {
        return absolute(base + key);
    }

    /** The directory that the keys of a prefix lie in, directly or deeper. */
    Path directory(String prefix) {
        return absolute(base + prefix.substring(0, Math.max(0, prefix.lastIndexOf('/'))));
    }

    /** The key of a path that lies below the base directory. */
    String key(Path path) {
        return path.toUri().getPath().substring(base.length());
    }

    /** Names the path in its cluster: some paths name that, too, others do not. */
    static String name(Path path) {
        return path.toUri().getPath();
    }

    /** A new name beside {@code target} for a file that will take its place. */
    static Path temporary(Path target, String kind) {
        String id = UUID.randomUUID().toString().replace("-", "");
        return new Path(target.getParent(), ".conveyor-" + kind + "-" + id + ".tmp");
    }

    static boolean isTemporary(String name) {
        return TEMPORARY.matcher(name).matches();
    }

    /** Taken as it stands: the constructor with one argument would look for a scheme. */
    private static Path absolute(String path) {
        return new Path(
                null, null, path.length() > 1 && path.endsWith("/") ? path.substring(0, path.length() - 1) : path);
    }
}
