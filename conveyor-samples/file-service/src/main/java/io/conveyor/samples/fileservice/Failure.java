package io.conveyor.samples.fileservice;

import io.conveyor.BackPressureTimeoutException;
import io.conveyor.ConflictException;
import io.conveyor.StorageException;
import io.conveyor.WriteBehindException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import org.springframework.http.HttpStatus;

/**
 * What a failure means over HTTP.
 *
 * @param status the status code
 * @param detail one sentence for the client, without anything that it did not send itself
 */
record Failure(HttpStatus status, String detail) {

    /** What {@code failure} means; a background failure means what its cause means. */
    static Failure of(Throwable failure) {
        if (failure instanceof WriteBehindException background && background.getCause() != null) {
            return of(background.getCause());
        }
        if (failure instanceof StorageException storage) {
            return of(storage);
        }
        if (failure instanceof InvalidPathException key) {
            return new Failure(HttpStatus.BAD_REQUEST, "The key cannot be used: " + key.getReason() + ".");
        }
        if (failure instanceof BrokenUploadException upload) {
            return of(upload);
        }
        if (failure instanceof NoSuchFileException) {
            return new Failure(HttpStatus.NOT_FOUND, "There is no such file.");
        }
        if (failure instanceof AccessDeniedException) {
            return new Failure(HttpStatus.FORBIDDEN, "The store does not allow it.");
        }
        if (failure instanceof ConflictException || failure instanceof FileAlreadyExistsException) {
            return new Failure(HttpStatus.CONFLICT, "Somebody else is changing the file.");
        }
        if (failure instanceof BackPressureTimeoutException) {
            return new Failure(HttpStatus.SERVICE_UNAVAILABLE, "Storage does not keep up; try again later.");
        }
        if (failure instanceof InterruptedIOException || failure instanceof ClosedChannelException) {
            return new Failure(HttpStatus.SERVICE_UNAVAILABLE, "The service is shutting down.");
        }
        return new Failure(HttpStatus.INTERNAL_SERVER_ERROR, "The request could not be served.");
    }

    private static Failure of(StorageException failure) {
        return switch (failure.kind()) {
            case NO_SPACE -> new Failure(HttpStatus.INSUFFICIENT_STORAGE, "The store is full.");
            case TOO_LARGE -> new Failure(HttpStatus.CONTENT_TOO_LARGE, "The store takes no file of that size.");
            case THROTTLED, UNAVAILABLE ->
                new Failure(HttpStatus.SERVICE_UNAVAILABLE, "The store cannot be used at the moment.");
            case TIMEOUT -> new Failure(HttpStatus.GATEWAY_TIMEOUT, "The store did not answer in time.");
            case UNSUPPORTED -> new Failure(HttpStatus.CONFLICT, "The store cannot have a file of that name.");
            case IO, CORRUPT, CREDENTIALS, PROTOCOL -> new Failure(HttpStatus.BAD_GATEWAY, "The store failed.");
        };
    }

    private static Failure of(BrokenUploadException upload) {
        HttpStatus status = upload.getCause() instanceof SocketTimeoutException
                ? HttpStatus.REQUEST_TIMEOUT
                : HttpStatus.BAD_REQUEST;
        return new Failure(status, "The body is incomplete: " + upload.getMessage() + ".");
    }

    /** Whether the same request may succeed after a while. */
    boolean isTemporary() {
        return status == HttpStatus.SERVICE_UNAVAILABLE;
    }
}
