package io.conveyor.backend.posix;

import static java.nio.file.StandardOpenOption.READ;

import io.conveyor.backend.posix.ObjectFile.Opened;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Set;

/** Opens handles: finds or makes the directory, takes the lock, finds or makes the file. Any thread may call it. */
final class HandleOpener {

    /** How often a directory may vanish between being made and being used before that is an error. */
    private static final int MAX_ATTEMPTS = 10;

    private final PosixOptions options;
    private final DirectoryTree tree;
    private final PosixErrors errors;
    private final Set<Path> liveDrafts;

    HandleOpener(PosixOptions options, DirectoryTree tree, PosixErrors errors, Set<Path> liveDrafts) {
        this.options = options;
        this.tree = tree;
        this.errors = errors;
        this.liveDrafts = liveDrafts;
    }

    PosixHandle open(KeyPath at, OpenMode mode) throws IOException {
        for (int attempt = 1; ; attempt++) {
            try {
                return tryOpen(at, mode);
            } catch (NoSuchFileException e) {
                if (!mode.creates() || attempt == MAX_ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    private PosixHandle tryOpen(KeyPath at, OpenMode mode) throws IOException {
        try (Directory directory = mode.creates() ? tree.descendOrCreate(at.parents()) : tree.descend(at.parents())) {
            if (!mode.write()) {
                Opened opened = ObjectFile.existing(tree, at, directory, Set.of(READ));
                return PosixHandle.reading(at, opened, errors);
            }
            if (!mode.creates()) {
                // Known before a lock file is made for it.
                ObjectFile.requireRegular(directory, at.name());
            }
            WriterLock lock =
                    options.fileLock() ? WriterLock.acquire(directory, at, options.ignoreCase()) : WriterLock.none();
            try {
                return mode.replace() ? draft(at, mode, directory, lock) : writing(at, mode, directory, lock);
            } catch (IOException | RuntimeException e) {
                lock.close();
                throw e;
            }
        }
    }

    private PosixHandle writing(KeyPath at, OpenMode mode, Directory directory, WriterLock lock) throws IOException {
        Opened opened = ObjectFile.writable(tree, at, directory, mode, options.permissions());
        return PosixHandle.writing(at, opened, mode, null, lock, errors, tree, options.durability());
    }

    private PosixHandle draft(KeyPath at, OpenMode mode, Directory directory, WriterLock lock) throws IOException {
        requireReplaceable(at, mode, directory);
        Path temporary = at.name().getFileSystem().getPath(ReservedNames.temporary());
        liveDrafts.add(temporary);
        try {
            Opened opened = ObjectFile.created(tree, at, directory, temporary, mode, PosixOptions.PRIVATE);
            Draft draft = new Draft(tree, at, opened.file(), mode, options.permissions(), liveDrafts);
            return PosixHandle.writing(at, opened, mode, draft, lock, errors, tree, options.durability());
        } catch (IOException | RuntimeException e) {
            liveDrafts.remove(temporary);
            throw e;
        }
    }

    private static void requireReplaceable(KeyPath at, OpenMode mode, Directory directory) throws IOException {
        try {
            ObjectFile.requireRegular(directory, at.name());
        } catch (NoSuchFileException missing) {
            if (!mode.creates()) {
                throw missing;
            }
            return;
        }
        if (mode.createNew()) {
            throw new FileAlreadyExistsException(at.key());
        }
    }
}
