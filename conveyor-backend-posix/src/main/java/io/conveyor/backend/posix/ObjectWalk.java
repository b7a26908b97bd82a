package io.conveyor.backend.posix;

import io.conveyor.ObjectAttributes;
import io.conveyor.spi.ObjectKeys;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * Walks the objects whose keys begin with a prefix, depth first, a directory at a time; one descriptor or two for each level it is down.
 * Leaves out what is no object: links, special files, the backend's own files, names that no key can have, and what disappears
 * meanwhile. One thread at a time.
 */
final class ObjectWalk implements Iterator<ObjectAttributes>, Closeable {

    private final DirectoryTree tree;
    private final PosixErrors errors;
    private final Path root;
    private final String prefix;
    private final Deque<Level> levels = new ArrayDeque<>();
    private boolean started;
    private @Nullable ObjectAttributes next;

    ObjectWalk(DirectoryTree tree, PosixErrors errors, Path root, String prefix) {
        this.tree = tree;
        this.errors = errors;
        this.root = root;
        this.prefix = prefix;
    }

    private record Level(Directory directory, EntryNames names, String keyPrefix) {}

    @Override
    public boolean hasNext() {
        try {
            start();
            while (next == null && !levels.isEmpty()) {
                advance(levels.element());
            }
            return next != null;
        } catch (IOException e) {
            Level level = levels.peek();
            throw new UncheckedIOException(errors.onList(level == null ? prefix : level.keyPrefix(), e));
        }
    }

    @Override
    public ObjectAttributes next() {
        if (!hasNext() || next == null) {
            throw new NoSuchElementException();
        }
        ObjectAttributes found = next;
        next = null;
        return found;
    }

    private void start() throws IOException {
        if (started) {
            return;
        }
        started = true;
        String directory = prefix.substring(0, prefix.lastIndexOf('/') + 1);
        List<Path> names = names(directory);
        if (names != null) {
            try {
                enter(tree.descend(names), directory);
            } catch (NoSuchFileException nothingThere) {
                // an empty list, unless it is the root that is not there
                tree.root().close();
            } catch (NotDirectoryException notOurs) {
                // a file or a link, below which there is no object
            }
        }
    }

    /** The directory's names, or null if no key can begin like that. */
    private @Nullable List<Path> names(String directory) {
        if (directory.isEmpty()) {
            return List.of();
        }
        try {
            KeyPath at = KeyPath.of(root, directory.substring(0, directory.length() - 1));
            if (at.isTooLong()) {
                return null;
            }
            List<Path> names = new ArrayList<>(at.parents());
            names.add(at.name());
            return names;
        } catch (InvalidPathException e) {
            return null;
        }
    }

    private void enter(Directory directory, String keyPrefix) throws IOException {
        try {
            levels.push(new Level(directory, directory.names(), keyPrefix));
        } catch (IOException e) {
            Closer.suppressing(e, directory);
            throw e;
        }
    }

    private void advance(Level level) throws IOException {
        if (!level.names().hasNext()) {
            levels.pop().directory().close();
            return;
        }
        Path name = level.names().next();
        String key = level.keyPrefix() + name;
        if (!isWanted(key, name)) {
            return;
        }
        try {
            visit(level, name, key);
        } catch (NoSuchFileException gone) {
            // somebody was faster
        }
    }

    private void visit(Level level, Path name, String key) throws IOException {
        BasicFileAttributes attributes = level.directory().attributes(name);
        if (attributes.isDirectory()) {
            enter(level.directory().child(name), key + "/");
        } else if (attributes.isRegularFile() && key.startsWith(prefix)) {
            next = new ObjectAttributes(
                    key, attributes.size(), attributes.lastModifiedTime().toInstant(), null);
        }
    }

    private boolean isWanted(String key, Path name) {
        boolean onTheWay = key.startsWith(prefix) || prefix.startsWith(key + "/");
        return onTheWay && !ReservedNames.isReserved(name.toString()) && isKey(key, name);
    }

    /** Names that are no text in the platform's encoding, and paths that are too long, cannot be asked for by a key. */
    private static boolean isKey(String key, Path name) {
        if (key.getBytes(StandardCharsets.UTF_8).length > ObjectKeys.MAX_BYTES) {
            return false;
        }
        try {
            return name.getFileSystem().getPath(name.toString()).equals(name);
        } catch (InvalidPathException e) {
            return false;
        }
    }

    /** Releases the directories that are open. Idempotent. */
    @Override
    public void close() throws IOException {
        started = true;
        next = null;
        Closer closer = new Closer();
        while (!levels.isEmpty()) {
            closer.close(levels.pop().directory());
        }
        IOException failure = closer.failure();
        if (failure != null) {
            throw failure;
        }
    }
}
