package io.conveyor.core.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory of one factory's journals, and the lock that says whether that factory lives. Any thread.
 */
public final class OwnerDirectory {

    private static final Logger LOG = LoggerFactory.getLogger(OwnerDirectory.class);

    private static final String LOCK = "owner.lock";
    private static final Pattern NAME = Pattern.compile("owner-[0-9a-f]{16}");
    private static final Pattern FILE = Pattern.compile("[0-9a-f]{8}\\.(table|segment|new)");
    private static final Set<PosixFilePermission> OWNER_ONLY_DIRECTORY = PosixFilePermissions.fromString("rwx------");
    private static final Set<PosixFilePermission> OWNER_ONLY_FILE = PosixFilePermissions.fromString("rw-------");

    /** So many names are tried for a new directory. */
    private static final int MOST_TRIES = 8;

    /**
     * The directories that this JVM has locked. To open and close a lock file that one has locked oneself would release the lock, so this is asked first.
     */
    private static final Set<Path> OURS = new HashSet<>();

    private final Path path;
    private final FileChannel lockFile;
    private final boolean posix;

    /** Whether it holds something that is somebody else's. */
    private volatile boolean shared;

    private OwnerDirectory(Path path, FileChannel lockFile, boolean posix) {
        this.path = path;
        this.lockFile = lockFile;
        this.posix = posix;
    }

    // ---------------------------------------------------------------- the directory of all

    /**
     * Makes the journal directory, or checks that nobody else has access to the one that is there.
     *
     * @return its real path
     * @throws IOException if others have access to it or own it, or it is none
     */
    public static Path prepare(Path directory) throws IOException {
        Path parent = directory.toAbsolutePath().getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        try {
            Files.createDirectory(directory, directoryAttributes(isPosix(parent == null ? directory : parent)));
        } catch (FileAlreadyExistsException there) {
            requirePrivate(directory);
        }
        return directory.toRealPath();
    }

