package io.conveyor.backend.posix;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The directories from the root down. The path to the root is trusted and may have links; below it none is followed. Any thread may call
 * it.
 */
final class DirectoryTree {

    private final PosixOptions options;
    private final Object making = new Object();

    DirectoryTree(PosixOptions options) {
        this.options = options;
    }

    /**
     * Makes a root and what is missing above it, durably. One that may not be read is left out: it cannot be opened, and so not be made durable
     * by us.
     */
    static void createRoot(Path root, @Nullable Set<PosixFilePermission> permissions, Durability durability)
            throws IOException {
        Deque<Path> missing = new ArrayDeque<>();
        Path there = root.toAbsolutePath();
        while (there.getParent() != null && Files.notExists(there)) {
            missing.push(there);
            there = there.getParent();
        }
        Path top = there.toRealPath();
        for (Path directory : missing) {
            createAboveOrRoot(directory, permissions);
        }
        // it may have been there, and be no directory
        Files.createDirectories(root, SecureDirectory.attributesFor(permissions));
        Deque<Path> changed = new ArrayDeque<>();
        for (Path above = root.toRealPath().getParent();
                above != null && above.startsWith(top);
                above = above.getParent()) {
            changed.push(above);
        }
        for (Path directory : changed) {
            forceIfItOpens(directory, durability);
        }
    }

    private static void createAboveOrRoot(Path directory, @Nullable Set<PosixFilePermission> permissions)
            throws IOException {
        try {
            Files.createDirectory(directory, SecureDirectory.attributesFor(permissions));
        } catch (FileAlreadyExistsException byOthers) {
            // or it ends in "..": its permissions are not ours to set
            return;
        }
        if (permissions != null) {
            Files.setPosixFilePermissions(directory, permissions);
        }
    }

    private static void forceIfItOpens(Path directory, Durability durability) throws IOException {
        try {
            force(new CheckedDirectory(directory), durability);
        } catch (AccessDeniedException notToBeRead) {
            // nothing above the root need be readable to us
        }
    }

    /** The root itself. */
    @SuppressWarnings("StreamResourceLeak") // closed here, or with the directory that takes it
    Directory root() throws IOException {
        Path root = options.root();
        if (options.descriptors()) {
            DirectoryStream<Path> stream = Files.newDirectoryStream(root);
            if (stream instanceof SecureDirectoryStream<Path> secure) {
                return new SecureDirectory(root, root, secure);
            }
            stream.close();
        }
        return new CheckedDirectory(root);
    }

    /**
     * The directory that the names lead to.
     *
     * @throws NoSuchFileException if there is none
     */
    Directory descend(List<Path> names) throws IOException {
        return descend(names, Directory::child);
    }

    /** The directory that the names lead to, made as far as it is missing. */
    Directory descendOrCreate(List<Path> names) throws IOException {
        return descend(names, this::childOrCreate);
    }

    private Directory descend(List<Path> names, Step step) throws IOException {
        Directory directory = root();
        for (Path name : names) {
            try (Directory above = directory) {
                directory = step.down(above, name);
            }
        }
        return directory;
    }

    private Directory childOrCreate(Directory above, Path name) throws IOException {
        try {
            return above.child(name);
        } catch (NoSuchFileException missing) {
            return create(above, name);
        }
    }

    /** One thread at a time: a directory that is made a second time would replace the first. */
    private Directory create(Directory above, Path name) throws IOException {
        synchronized (making) {
            try {
                return above.child(name);
            } catch (NoSuchFileException missing) {
                try {
                    above.createDirectory(name, options.directoryPermissions());
                } catch (IOException inTheWay) {
                    return childInTheWay(above, name, inTheWay);
                }
                return above.child(name);
            }
        }
    }

    private static Directory childInTheWay(Directory above, Path name, IOException inTheWay) throws IOException {
        try {
            return above.child(name);
        } catch (NoSuchFileException stillMissing) {
            throw inTheWay;
        }
    }

    /**
     * Makes the names from the root down to the last directory durable, and with them the entries in that one. All of them, whoever made
     * them: another process may have made one and died before it was durable.
     */
    void sync(List<Path> names, Durability durability) throws IOException {
        sync(
                descend(names, (above, name) -> {
                    force(above, durability);
                    return above.child(name);
                }),
                durability);
    }

    private static void sync(Directory last, Durability durability) throws IOException {
        try (last) {
            force(last, durability);
        }
    }

    private static void force(Directory directory, Durability durability) throws IOException {
        try (FileChannel channel = directory.self()) {
            durability.forceUninterruptibly(channel, true, directory.path());
        } catch (ClosedByInterruptException e) {
            throw new IOException("interrupted before the outcome was known", e);
        }
    }

    private interface Step {
        Directory down(Directory above, Path name) throws IOException;
    }
}
