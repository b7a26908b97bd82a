package io.conveyor.backend.posix;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import io.conveyor.ConflictException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One file, this one and no other that may come to bear its name: what is opened later is compared with what was opened first. Any thread
 * may call it.
 */
final class ObjectFile {

    /** Java cannot ask an open channel which file it is; so its name is asked before and after, until both agree. */
    private static final int MAX_ATTEMPTS = 10;

    private final DirectoryTree tree;
    private final KeyPath at;
    private final @Nullable Object identity;
    private final FileTime made;
    private final boolean tellsWhenMade;
    private volatile Path name;

    private ObjectFile(DirectoryTree tree, KeyPath at, Path name, BasicFileAttributes attributes) {
        this.tree = tree;
        this.at = at;
        this.name = name;
        this.identity = attributes.fileKey();
        this.made = attributes.creationTime();
        // Java says when it was changed where it cannot find out when it was made
        this.tellsWhenMade = !made.equals(attributes.lastModifiedTime());
    }

    /** A file and a channel on it. */
    record Opened(ObjectFile file, FileChannel channel) {}

    /** Opens a file that exists. */
    static Opened existing(DirectoryTree tree, KeyPath at, Directory directory, Set<OpenOption> options)
            throws IOException {
        for (int attempt = 1; ; attempt++) {
            BasicFileAttributes before = requireRegular(directory, at.name());
            FileChannel channel = directory.open(at.name(), options, null);
            try {
                BasicFileAttributes after = requireRegular(directory, at.name());
                if (Objects.equals(before.fileKey(), after.fileKey())) {
                    return new Opened(new ObjectFile(tree, at, at.name(), after), channel);
                }
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
            channel.close();
            if (attempt == MAX_ATTEMPTS) {
                throw new ConflictException(at.key(), "it was replaced " + attempt + " times while it was opened");
            }
        }
    }

    /** A writer's channel can read too, if its handle does: for when there is no descriptor left for a reader's own. */
    private static Set<OpenOption> channelOptions(OpenMode mode, OpenOption... more) {
        Set<OpenOption> options = new HashSet<>(List.of(more));
        options.add(WRITE);
        if (mode.read()) {
            options.add(READ);
        }
        return options;
    }

    /**
     * Makes a file and opens it for writing.
     *
     * @throws FileAlreadyExistsException if the name is taken
     */
    static Opened created(
            DirectoryTree tree,
            KeyPath at,
            Directory directory,
            Path name,
            OpenMode mode,
            @Nullable Set<PosixFilePermission> permissions)
            throws IOException {
        FileChannel channel = directory.open(name, channelOptions(mode, CREATE_NEW), permissions);
        try {
            if (permissions != null) {
                directory.permissions(name, permissions);
            }
            return new Opened(new ObjectFile(tree, at, name, directory.attributes(name)), channel);
        } catch (IOException | RuntimeException e) {
            Closer.suppressing(e, channel, () -> directory.delete(name));
            throw e;
        }
    }

    /** Opens a file for writing that may exist or not, as the mode says. */
    static Opened writable(
            DirectoryTree tree,
            KeyPath at,
            Directory directory,
            OpenMode mode,
            @Nullable Set<PosixFilePermission> permissions)
            throws IOException {
        for (int attempt = 1; ; attempt++) {
            try {
                if (!mode.createNew()) {
                    return existing(
                            tree,
                            at,
                            directory,
                            mode.truncate() ? channelOptions(mode, TRUNCATE_EXISTING) : channelOptions(mode));
                }
            } catch (NoSuchFileException missing) {
                if (!mode.create()) {
                    throw missing;
                }
            }
            try {
                return created(tree, at, directory, at.name(), mode, permissions);
            } catch (FileAlreadyExistsException taken) {
                if (mode.createNew() || attempt == MAX_ATTEMPTS) {
                    requireRegular(directory, at.name());
                    throw taken;
                }
            }
        }
    }

    /**
     * The attributes of an entry that must be a file.
     *
     * @throws FileSystemException if it is something else; what, is found out afterwards
     */
    static BasicFileAttributes requireRegular(Directory directory, Path name) throws IOException {
        BasicFileAttributes attributes = directory.attributes(name);
        if (!attributes.isRegularFile()) {
            throw new FileSystemException(name.toString(), null, "not a regular file");
        }
        return attributes;
    }

    /**
     * Opens this file again.
     *
     * @throws ConflictException if its name is gone or means another file
     */
    FileChannel reopen(OpenOption... options) throws IOException {
        try (Directory directory = tree.descend(at.parents())) {
            Opened again =
                    existing(tree, new KeyPath(at.key(), at.parents(), name, at.path()), directory, Set.of(options));
            if (!isSame(again.file)) {
                again.channel.close();
                throw new ConflictException(at.key(), "another file has taken its place; open it anew");
            }
            return again.channel;
        } catch (NoSuchFileException e) {
            throw new ConflictException(at.key(), "somebody deleted or moved it while it was open", false, e);
        }
    }

    /** A file that is made when another one was deleted often gets its inode. */
    private boolean isSame(ObjectFile again) {
        return Objects.equals(identity, again.identity) && (!tellsWhenMade || made.equals(again.made));
    }

    /** From now on the file bears this name, in the same directory. */
    void renamedTo(Path newName) {
        name = newName;
    }

    /** The file's name at the moment. */
    Path name() {
        return name;
    }

    /** Whether an entry is this file. */
    boolean isAt(Directory directory, Path other) throws IOException {
        return Objects.equals(identity, directory.attributes(other).fileKey());
    }
}
