package io.conveyor.spring.metrics;

import io.conveyor.ConflictException;
import io.conveyor.StorageException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;

/** How a call ended, as a value of the tag {@code outcome}: a few fixed words, never a message. */
final class Outcome {

    static final String SUCCESS = "SUCCESS";

    private Outcome() {}

    /** The word for a failure; a {@link StorageException} is known by its kind. */
    static String of(Throwable failure) {
        if (failure instanceof StorageException storage) {
            return storage.kind().name();
        }
        if (failure instanceof NoSuchFileException) {
            return "NOT_FOUND";
        }
        if (failure instanceof FileAlreadyExistsException) {
            return "ALREADY_EXISTS";
        }
        if (failure instanceof AccessDeniedException) {
            return "ACCESS_DENIED";
        }
        if (failure instanceof ConflictException) {
            return "CONFLICT";
        }
        if (failure instanceof InterruptedIOException || failure instanceof ClosedByInterruptException) {
            return "INTERRUPTED";
        }
        return failure instanceof ClosedChannelException ? "CLOSED" : "ERROR";
    }
}
