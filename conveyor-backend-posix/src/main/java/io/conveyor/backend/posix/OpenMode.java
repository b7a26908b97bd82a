package io.conveyor.backend.posix;

import io.conveyor.ConveyorOpenOption;
import io.conveyor.backend.posix.PosixErrors.Intent;
import java.nio.file.OpenOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/** The open options, understood. */
record OpenMode(boolean read, boolean write, boolean create, boolean createNew, boolean truncate, boolean replace) {

    private static final Set<OpenOption> KNOWN = Set.of(
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.CREATE,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.SPARSE,
            ConveyorOpenOption.ATOMIC_REPLACE);

    /**
     * Reads the options. Without {@code WRITE} those that create or cut mean nothing, as in {@link java.nio.channels.FileChannel#open}.
     *
     * @throws UnsupportedOperationException if one is not known
     * @throws IllegalArgumentException if they do not go together
     */
    static OpenMode of(Set<? extends OpenOption> options) {
        for (OpenOption option : options) {
            if (!KNOWN.contains(option)) {
                throw new UnsupportedOperationException("the option " + option + " is not known; known are " + KNOWN);
            }
        }
        boolean read = options.contains(StandardOpenOption.READ);
        boolean write = options.contains(StandardOpenOption.WRITE);
        boolean replace = options.contains(ConveyorOpenOption.ATOMIC_REPLACE);
        if (!read && !write) {
            throw new IllegalArgumentException("neither READ nor WRITE among " + options);
        }
        if (replace && !write) {
            throw new IllegalArgumentException("ATOMIC_REPLACE without WRITE in " + options);
        }
        return new OpenMode(
                read,
                write,
                write && options.contains(StandardOpenOption.CREATE),
                write && options.contains(StandardOpenOption.CREATE_NEW),
                write && options.contains(StandardOpenOption.TRUNCATE_EXISTING),
                replace);
    }

    /** Whether an object that does not exist comes into being. */
    boolean creates() {
        return create || createNew;
    }

    /** What opening is for. */
    Intent intent() {
        if (creates()) {
            return Intent.MAKE;
        }
        return write ? Intent.CHANGE : Intent.FIND;
    }
}
