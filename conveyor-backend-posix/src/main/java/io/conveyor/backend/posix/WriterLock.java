package io.conveyor.backend.posix;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import io.conveyor.ConflictException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The lock that one writer holds against those of other processes: a POSIX record lock on an empty sibling with a reserved name.
 *
 * <p>On a sibling, since a process loses its locks on a file as soon as it closes <em>any</em> descriptor of that file, and readers do.
 * For the same reason the lock file is opened once at a time within this process, which the table of holders sees to. Lock files stay when the
 * lock is given back: to remove one while another process is about to lock it would let two in. They may be removed when no process uses
 * the root. The kernel drops the lock of a process that died.
 */
final class WriterLock implements Closeable {

    private static final Set<Holder> HOLDERS = ConcurrentHashMap.newKeySet();

    private final @Nullable Holder holder;
    private final @Nullable FileChannel channel;

    private WriterLock(@Nullable Holder holder, @Nullable FileChannel channel) {
        this.holder = holder;
        this.channel = channel;
    }

    /** What is locked, by whatever path it was reached. */
    private record Holder(Object directory, String lockName) {}

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
            return new WriterLock(holder, locked(directory, lockName, at.key()));
        } catch (IOException | RuntimeException e) {
            HOLDERS.remove(holder);
            throw e;
        }
    }

    private static FileChannel locked(Directory directory, Path lockName, String key) throws IOException {
        FileChannel channel = directory.open(lockName, Set.of(READ, WRITE, CREATE), PosixOptions.PRIVATE);
        try {
            if (channel.tryLock() == null) {
                throw new ConflictException(key, "a writer in another process has locked it");
            }
            return channel;
        } catch (OverlappingFileLockException e) {
            channel.close();
            throw new ConflictException(key, "another writer in this process has locked it", false, e);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
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
