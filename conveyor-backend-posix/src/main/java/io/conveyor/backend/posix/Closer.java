package io.conveyor.backend.posix;

import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Closes several things, each although another one failed. One thread. */
final class Closer {

    private @Nullable IOException failure;

    /** Closes one thing, or nothing. */
    void close(@Nullable Closeable closeable) {
        if (closeable == null) {
            return;
        }
        try {
            closeable.close();
        } catch (IOException e) {
            if (failure == null) {
                failure = e;
            } else {
                failure.addSuppressed(e);
            }
        }
    }

    /** The first failure, with the others suppressed in it; null if there was none. */
    @Nullable
    IOException failure() {
        return failure;
    }

    /** Closes things because of a failure that is about to be thrown, and keeps it the first. */
    static void suppressing(Exception cause, Closeable... closeables) {
        Closer closer = new Closer();
        for (Closeable closeable : closeables) {
            closer.close(closeable);
        }
        IOException failure = closer.failure();
        if (failure != null) {
            cause.addSuppressed(failure);
        }
    }
}
