package io.conveyor.backend.posix;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.Set;

/** Finds temporaries that a process left behind when it died, and removes them. */
final class AbandonedDrafts {

    private final DirectoryTree tree;
    private final Set<Path> live;
    private final Instant before;
    private int removed;

    /**
     * Looks for temporaries last changed before a moment.
     *
     * @param live the names of those that this process works on
     */
    AbandonedDrafts(DirectoryTree tree, Set<Path> live, Instant before) {
        this.tree = tree;
        this.live = live;
        this.before = before;
    }

    /** Removes them; returns how many. */
    int remove() throws IOException {
        try (Directory root = tree.root()) {
            removeFrom(root);
        }
        return removed;
    }

    private void removeFrom(Directory directory) throws IOException {
        EntryNames names = directory.names();
        while (names.hasNext()) {
            Path name = names.next();
            try {
                visit(directory, name);
            } catch (NoSuchFileException gone) {
                // somebody was faster
            }
        }
    }

    private void visit(Directory directory, Path name) throws IOException {
        BasicFileAttributes attributes = directory.attributes(name);
        if (ReservedNames.isTemporary(name.toString())) {
            if (!live.contains(name)
                    && attributes.lastModifiedTime().toInstant().isBefore(before)) {
                remove(directory, name, attributes.isDirectory());
            }
        } else if (attributes.isDirectory()) {
            try (Directory child = directory.child(name)) {
                removeFrom(child);
            }
        }
    }

    private void remove(Directory directory, Path name, boolean isDirectory) throws IOException {
        if (!isDirectory) {
            directory.delete(name);
            removed++;
            return;
        }
        try {
            directory.deleteDirectory(name);
        } catch (FileSystemException notEmpty) {
            // not one of ours: those are empty
        }
    }
}
