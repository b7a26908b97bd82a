package io.conveyor.backend.posix;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import io.conveyor.ConflictException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The lock that one writer holds against those of other processes: a POSIX record lock on an empty sibling with a reserved name.
 *
 * <p>On a sibling, since a process loses its locks on a file as soon as it closes <em>any</em> descriptor of that file, and readers do.
 * For the same reason the lock file is opened once at a time within this process, which the table of holders sees to. Where the class is loaded twice (two web applications), each has its own table: who is
 * refused because of the other one keeps the lock file open, and has it for the next try. Lock files stay when the
 * lock is given back: to remove one while another process is about to lock it would let two in. They may be removed when no process uses
 * the root. The kernel drops the lock of a process that died.
 */
final class WriterLock implements Closeable {

    private static final Set<Holder> HOLDERS = ConcurrentHashMap.newKeySet();

    /** Lock files that somebody of this process had locked who is not in our table: to close them would take the lock from him. */
    private static final Map<Holder, LockFile> LEFT_OPEN = new ConcurrentHashMap<>();

    private static final AtomicBoolean STAYS_LOADED = new AtomicBoolean();

    private final @Nullable Holder holder;
    private final @Nullable FileChannel channel;

    private WriterLock(@Nullable Holder holder, @Nullable FileChannel channel) {
        this.holder = holder;
        this.channel = channel;
    }

    /** What is locked, by whatever path it was reached. */
    private record Holder(Object directory, String lockName) {}

    /** A lock file that is open, and which one it is: they may be removed, and made anew. */
    private record LockFile(@Nullable Object identity, FileChannel channel) {

        static LockFile open(Directory directory, Path name) throws IOException {
            FileChannel channel = directory.open(name, Set.of(READ, WRITE, CREATE), PosixOptions.PRIVATE);
            try {
                return new LockFile(directory.attributes(name).fileKey(), channel);
            } catch (IOException | RuntimeException e) {
                Closer.suppressing(e, channel);
                throw e;
            }
        }

        boolean isAt(Directory directory, Path name) throws IOException {
            try {
                return Objects.equals(identity, directory.attributes(name).fileKey());
            } catch (NoSuchFileException removed) {
                return false;
            }
        }
    }

    /** No lock, where none is wanted. */
    static WriterLock none() {
        return new WriterLock(null, null);
    }

    /**
     * Locks an object; never waits.
     *
     * @param ignoreCase whether names that differ only in case mean the same object, and need the same lock
     * @throws ConflictException if another writer, in this process or another, has locked it
     */
    static WriterLock acquire(Directory directory, KeyPath at, boolean ignoreCase) throws IOException {
        String name = at.name().toString();
        String locked = ReservedNames.lockOf(ignoreCase ? PosixOptions.folded(name) : name);
        Path lockName = at.name().getFileSystem().getPath(locked);
        Object identity = directory.identity();
        Holder holder = new Holder(identity == null ? directory.path() : identity, lockName.toString());
        if (!HOLDERS.add(holder)) {
            throw new ConflictException(at.key(), "another writer in this process has locked it");
        }
        try {
            return new WriterLock(holder, locked(directory, lockName, holder, at.key()));
        } catch (IOException | RuntimeException e) {
            HOLDERS.remove(holder);
            throw e;
        }
    }

    private static FileChannel locked(Directory directory, Path lockName, Holder holder, String key)
            throws IOException {
        LockFile file = leftOpenOrOpened(directory, lockName, holder);
        try {
            if (file.channel.tryLock() == null) {
                throw new ConflictException(key, "a writer in another process has locked it");
            }
            return file.channel;
        } catch (OverlappingFileLockException e) {
            LEFT_OPEN.put(holder, file);
            stayLoaded();
            throw new ConflictException(key, "another writer in this process has locked it", false, e);
        } catch (IOException | RuntimeException e) {
            file.channel.close();
            throw e;
        }
    }

    private static LockFile leftOpenOrOpened(Directory directory, Path lockName, Holder holder) throws IOException {
        LockFile left = LEFT_OPEN.get(holder);
        if (left != null && left.isAt(directory, lockName)) {
            LEFT_OPEN.remove(holder);
            return left;
        }
        LockFile opened = LockFile.open(directory, lockName);
        if (left != null) {
            LEFT_OPEN.remove(holder);
            left.channel.close();
        }
        return opened;
    }

    /** A class that is unloaded would take its open files with it. It is not while something refers to it that ends with the process. */
    private static void stayLoaded() {
        if (STAYS_LOADED.compareAndSet(false, true)) {
            try {
                Runtime.getRuntime().addShutdownHook(new Thread(LEFT_OPEN::clear, "conveyor-posix-locks"));
            } catch (IllegalStateException endsAlready) {
                // nothing is unloaded any more
            }
        }
    }

    /** Gives the lock back. Idempotent. */
    @Override
    public void close() throws IOException {
        if (channel != null && holder != null && channel.isOpen()) {
            try {
                channel.close();
            } finally {
                HOLDERS.remove(holder);
            }
        }
    }
}
