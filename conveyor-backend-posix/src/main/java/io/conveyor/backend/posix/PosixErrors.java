package io.conveyor.backend.posix;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import io.conveyor.ConflictException;
import io.conveyor.Extent;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The one place where the platform's exceptions become ours. Java has a type for ENOENT, EEXIST and EACCES; for the others it has only a
 * message in the platform's words, which is not read: the file system is asked afterwards instead, and what it does not confirm is of kind
 * {@code IO}. Any thread may call it.
 *
 * <table>
 *   <caption>What becomes of what</caption>
 *   <tr><th>Found</th><th>Thrown</th></tr>
 *   <tr><td>no such file</td><td>{@link NoSuchFileException}</td></tr>
 *   <tr><td>no root (unmounted, removed)</td><td>{@code UNAVAILABLE}, so that nobody takes it for an empty store</td></tr>
 *   <tr><td>the name is taken</td><td>{@link FileAlreadyExistsException}</td></tr>
 *   <tr><td>permission denied, read-only file system</td><td>{@link AccessDeniedException}</td></tr>
 *   <tr><td>a symbolic link in the key's path</td><td>{@link AccessDeniedException}</td></tr>
 *   <tr><td>a directory, pipe or device where the object should be; a file where a directory should be; a name that is too long</td>
 *       <td>{@link NoSuchFileException} if the object was to be found, {@code UNSUPPORTED} if it was to be made</td></tr>
 *   <tr><td>no space left</td><td>{@code NO_SPACE}</td></tr>
 *   <tr><td>anything else</td><td>{@code IO}</td></tr>
 * </table>
 */
final class PosixErrors {

    /** A file system that has fewer free blocks than this is taken for full: metadata needs some of them. */
    private static final int SPARE_BLOCKS = 16;

    private final Path root;

    PosixErrors(Path root) {
        this.root = root;
    }

    /** What a call by name was for. */
    enum Intent {
        /** To look at something that is there. */
        FIND,
        /** To change something that is there. */
        CHANGE,
        /** To make it, if it is not there. */
        MAKE
    }

    /** A call by name failed. */
    IOException onPath(String operation, KeyPath at, IOException e, Intent intent) {
        if (isOurs(e)) {
            return e;
        }
        if (!rootExists()) {
            return noRoot(operation, at.key(), e);
        }
        IOException named = named(at.key(), e);
        return named == null ? asked(operation, at, e, intent) : named;
    }

    /** Listing failed in the directory {@code keyPrefix}. */
    IOException onList(String keyPrefix, IOException e) {
        if (isOurs(e)) {
            return e;
        }
        if (!rootExists()) {
            return noRoot("list", null, e);
        }
        IOException named = named(keyPrefix, e);
        return named == null ? io("list", keyPrefix, e) : named;
    }

    /** A call on an open file failed. */
    IOException onChannel(String operation, KeyPath at, @Nullable Extent extent, IOException e) {
        if (isOurs(e)) {
            return e;
        }
        if (e instanceof FileSystemException) {
            // The file had to be opened again.
            return onPath(operation, at, e, Intent.FIND);
        }
        if (operation.equals("pwrite") && hasNoSpace(at, extent)) {
            return noSpace(operation, at.key(), extent, e);
        }
        // Positional calls may be made again: the second one has no further effect.
        return new StorageException(Kind.IO, Retry.SAFE, operation, at.key(), extent, words(e), e);
    }

    /** Making something durable failed; to try again would prove nothing. */
    IOException onSync(String operation, KeyPath at, IOException e) {
        if (isOurs(e)) {
            return e;
        }
        Kind kind = hasNoSpace(at, null) ? Kind.NO_SPACE : Kind.IO;
        return new StorageException(
                kind,
                Retry.NEVER,
                operation,
                at.key(),
                null,
                "what was written since the last sync may be lost: " + words(e),
                e);
    }

    /** Publishing a draft failed. */
    IOException onCommit(KeyPath at, IOException e) {
        return e instanceof FileSystemException ? onPath("commit", at, e, Intent.MAKE) : onSync("commit", at, e);
    }

    /** The root itself cannot be used. */
    StorageException noRoot(String operation, @Nullable String key, @Nullable IOException e) {
        return new StorageException(
                Kind.UNAVAILABLE,
                Retry.SAFE,
                operation,
                key,
                null,
                "the root directory " + root + " is missing: was it moved, or is a file system not mounted?",
                e);
    }

    private static StorageException noSpace(String operation, String key, @Nullable Extent extent, IOException e) {
        return new StorageException(
                Kind.NO_SPACE, Retry.NEVER, operation, key, extent, "no space is left: free some", e);
    }

    private static StorageException io(String operation, String key, IOException e) {
        return new StorageException(Kind.IO, Retry.SAFE, operation, key, null, words(e), e);
    }

