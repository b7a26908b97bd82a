package io.conveyor.backend.posix;

import io.conveyor.ObjectAttributes;
import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;
import io.conveyor.backend.posix.PosixErrors.Intent;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spi.StorageCapabilities;
import io.conveyor.spi.StorageCapabilities.FlushEffect;
import io.conveyor.spi.StorageCapabilities.ReleasePoint;
import io.conveyor.spi.StorageCapabilities.SyncEffect;
import io.conveyor.spi.StorageHandle;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * Objects as files below one root directory: the key is the path.
 *
 * <p><b>Keys.</b> No key leads out of the root, and no symbolic link below it is followed: objects behind one, or being one, fail with {@link
 * java.nio.file.AccessDeniedException}. On Linux every component is opened relative to the one above, so a link that is swapped in
 * between check and use is caught too; elsewhere each is checked when it is entered. Names that begin with {@code .conveyor-}, in any
 * case, are the backend's own: keys with such a segment are invalid, and lists do not show them. Names are the file system's to compare: keys that it
 * takes for one name, by case ({@link Builder#ignoreCase}) or by the form of an accent, are one object. A file is an object; a directory
 * is none, and takes the key's place: where {@code a/b} exists, {@code a} cannot be made. {@link #delete} removes files, never directories: an
 * empty one may be somebody's, with permissions of its own.
 *
 * <p><b>Files.</b> New files and directories get the permissions that the process's umask leaves, or those that {@link Builder#permissions} and
 * {@link Builder#directoryPermissions} set, whatever the umask. Missing directories are made, with owner and default ACL inherited as in the
 * root. Temporaries and lock files are the owner's alone (0600). A file that is replaced atomically keeps its permissions, and becomes
 * a new file otherwise.
 *
 * <p><b>Durability.</b> {@link StorageHandle#sync} is {@code fsync} of the file and, the first time, of the directories from the root down. A
 * delete is not synced: after a power cut the object may be back. Without {@link io.conveyor.ConveyorOpenOption#ATOMIC_REPLACE} an abort
 * undoes nothing that was written.
 *
 * <p><b>Costs.</b> A handle holds one descriptor, or two if it writes and has read, or has been asked for the size after its first
 * change; one more with {@link Builder#fileLock}; no thread and no memory. <b>Threads.</b> Any may call anything at any time. <b>Failures</b> are standard exceptions, {@link
 * io.conveyor.ConflictException}, or {@link StorageException}: {@code NO_SPACE}, {@code UNSUPPORTED} for what no file can be, {@code UNAVAILABLE}
 * when the root is gone, else {@code IO}.
 */
public final class PosixBackend implements StorageBackend {

    /** The backend's name. */
    public static final String NAME = "posix";

    private final PosixOptions options;
    private final StorageCapabilities capabilities;
    private final DirectoryTree tree;
    private final PosixErrors errors;
    private final HandleOpener opener;
    private final Set<Path> liveDrafts = ConcurrentHashMap.newKeySet();

    private PosixBackend(PosixOptions options) {
        this.options = options;
        this.capabilities = StorageCapabilities.builder()
                .preferredReadBytes(options.preferredReadBytes())
                .preferredWriteBytes(options.preferredWriteBytes())
                .maxConcurrentReads(options.maxConcurrentReads())
                .maxConcurrentWrites(options.maxConcurrentWrites())
                .releaseAt(ReleasePoint.WRITE)
                .flushEffect(FlushEffect.NONE)
                .syncEffect(SyncEffect.FSYNC)
                .interruptSafeReads(true)
                .build();
        this.tree = new DirectoryTree(options);
        this.errors = new PosixErrors(options.root());
        this.opener = new HandleOpener(options, tree, errors, liveDrafts);
    }

    /** Collects what a backend needs to know. */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public StorageCapabilities capabilities() {
        return capabilities;
    }

    /** The directory that holds the objects: absolute, and without symbolic links. */
    public Path root() {
        return options.root();
    }

    @Override
    public StorageHandle open(String key, Set<? extends OpenOption> openOptions) throws IOException {
        KeyPath at = KeyPath.of(options.root(), key);
        OpenMode mode = OpenMode.of(openOptions);
        try {
            return opener.open(at, mode);
        } catch (IOException e) {
            throw errors.onPath("open", at, e, mode.intent());
        }
    }

    @Override
    public ObjectAttributes attributes(String key) throws IOException {
        KeyPath at = KeyPath.of(options.root(), key);
        try (Directory directory = tree.descend(at.parents())) {
            BasicFileAttributes attributes = ObjectFile.requireRegular(directory, at.name());
            return new ObjectAttributes(
                    key, attributes.size(), attributes.lastModifiedTime().toInstant(), null);
        } catch (IOException e) {
            throw errors.onPath("attributes", at, e, Intent.FIND);
        }
    }

    @Override
    public boolean delete(String key) throws IOException {
        KeyPath at = KeyPath.of(options.root(), key);
        try {
            return deleteFile(at);
        } catch (NoSuchFileException missing) {
            return false;
        }
    }

    private boolean deleteFile(KeyPath at) throws IOException {
        try (Directory directory = tree.descend(at.parents())) {
            ObjectFile.requireRegular(directory, at.name());
            directory.delete(at.name());
            return true;
        } catch (IOException e) {
            throw errors.onPath("delete", at, e, Intent.CHANGE);
        }
    }

    /**
     * See {@link StorageBackend#list}. The stream holds a descriptor or two per level of directories that it is in, until it is closed or
     * ends. Files that come or go meanwhile may be in it or not.
     */
    @Override
    public Stream<ObjectAttributes> list(String prefix) throws IOException {
        requireRoot("list");
        ObjectWalk walk = new ObjectWalk(tree, errors, options.root(), prefix);
        return StreamSupport.stream(
                        Spliterators.spliteratorUnknownSize(walk, Spliterator.DISTINCT | Spliterator.NONNULL), false)
                .onClose(() -> close(walk));
    }

    private static void close(ObjectWalk walk) {
        try {
            walk.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Asks whether the root is a directory that this process may write to. Bounded only by the file system itself: a network file system whose
     * server is gone may let it wait.
     *
     * @throws StorageException of kind {@code UNAVAILABLE} if it is not
     */
    @Override
    public void ping() throws IOException {
        requireRoot("ping");
        if (!Files.isWritable(options.root())) {
            throw new StorageException(
                    Kind.UNAVAILABLE,
                    Retry.SAFE,
                    "ping",
                    null,
                    null,
                    "the root directory " + options.root() + " is not writable",
                    null);
        }
    }

    private void requireRoot(String operation) throws StorageException {
        if (!Files.isDirectory(options.root())) {
            throw errors.noRoot(operation, null, null);
        }
    }

    @Override
    public String identity() {
        return "posix:" + options.root();
    }

    /** The key itself, or its lower case with {@link Builder#ignoreCase}. */
    @Override
    public String canonicalKey(String key) {
        return options.ignoreCase() ? PosixOptions.folded(key) : key;
    }

    /**
     * Removes temporaries that a crash left behind: drafts of {@link io.conveyor.ConveyorOpenOption#ATOMIC_REPLACE} that nobody has written to for
     * {@code age}. Drafts that this backend works on stay. Those of another process look the same as abandoned ones, so choose an age
     * beyond the longest pause of any upload; a process whose draft is removed gets {@link io.conveyor.ConflictException} at commit and leaves
     * the object as it was. Walks the whole tree: not for every day. Never called by the backend itself.
     *
     * @return how many were removed
     */
    public int removeAbandonedDrafts(Duration age) throws IOException {
        requireRoot("removeAbandonedDrafts");
        return new AbandonedDrafts(tree, liveDrafts, Instant.now().minus(age)).remove();
    }

    /** Does nothing: handles that are open go on. */
    @Override
    public void close() {}

    @Override
    public String toString() {
        return "PosixBackend[" + options.root() + "]";
    }

    /** Collects what a backend needs to know; only {@link #root} has to be set. Not for several threads at once. */
    public static final class Builder {

        private @Nullable Path root;
        private boolean createRoot = true;
        private boolean fileLock;
        private boolean ignoreCase;
        private @Nullable Set<PosixFilePermission> permissions;
        private @Nullable Set<PosixFilePermission> directoryPermissions;
        private int preferredReadBytes = 256 << 10;
        private int preferredWriteBytes = 256 << 10;
        private int maxConcurrentReads = 4;
        private int maxConcurrentWrites = 1;
        private boolean descriptors = true;
        private Durability durability = Durability.FSYNC;

        private Builder() {}

        /** The directory that holds all objects. The path to it may have symbolic links, which are resolved once. */
        public Builder root(Path directory) {
            root = directory;
            return this;
        }

        /** Whether {@link #build} makes a root that is missing; true by default. Later it is never made again: it may be a mount point. */
        public Builder createRoot(boolean create) {
            createRoot = create;
            return this;
        }

        /**
         * Whether a writer locks its object against writers of other processes; false by default. The lock is advisory, lies on an empty file
         * beside the object, which stays, and is the owner's alone: it tells processes of one user apart. The loser gets {@link
         * io.conveyor.ConflictException} at open.
         */
        public Builder fileLock(boolean lock) {
            fileLock = lock;
            return this;
        }

        /** Whether keys that differ only in case mean one object, as on most file systems of macOS and Windows; false by default. */
        public Builder ignoreCase(boolean ignore) {
            ignoreCase = ignore;
            return this;
        }

        /** The permissions of new files, whatever the umask; by default what the umask leaves of {@code rw-rw-rw-}. */
        public Builder permissions(Set<PosixFilePermission> ofFiles) {
            permissions = ofFiles;
            return this;
        }

        /** The permissions of new directories, whatever the umask; by default what the umask leaves of {@code rwxrwxrwx}. */
        public Builder directoryPermissions(Set<PosixFilePermission> ofDirectories) {
            directoryPermissions = ofDirectories;
            return this;
        }

        /** See {@link StorageCapabilities#preferredReadBytes()}; 256 KiB by default. */
        public Builder preferredReadBytes(int bytes) {
            preferredReadBytes = bytes;
            return this;
        }

        /** See {@link StorageCapabilities#preferredWriteBytes()}; 256 KiB by default. */
        public Builder preferredWriteBytes(int bytes) {
            preferredWriteBytes = bytes;
            return this;
        }

        /** See {@link StorageCapabilities#maxConcurrentReads()}; 4 by default. */
        public Builder maxConcurrentReads(int count) {
            maxConcurrentReads = count;
            return this;
        }

        /**
         * See {@link StorageCapabilities#maxConcurrentWrites()}; 1 by default, so that a file holds a prefix of what was accepted. More is for network
         * file systems, where one write at a time waits for the round trip.
         */
        public Builder maxConcurrentWrites(int count) {
            maxConcurrentWrites = count;
            return this;
        }

        /** Whether directories are held by descriptor where the platform can. A seam for tests. */
        Builder descriptors(boolean hold) {
            descriptors = hold;
            return this;
        }

        /** How things are made durable. A seam for tests. */
        Builder durability(Durability how) {
            durability = how;
            return this;
        }

        /**
         * Makes the backend.
         *
         * @throws IllegalArgumentException if no root is set, or a number is out of bounds
         * @throws NoSuchFileException if the root does not exist and is not to be made
         * @throws NotDirectoryException if it is something else
         * @throws IOException if it cannot be made
         */
        public PosixBackend build() throws IOException {
            Path directory = root;
            if (directory == null) {
                throw new IllegalArgumentException("root is not set");
            }
            return new PosixBackend(new PosixOptions(
                    usable(directory),
                    fileLock,
                    ignoreCase,
                    permissions,
                    directoryPermissions,
                    preferredReadBytes,
                    preferredWriteBytes,
                    maxConcurrentReads,
                    maxConcurrentWrites,
                    descriptors,
                    durability));
        }

        private Path usable(Path directory) throws IOException {
            if (Files.notExists(directory) && createRoot) {
                DirectoryTree.createRoot(directory, directoryPermissions, durability);
            }
            Path real = directory.toRealPath();
            if (!Files.isDirectory(real)) {
                throw new NotDirectoryException(directory.toString());
            }
            return real;
        }
    }
}