    private static void requirePrivate(Path directory) throws IOException {
        if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
            throw new IOException("the journal directory " + directory + " is not a directory, or is a link to one");
        }
        if (isPosix(directory)) {
            Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(directory);
            if (!OWNER_ONLY_DIRECTORY.containsAll(permissions)) {
                throw new IOException("the journal directory " + directory + " has permissions "
                        + PosixFilePermissions.toString(permissions) + "; others must have none: chmod 700");
            }
            requireOwn(directory);
        }
    }

    /** Whoever owns a directory may read what is in it, or give it to others, whatever its permissions are now. */
    private static void requireOwn(Path directory) throws IOException {
        String owner = Files.getOwner(directory).getName();
        String us = whoWeAre(directory);
        if (!owner.equals(us)) {
            throw new IOException("the journal directory " + directory + " belongs to " + owner
                    + ", and this process runs as " + us + ": chown it, or use a directory of its own");
        }
    }

    /** Whose files are that this process makes there. */
    private static String whoWeAre(Path directory) throws IOException {
        Path made;
        try {
            made = Files.createTempFile(directory, "whose-", ".new", fileAttributes(true));
        } catch (AccessDeniedException notOurs) {
            return System.getProperty("user.name", "somebody else");
        }
        try {
            return Files.getOwner(made, LinkOption.NOFOLLOW_LINKS).getName();
        } finally {
            Files.deleteIfExists(made);
        }
    }

    private static boolean isPosix(Path at) throws IOException {
        FileStore store = Files.getFileStore(at);
        return store.supportsFileAttributeView(PosixFileAttributeView.class);
    }

    private static FileAttribute<?>[] directoryAttributes(boolean posix) {
        return posix
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(OWNER_ONLY_DIRECTORY)}
                : new FileAttribute<?>[0];
    }

    private static FileAttribute<?>[] fileAttributes(boolean posix) {
        return posix
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(OWNER_ONLY_FILE)}
                : new FileAttribute<?>[0];
    }

    // ---------------------------------------------------------------- owners

    /** Makes durable which files a directory has. */
    interface Forcing {

        /** Forces it to the disk. */
        void force(Path directory) throws IOException;
    }

    /**
     * Makes and locks a directory for a factory that begins to live. Before it is locked it looks like that of a dead one, and somebody else may take it: then
     * another one is made.
     *
     * @param random names it
     * @param powerLoss whether it is to survive a loss of power
     */
    public static OwnerDirectory create(Path directory, LongSupplier random, boolean powerLoss) throws IOException {
        boolean posix = isPosix(directory);
        return create(directory, random, powerLoss ? parent -> force(parent, posix) : parent -> {});
    }

    static OwnerDirectory create(Path directory, LongSupplier random, Forcing forcing) throws IOException {
        OwnerDirectory created = tryNames(directory, random);
        try {
            forcing.force(directory);
            return created;
        } catch (IOException | RuntimeException | Error failure) {
            created.remove();
            throw failure;
        }
    }

    private static OwnerDirectory tryNames(Path directory, LongSupplier random) throws IOException {
        boolean posix = isPosix(directory);
        for (int tries = 1; ; tries++) {
            try {
                return create(directory.resolve(String.format("owner-%016x", random.getAsLong())), posix);
            } catch (FileAlreadyExistsException | NoSuchFileException | AliveException taken) {
                if (tries == MOST_TRIES) {
                    throw taken;
                }
            }
        }
    }

    private static OwnerDirectory create(Path path, boolean posix) throws IOException {
        synchronized (OURS) {
            Files.createDirectory(path, directoryAttributes(posix));
            return locked(path, posix, () -> {});
        }
    }

    /**
     * The directories of factories that live no more, locked, so that nobody else takes care of them. Those in which all journals are of other stores are not
     * even locked: their own factory may look for them at this moment, and does so once.
     *
     * @param store the identity of the store
     */
    public static List<OwnerDirectory> dead(Path directory, String store) throws IOException {
        List<OwnerDirectory> dead = new ArrayList<>();
        boolean posix = isPosix(directory);
        try {
            for (Path owner : list(directory)) {
                if (isOwner(owner) && !TableStores.areOthers(owner, store)) {
                    OwnerDirectory taken = tryTake(owner, posix);
                    if (taken != null) {
                        dead.add(taken);
                    }
                }
            }
            return dead;
        } catch (IOException | RuntimeException | Error failure) {
            leaveAll(dead, failure);
            throw failure;
        }
    }

    /** Gives locks back because of a failure. */
    public static void leaveAll(List<OwnerDirectory> owners, Throwable failure) {
        for (OwnerDirectory owner : owners) {
            try {
                owner.leave();
            } catch (IOException stays) {
                failure.addSuppressed(stays);
            }
        }
    }

    private static List<Path> list(Path directory) throws IOException {
        List<Path> paths = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(directory)) {
            all.forEach(paths::add);
        } catch (DirectoryIteratorException unreadable) {
            throw unreadable.getCause();
        }
        return paths;
    }

    private static boolean isOwner(Path path) {
        return NAME.matcher(path.getFileName().toString()).matches()
                && Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
    }

    private static @Nullable OwnerDirectory tryTake(Path owner, boolean posix) throws IOException {
        synchronized (OURS) {
            if (OURS.contains(owner)) {
                return null;
            }
            try {
                return locked(owner, posix, () -> {});
            } catch (AliveException | FileAlreadyExistsException alive) {
                return null;
            } catch (NoSuchFileException gone) {
                // somebody else has just finished with it
                return null;
            } catch (ClosedByInterruptException interrupted) {
                throw interrupted;
            } catch (IOException unusable) {
                LOG.warn("The journals in {} cannot be locked, and are left alone", owner, unusable);
                return null;
            }
        }
    }

    /** Somebody else has the lock. */
    private static final class AliveException extends IOException {
        private static final long serialVersionUID = 1L;

        AliveException(Path path) {
            super(path + " is locked by somebody else");
        }
    }

    /** What a test has happen between the open of a lock file and its lock. */
    interface Meanwhile {

        /** Has it happen. */
        void happen() throws IOException;
    }

    static OwnerDirectory locked(Path path, boolean posix, Meanwhile meanwhile) throws IOException {
        Path file = path.resolve(LOCK);
        BasicFileAttributes there = attributes(file);
        Set<OpenOption> options =
                new HashSet<>(Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS));
        if (there == null) {
            options.add(StandardOpenOption.CREATE_NEW);
        }
        FileChannel channel = FileChannel.open(file, options, fileAttributes(posix));
        boolean done = false;
        try {
            BasicFileAttributes opened = there == null ? attributes(file) : there;
            meanwhile.happen();
            FileLock lock = channel.tryLock();
            // a lock on a file that was deleted meanwhile is worth nothing, though another one may have taken its place
            if (lock == null || !isSame(opened, attributes(file))) {
                throw new AliveException(path);
            }
            String who = "pid " + ProcessHandle.current().pid() + "\n";
            channel.write(ByteBuffer.wrap(who.getBytes(StandardCharsets.US_ASCII)), 0);
            OURS.add(path);
            done = true;
            return new OwnerDirectory(path, channel, posix);
        } catch (OverlappingFileLockException anotherClassLoader) {
            throw new AliveException(path);
        } finally {
            if (!done) {
                channel.close();
            }
        }
    }

    private static @Nullable BasicFileAttributes attributes(Path file) throws IOException {
        try {
            return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException none) {
            return null;
        }
    }

    /** Whether it is the same file, as far as the file system tells. To open it once more would give up its lock. */
    private static boolean isSame(@Nullable BasicFileAttributes opened, @Nullable BasicFileAttributes now) {
        return opened != null && now != null && Objects.equals(opened.fileKey(), now.fileKey());
    }

    /** Where it is. */
    public Path path() {
        return path;
    }

    /** The names of the journal files in it. */
    List<String> files() throws IOException {
        List<String> names = new ArrayList<>();
        for (Path file : list(path)) {
            String name = file.getFileName().toString();
            if (FILE.matcher(name).matches()) {
                names.add(name);
            }
        }
        return names;
    }

    /** Makes a file that nobody else may read. */
    FileChannel create(Path file) throws IOException {
        return FileChannel.open(
                file,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE),
                fileAttributes(posix));
    }

    /**
     * Opens a regular file for reading, and for changing it in place; a link is not followed.
     *
     * @throws NoSuchFileException if there is none
     */
    FileChannel open(String name) throws IOException {
        Path file = path.resolve(name);
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new NoSuchFileException(file.toString());
        }
        return FileChannel.open(
                file, Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS));
    }

    /** Makes durable which files there are. */
    void force() throws IOException {
        force(path, posix);
    }

    private static void force(Path path, boolean posix) throws IOException {
        try (FileChannel directory = FileChannel.open(path, StandardOpenOption.READ)) {
            directory.force(true);
        } catch (IOException notEverywhere) {
            if (posix) {
                throw notEverywhere;
            }
        }
    }

    void delete(String name) throws IOException {
        Files.deleteIfExists(path.resolve(name));
    }

    private static void deleteUnlessFull(Path what) throws IOException {
        try {
            Files.deleteIfExists(what);
        } catch (DirectoryNotEmptyException notOurs) {
            // somebody has put something into it
        }
    }

    /** Says that there are journals in it that others need: {@link #remove} removes nothing then. */
    void share() {
        shared = true;
    }

    /** Whether there are journals in it that others need. */
    boolean isShared() {
        return shared;
    }

    /** What is done to the files when they are done with. */
    DoneTables.Steps steps() {
        return new DoneTables.Steps() {
            @Override
            public void force(String name, FileChannel file) throws IOException {
                file.force(true);
            }

            @Override
            public void forceDirectory() throws IOException {
                OwnerDirectory.this.force();
            }

            @Override
            public void delete(String name) throws IOException {
                OwnerDirectory.this.delete(name);
            }
        };
    }

    /**
     * Removes the directory and the journal files in it; what else lies there stays, and the directory with it. If there are journals of others among them, it
     * is left as it is. Deaf to interrupts, but for keeping the flag. When this is interrupted otherwise, nothing that is left is replayed.
     */
    public void remove() throws IOException {
        remove(steps());
    }

    void remove(DoneTables.Steps steps) throws IOException {
        if (shared) {
            leave();
            return;
        }
        boolean interrupted = Thread.interrupted();
        try {
            removeFiles(steps);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
        synchronized (OURS) {
            try {
                Files.deleteIfExists(path.resolve(LOCK));
            } finally {
                unlock();
            }
            deleteUnlessFull(path);
        }
    }

    /** Segments go last. */
    private void removeFiles(DoneTables.Steps steps) throws IOException {
        new DoneTables(this, steps).removeAll();
        List<String> rest = files();
        rest.sort(Comparator.comparing(name -> name.endsWith(JournalFile.Kind.SEGMENT.suffix)));
        for (String name : rest) {
            try {
                steps.delete(name);
            } catch (DirectoryNotEmptyException notOurs) {
                // somebody has put something into it
            }
        }
    }

    /** Gives the lock back and leaves everything else as it is, for the next factory to find. */
    public void leave() throws IOException {
        synchronized (OURS) {
            unlock();
        }
    }

    private void unlock() throws IOException {
        // a second time somebody else in this JVM may have it
        if (lockFile.isOpen()) {
            OURS.remove(path);
            lockFile.close();
        }
    }

    @Override
    public String toString() {
        return path.getFileName().toString();
    }
}
