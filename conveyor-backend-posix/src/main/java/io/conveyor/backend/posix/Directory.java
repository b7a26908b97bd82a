package io.conveyor.backend.posix;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An open directory. Names are single file names in it, and symbolic links are never followed: they fail, or are met as what they are.
 * Throws the platform's exceptions. One thread at a time.
 */
interface Directory extends Closeable {

    /** Where it lies, as far as names tell. */
    Path path();

    /** What names this very directory, by whatever path it was reached; null if the platform has nothing. */
    @Nullable
    Object identity() throws IOException;

    /** The attributes of an entry. */
    BasicFileAttributes attributes(Path name) throws IOException;

    /** Opens a directory in this one. */
    Directory child(Path name) throws IOException;

    /** Makes a directory in this one, with {@code permissions} exactly, or by the process's umask if they are null. */
    void createDirectory(Path name, @Nullable Set<PosixFilePermission> permissions) throws IOException;

    /** Opens a file in this directory; a new one gets {@code permissions} without those the umask forbids, or the umask's own if null. */
    FileChannel open(Path name, Set<? extends OpenOption> options, @Nullable Set<PosixFilePermission> permissions)
            throws IOException;

    /** Removes an entry that is no directory. */
    void delete(Path name) throws IOException;

    /** Removes a directory that is empty. */
    void deleteDirectory(Path name) throws IOException;

    /** Renames within this directory, over what is there. */
    void rename(Path from, Path to) throws IOException;

    /**
     * Gives a file a second name.
     *
     * @throws java.nio.file.FileAlreadyExistsException if the name is taken
     * @throws UnsupportedOperationException if there are no hard links
     */
    void link(Path existing, Path name) throws IOException;

    /** Who may do what with a file; null if the file system knows no such thing. */
    @Nullable
    Set<PosixFilePermission> permissions(Path name) throws IOException;

    /** Sets who may do what with a file; does nothing if the file system knows no such thing. */
    void permissions(Path name, Set<PosixFilePermission> permissions) throws IOException;

    /** The names of the entries; to be asked for once. */
    EntryNames names() throws IOException;

    /** A channel on the directory itself, good for {@code force} alone. */
    FileChannel self() throws IOException;
}
