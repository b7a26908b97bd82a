package io.conveyor.spring.metrics;

import java.util.Locale;

/** The calls to a backend that are timed; in lower case the values of the tag {@code operation}. */
enum Operation {
    OPEN,
    ATTRIBUTES,
    DELETE,
    LIST,
    PING,
    PREAD,
    PWRITE,
    LSEEK,
    TRUNCATE,
    FLUSH,
    SYNC,
    COMMIT,
    RESOLVE,
    ABORT,
    CLOSE;

    String tag() {
        return name().toLowerCase(Locale.ROOT);
    }
}
