package io.conveyor;

import java.io.IOException;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A storage call failed in a way that Java has no exception for. It says what kind of failure it was, whether the same call may be
 * repeated, which operation failed, and on which bytes of which object.
 *
 * <p>Failures that Java does name keep their name: {@link java.nio.file.NoSuchFileException}, {@link
 * java.nio.file.FileAlreadyExistsException}, {@link java.nio.file.AccessDeniedException}. Instances are immutable but for what
 * {@link Throwable} lets everybody change, so they are made anew for each throw.
 */
public class StorageException extends IOException {

    private static final long serialVersionUID = 1L;

    /** What went wrong. */
    public enum Kind {
        /** The device or the connection failed, or the store gave a reason that fits no other kind. */
        IO,
        /** The store, the quota or the disk is full. */
        NO_SPACE,
        /** The store refuses requests because there are too many; come back later. */
        THROTTLED,
        /** The store cannot be reached or cannot serve at the moment. */
        UNAVAILABLE,
        /** No answer within the time allowed. */
        TIMEOUT,
        /** The bytes that arrived are not the bytes that were sent or stored. */
        CORRUPT,
        /** The object would exceed what the store, or the format of its parts, allows. */
        TOO_LARGE,
        /** The credentials are missing, wrong or expired. */
        CREDENTIALS,
        /** The store cannot do this at all. */
        UNSUPPORTED,
        /** The backend broke its contract, as with a write that took no byte. */
        PROTOCOL
    }

    /** Whether the call that failed may be made again. */
    public enum Retry {
        /** No: it would fail again. */
        NEVER,
        /** Yes: the call certainly had no effect, or repeating it has no further effect. */
        SAFE,
        /** Only after finding out whether it took effect: the request went out, the answer did not come back. */
        OUTCOME_UNKNOWN
    }

    private final Kind kind;
    private final Retry retry;
    private final String operation;
    private final @Nullable String key;
    private final @Nullable Extent extent;

    /**
     * A failure of one storage call.
     *
     * @param kind what went wrong
     * @param retry whether the call may be repeated
     * @param operation the call, as the SPI names it: {@code pread}, {@code pwrite}, {@code flush}...
     * @param key the object, or null if the call concerned none
     * @param extent the bytes, or null if the call concerned no range
     * @param detail what happened, without secrets and without content
     * @param cause the vendor's exception, or null
     */
    public StorageException(
            Kind kind,
            Retry retry,
            String operation,
            @Nullable String key,
            @Nullable Extent extent,
            String detail,
            @Nullable Throwable cause) {
        super(message(kind, operation, key, extent, detail), cause);
        this.kind = Objects.requireNonNull(kind, "kind");
        this.retry = Objects.requireNonNull(retry, "retry");
        this.operation = Objects.requireNonNull(operation, "operation");
        this.key = key;
        this.extent = extent;
    }

    private static String message(
            Kind kind, String operation, @Nullable String key, @Nullable Extent extent, String detail) {
        return operation
                + (key == null ? "" : " of '" + key + "'")
                + (extent == null ? "" : " at " + extent)
                + " failed (" + kind + "): " + detail;
    }

    /** What went wrong. */
    public Kind kind() {
        return kind;
    }

    /** Whether the call may be repeated. */
    public Retry retry() {
        return retry;
    }

    /** The call that failed, as the SPI names it. */
    public String operation() {
        return operation;
    }

    /** The object concerned, if there is one. */
    public Optional<String> key() {
        return Optional.ofNullable(key);
    }

    /** The bytes concerned, if the call named a range. */
    public Optional<Extent> extent() {
        return Optional.ofNullable(extent);
    }
}
