package io.conveyor.backend.posix;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A directory known by its path, for platforms without directory descriptors (macOS, Windows). Every component is checked when it is
 * entered: a link that is there is refused, a link that is swapped in between check and use is not noticed.
 */
final class CheckedDirectory implements Directory {

    private final Path path;
    private @Nullable DirectoryStream<Path> stream;

    CheckedDirectory(Path path) {
        this.path = path;
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public @Nullable Object identity() throws IOException {
        Object key = Files.readAttributes(path, BasicFileAttributes.class).fileKey();
        return key == null ? path : key;
    }

    @Override
    public BasicFileAttributes attributes(Path name) throws IOException {
        return Files.readAttributes(path.resolve(name), BasicFileAttributes.class, NOFOLLOW_LINKS);
    }

    @Override
    public Directory child(Path name) throws IOException {
        if (!attributes(name).isDirectory()) {
            throw new NotDirectoryException(name.toString());
        }
        return new CheckedDirectory(path.resolve(name));
    }

    @Override
    public void createDirectory(Path name, @Nullable Set<PosixFilePermission> permissions) throws IOException {
        Path made = path.resolve(name);
        Files.createDirectory(made, SecureDirectory.attributesFor(permissions));
        if (permissions != null) {
            Files.setPosixFilePermissions(made, permissions);
        }
    }

    @Override
    public FileChannel open(
            Path name, Set<? extends OpenOption> options, @Nullable Set<PosixFilePermission> permissions)
            throws IOException {
        Set<OpenOption> unfollowed = new HashSet<>(options);
        unfollowed.add(NOFOLLOW_LINKS);
        return FileChannel.open(path.resolve(name), unfollowed, SecureDirectory.attributesFor(permissions));
    }

    @Override
    public void delete(Path name) throws IOException {
        Files.delete(path.resolve(name));
    }

    @Override
    public void deleteDirectory(Path name) throws IOException {
        Files.delete(path.resolve(name));
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        Files.move(path.resolve(from), path.resolve(to), StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    public void link(Path existing, Path name) throws IOException {
        Files.createLink(path.resolve(name), path.resolve(existing));
    }

    @Override
    public @Nullable Set<PosixFilePermission> permissions(Path name) throws IOException {
        PosixFileAttributeView view =
                Files.getFileAttributeView(path.resolve(name), PosixFileAttributeView.class, NOFOLLOW_LINKS);
        return view == null ? null : view.readAttributes().permissions();
    }

    @Override
    public void permissions(Path name, Set<PosixFilePermission> permissions) throws IOException {
        // Followed: some platforms cannot set permissions otherwise, and the name is one that only we have.
        PosixFileAttributeView view = Files.getFileAttributeView(path.resolve(name), PosixFileAttributeView.class);
        if (view != null) {
            view.setPermissions(permissions);
        }
    }

    @Override
    @SuppressWarnings("StreamResourceLeak") // closed with this directory
    public EntryNames names() throws IOException {
        DirectoryStream<Path> opened = Files.newDirectoryStream(path);
        stream = opened;
        return new EntryNames(opened.iterator());
    }

    @Override
    public FileChannel self() throws IOException {
        return FileChannel.open(path, StandardOpenOption.READ);
    }

    @Override
    public void close() throws IOException {
        DirectoryStream<Path> opened = stream;
        if (opened != null) {
            opened.close();
        }
    }
}