    /** No file is that large. */
    StorageException beyondTheLargestFile(String operation, KeyPath at, long offset, int length) {
        return new StorageException(
                Kind.TOO_LARGE,
                Retry.NEVER,
                operation,
                at.key(),
                null,
                length + " bytes at offset " + offset + " end beyond " + Long.MAX_VALUE,
                null);
    }

    private static boolean isOurs(IOException e) {
        return e instanceof StorageException
                || e instanceof ConflictException
                || e instanceof ClosedChannelException
                || e instanceof InterruptedIOException;
    }

    private boolean rootExists() {
        return Files.isDirectory(root);
    }

    private static @Nullable IOException named(String key, IOException e) {
        if (e instanceof NoSuchFileException) {
            return caused(new NoSuchFileException(key), e);
        }
        if (e instanceof FileAlreadyExistsException) {
            return caused(new FileAlreadyExistsException(key), e);
        }
        if (e instanceof AccessDeniedException) {
            return caused(new AccessDeniedException(key, null, "the file system denies permission"), e);
        }
        return null;
    }

    private static <E extends IOException> E caused(E ours, IOException theirs) {
        ours.initCause(theirs);
        return ours;
    }

    private IOException asked(String operation, KeyPath at, IOException e, Intent intent) {
        Obstacle obstacle = at.isTooLong() ? tooLong() : obstacle(at);
        if (obstacle != null) {
            return obstacle.toException(operation, at.key(), e, intent == Intent.MAKE);
        }
        if (intent != Intent.FIND && isReadOnly(at)) {
            return caused(new AccessDeniedException(at.key(), null, "the file system is read-only"), e);
        }
        if (intent != Intent.FIND && hasNoSpace(at, null)) {
            return noSpace(operation, at.key(), null, e);
        }
        return io(operation, at.key(), e);
    }

    /** What lies in a key's way. */
    private record Obstacle(boolean isLink, String what) {

        IOException toException(String operation, String key, IOException cause, boolean creates) {
            if (isLink) {
                return caused(new AccessDeniedException(key, null, what), cause);
            }
            return creates
                    ? new StorageException(Kind.UNSUPPORTED, Retry.NEVER, operation, key, null, what, cause)
                    : caused(new NoSuchFileException(key, null, what), cause);
        }
    }

    private static Obstacle tooLong() {
        return new Obstacle(false, "a segment is longer than " + KeyPath.MAX_NAME_BYTES + " bytes in UTF-8");
    }

    private @Nullable Obstacle obstacle(KeyPath at) {
        List<Path> names = new ArrayList<>(at.parents());
        names.add(at.name());
        Path path = root;
        for (int i = 0; i < names.size(); i++) {
            path = path.resolve(names.get(i));
            Obstacle obstacle = obstacle(path, i == names.size() - 1);
            if (obstacle != null) {
                return obstacle;
            }
        }
        return null;
    }

    private @Nullable Obstacle obstacle(Path path, boolean isLast) {
        BasicFileAttributes attributes;
        try {
            attributes = Files.readAttributes(path, BasicFileAttributes.class, NOFOLLOW_LINKS);
        } catch (IOException e) {
            return null;
        }
        String relative = "'" + root.relativize(path) + "'";
        if (attributes.isSymbolicLink()) {
            return new Obstacle(true, relative + " is a symbolic link, and links are not followed");
        }
        if (isLast && attributes.isDirectory()) {
            return new Obstacle(false, relative + " is a directory");
        }
        if (isLast && !attributes.isRegularFile()) {
            return new Obstacle(false, relative + " is neither a file nor a directory");
        }
        if (!isLast && !attributes.isDirectory()) {
            return new Obstacle(false, relative + " is not a directory, so nothing can lie below it");
        }
        return null;
    }

    private boolean isReadOnly(KeyPath at) {
        try {
            return store(at).isReadOnly();
        } catch (IOException e) {
            return false;
        }
    }

    private boolean hasNoSpace(KeyPath at, @Nullable Extent extent) {
        try {
            FileStore store = store(at);
            long wanted = extent == null ? 0 : extent.length();
            return store.getUsableSpace() < Math.max(wanted, SPARE_BLOCKS * blockSize(store));
        } catch (IOException e) {
            return false;
        }
    }

    private static long blockSize(FileStore store) throws IOException {
        try {
            return store.getBlockSize();
        } catch (UnsupportedOperationException e) {
            return 4096; // what most file systems use
        }
    }

    /** The file system of the deepest directory that exists: another one may be mounted below the root. */
    private FileStore store(KeyPath at) throws IOException {
        Path path = at.path().getParent();
        while (path != null && path.startsWith(root) && !Files.isDirectory(path, NOFOLLOW_LINKS)) {
            path = path.getParent();
        }
        return Files.getFileStore(path == null ? root : path);
    }

    private static String words(IOException e) {
        String message = e instanceof FileSystemException named ? named.getReason() : e.getMessage();
        return message == null ? e.getClass().getSimpleName() : message;
    }
}
