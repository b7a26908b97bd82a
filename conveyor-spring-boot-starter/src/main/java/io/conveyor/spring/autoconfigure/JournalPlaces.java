package io.conveyor.spring.autoconfigure;

import io.conveyor.spi.StorageBackend;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where the journals of an application are, and the roots of its stores on posix. Files of a journal below a root would be objects of that store: listed, read,
 * and deleted by whoever tidies up there. Any thread.
 */
final class JournalPlaces {

    private static final String POSIX = "posix:";

    private final Map<Path, StoreDefinition> roots = new LinkedHashMap<>(); // guarded by this
    private final Map<Path, StoreDefinition> journals = new LinkedHashMap<>(); // guarded by this

    /** Places of which none is taken. */
    JournalPlaces() {}

    /** Places of which those are taken that have been given away in {@code parent}. */
    JournalPlaces(JournalPlaces parent) {
        synchronized (parent) {
            roots.putAll(parent.roots);
            journals.putAll(parent.journals);
        }
    }

    /**
     * Gives a store and its journal, if it is to have one, their places.
     *
     * @throws UnusableJournalException if a journal would lie below the root of a store, whichever of them comes first
     */
    synchronized void take(StoreDefinition store, StorageBackend backend) {
        if (backend.identity().startsWith(POSIX)) {
            roots.put(real(backend.identity().substring(POSIX.length())), store);
        }
        if (store.properties().getJournal().isEnabled()) {
            journals.put(real(store.properties().getJournal().getDirectory()), store);
        }
        journals.forEach((journal, owner) -> roots.forEach((root, around) -> {
            if (journal.startsWith(root)) {
                throw below(owner, journal, around, root);
            }
        }));
    }

    private static UnusableJournalException below(
            StoreDefinition owner, Path journal, StoreDefinition around, Path root) {
        return new UnusableJournalException(
                owner,
                new IOException(owner.property("journal.directory") + " '" + journal + "' lies below "
                        + (around.isOnBean()
                                ? "the root of the StorageBackend bean of the application"
                                : around.property("posix.root"))
                        + " '" + root
                        + "', where its files would be objects of the store: choose a directory elsewhere"));
    }

    /** Where a directory is, or would be made. */
    private static Path real(String directory) {
        Path path = Path.of(directory).toAbsolutePath().normalize();
        for (Path there = path; there != null; there = there.getParent()) {
            try {
                return there.toRealPath().resolve(there.relativize(path));
            } catch (IOException absent) {
                // what is above may be there
            }
        }
        return path;
    }
}
