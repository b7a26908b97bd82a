package io.conveyor.backend.posix;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A directory held by its descriptor: whatever happens to its path meanwhile, names are looked up in this directory ({@code openat} and its
 * family). Java offers no {@code mkdirat} and no {@code linkat}, see {@link #createDirectory} and {@link #link}.
 */
final class SecureDirectory implements Directory {

    private final Path root;
    private final Path path;
    private final SecureDirectoryStream<Path> stream;

    SecureDirectory(Path root, Path path, SecureDirectoryStream<Path> stream) {
        this.root = root;
        this.path = path;
        this.stream = stream;
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public @Nullable Object identity() throws IOException {
        return stream.getFileAttributeView(BasicFileAttributeView.class)
                .readAttributes()
                .fileKey();
    }

    @Override
    public BasicFileAttributes attributes(Path name) throws IOException {
        return stream.getFileAttributeView(name, BasicFileAttributeView.class, NOFOLLOW_LINKS)
                .readAttributes();
    }

    @Override
    public Directory child(Path name) throws IOException {
        // Asked first, because to open a named pipe would wait for its other end.
        if (!attributes(name).isDirectory()) {
            throw new NotDirectoryException(name.toString());
        }
        return new SecureDirectory(root, path.resolve(name), stream.newDirectoryStream(name, NOFOLLOW_LINKS));
    }

    /**
     * Makes the directory in the root, whose path is trusted, and moves it here by descriptor: a link swapped into the path cannot
     * divert it. It inherits (group, default ACL) from the root. An empty directory that somebody made meanwhile is replaced; whoever
     * had opened that one finds it gone, and tries again.
     */
    @Override
    public void createDirectory(Path name, @Nullable Set<PosixFilePermission> permissions) throws IOException {
        Path temporary = root.resolve(ReservedNames.temporary());
        Files.createDirectory(temporary, attributesFor(permissions));
        try (DirectoryStream<Path> top = Files.newDirectoryStream(root)) {
            if (permissions != null) {
                Files.setPosixFilePermissions(temporary, permissions);
            }
            ((SecureDirectoryStream<Path>) top).move(temporary.getFileName(), stream, name);
        } catch (AtomicMoveNotSupportedException otherFileSystem) {
            // A file system is mounted between the root and here. Whoever can swap links there may gain an empty
            // directory elsewhere.
            Files.createDirectory(path.resolve(name), attributesFor(permissions));
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    @Override
    public FileChannel open(
            Path name, Set<? extends OpenOption> options, @Nullable Set<PosixFilePermission> permissions)
            throws IOException {
        Set<OpenOption> unfollowed = new HashSet<>(options);
        unfollowed.add(NOFOLLOW_LINKS);
        return (FileChannel) stream.newByteChannel(name, unfollowed, attributesFor(permissions));
    }

    static FileAttribute<?>[] attributesFor(@Nullable Set<PosixFilePermission> permissions) {
        return permissions == null
                ? new FileAttribute<?>[0]
                : new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)};
    }

    @Override
    public void delete(Path name) throws IOException {
        stream.deleteFile(name);
    }

    @Override
    public void deleteDirectory(Path name) throws IOException {
        stream.deleteDirectory(name);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        stream.move(from, stream, to);
    }

    /**
     * The one call by path: both names lie in one directory, so a link swapped into the path leads to a place where the existing name, which is
     * random, is not found.
     */
    @Override
    public void link(Path existing, Path name) throws IOException {
        Files.createLink(path.resolve(name), path.resolve(existing));
    }

    @Override
    public @Nullable Set<PosixFilePermission> permissions(Path name) throws IOException {
        PosixFileAttributeView view = stream.getFileAttributeView(name, PosixFileAttributeView.class, NOFOLLOW_LINKS);
        return view == null ? null : view.readAttributes().permissions();
    }

    @Override
    public void permissions(Path name, Set<PosixFilePermission> permissions) throws IOException {
        PosixFileAttributeView view = stream.getFileAttributeView(name, PosixFileAttributeView.class, NOFOLLOW_LINKS);
        if (view != null) {
            view.setPermissions(permissions);
        }
    }

    @Override
    public EntryNames names() {
        return new EntryNames(stream.iterator());
    }

    @Override
    public FileChannel self() throws IOException {
        return (FileChannel) stream.newByteChannel(path.getFileSystem().getPath("."), Set.of(StandardOpenOption.READ));
    }

    @Override
    public void close() throws IOException {
        stream.close();
    }
}
