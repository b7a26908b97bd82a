package io.conveyor.core;

import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.DELETE_ON_CLOSE;
import static java.nio.file.StandardOpenOption.DSYNC;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.SYNC;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import io.conveyor.ConveyorOpenOption;
import io.conveyor.spi.ResumeToken;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How a conveyor is open: the options as given, completed, and the part of them that a backend is to see. Equal modes are one object, because there are
 * few, and thousands of conveyors.
 */
final class OpenMode {

    /** So many are kept; only options of somebody's own could make more. */
    private static final int MOST_KNOWN = 256;

    private static final Map<Set<OpenOption>, OpenMode> KNOWN = new ConcurrentHashMap<>();

    private final Set<OpenOption> options;
    private final Set<OpenOption> forBackend;
    private final boolean readable;
    private final boolean writable;
    private final boolean appending;
    private final boolean synchronous;
    private final boolean draft;

    private OpenMode(Set<OpenOption> options, Set<OpenOption> forBackend) {
        this.options = options;
        this.forBackend = forBackend;
        this.readable = options.contains(READ);
        this.writable = options.contains(WRITE);
        this.appending = options.contains(APPEND);
        this.synchronous = options.contains(SYNC) || options.contains(DSYNC);
        this.draft = options.contains(ConveyorOpenOption.ATOMIC_REPLACE);
    }

    static OpenMode of(OpenOption... given) {
        Set<OpenOption> options = new LinkedHashSet<>();
        for (OpenOption option : given) {
            options.add(Objects.requireNonNull(option, "option"));
        }
        if (options.contains(DELETE_ON_CLOSE)) {
            throw new UnsupportedOperationException("DELETE_ON_CLOSE is not supported; delete the object by its key");
        }
        options.removeIf(option -> option instanceof LinkOption);
        if (options.contains(APPEND)) {
            options.add(WRITE);
        }
        if (!options.contains(WRITE)) {
            options.add(READ);
            // as everywhere in java.nio.file, what is opened for reading only is not created
            options.removeAll(List.of(CREATE, CREATE_NEW));
        }
        check(options);
        OpenMode known = KNOWN.get(options);
        if (known != null) {
            return known;
        }
        OpenMode mode = new OpenMode(Collections.unmodifiableSet(options), forBackend(options));
        if (KNOWN.size() < MOST_KNOWN && options.stream().noneMatch(ResumeToken.class::isInstance)) {
            KNOWN.putIfAbsent(mode.options, mode);
        }
        return mode;
    }

    private static Set<OpenOption> forBackend(Set<OpenOption> options) {
        Set<OpenOption> forBackend = new LinkedHashSet<>(options);
        forBackend.removeAll(List.of(APPEND, SYNC, DSYNC));
        if (options.contains(CREATE_NEW)) {
            forBackend.remove(CREATE);
        }
        return Collections.unmodifiableSet(forBackend);
    }

    private static void check(Set<OpenOption> options) {
        if (options.contains(APPEND) && options.contains(TRUNCATE_EXISTING)) {
            throw new IllegalArgumentException("APPEND and TRUNCATE_EXISTING exclude each other");
        }
        if (options.contains(APPEND) && options.contains(ConveyorOpenOption.ATOMIC_REPLACE)) {
            throw new IllegalArgumentException(
                    "APPEND and ATOMIC_REPLACE exclude each other: a replacement starts empty");
        }
        for (OpenOption option : List.of(TRUNCATE_EXISTING, ConveyorOpenOption.ATOMIC_REPLACE)) {
            if (options.contains(option) && !options.contains(WRITE)) {
                throw new IllegalArgumentException(option + " needs WRITE");
            }
        }
    }

    /** All options in effect. */
    Set<OpenOption> options() {
        return options;
    }

    /** What the backend is given: {@code APPEND}, {@code SYNC} and {@code DSYNC} are the engine's business. */
    Set<OpenOption> forBackend() {
        return forBackend;
    }

    boolean isReadable() {
        return readable;
    }

    boolean isWritable() {
        return writable;
    }

    boolean isAppending() {
        return appending;
    }

    /** Whether opening alone may change what there is. */
    boolean mayCreate() {
        return options.contains(CREATE) || options.contains(CREATE_NEW) || options.contains(TRUNCATE_EXISTING);
    }

    /** Whether what is stored does not count any more. */
    boolean truncates() {
        return options.contains(TRUNCATE_EXISTING);
    }

    /** Whether a write returns only when it is durable. */
    boolean isSynchronous() {
        return synchronous;
    }

    boolean isDraft() {
        return draft;
    }
}
