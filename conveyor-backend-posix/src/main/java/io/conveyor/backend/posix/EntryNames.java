package io.conveyor.backend.posix;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Path;
import java.util.Iterator;

/** The names of a directory's entries, one after the other. One thread at a time. */
final class EntryNames {

    private final Iterator<Path> entries;

    EntryNames(Iterator<Path> entries) {
        this.entries = entries;
    }

    /** Whether there is one more. */
    boolean hasNext() throws IOException {
        try {
            return entries.hasNext();
        } catch (DirectoryIteratorException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /** The next one. */
    Path next() {
        return entries.next().getFileName();
    }
}
