package io.conveyor.spi;

import io.conveyor.ObjectAttributes;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.OpenOption;
import java.util.Set;
import java.util.stream.Stream;

// Keep this surface small: every backend implements all of it. What wraps one forwards by ForwardingStorageBackend.

/**
 * One store: opens handles on its objects.
 *
 * <p><b>Threads.</b> Every method may be called from several threads at once. <b>Keys</b> reach a backend only after {@link
 * ObjectKeys#requireValid}; a backend that is used directly checks them itself. <b>Failures.</b> Each method throws the standard exception
 * where Java has one ({@link java.nio.file.NoSuchFileException}, {@link java.nio.file.FileAlreadyExistsException}, {@link
 * java.nio.file.AccessDeniedException}), {@link io.conveyor.ConflictException} where somebody else is in the way, else {@link
 * io.conveyor.StorageException}. A backend that wraps another one extends {@link ForwardingStorageBackend}.
 */
public interface StorageBackend extends Closeable {

    /** A short name for logs and metrics, such as {@code posix}. Constant. */
    String name();

    /** What this store can do, and what it prefers. Constant, and free of I/O. */
    StorageCapabilities capabilities();

    /**
     * Opens an object.
     *
     * <p>The options are some of {@code READ}, {@code WRITE}, {@code CREATE}, {@code CREATE_NEW}, {@code TRUNCATE_EXISTING}, {@code SPARSE}, {@link
     * io.conveyor.ConveyorOpenOption#ATOMIC_REPLACE}, a {@link ResumeToken}, and the backend's own. {@code APPEND}, {@code SYNC} and {@code
     * DSYNC} never reach a backend. At least one of {@code READ} and {@code WRITE} is given. With {@code ATOMIC_REPLACE} the handle starts empty,
     * and the object changes in {@link StorageHandle#commit()} only. Missing parents are made where the store has such a thing.
     *
     * @throws java.nio.file.NoSuchFileException if the object does not exist and neither {@code CREATE} nor {@code CREATE_NEW} is given
     * @throws java.nio.file.FileAlreadyExistsException if it exists and {@code CREATE_NEW} is given
     * @throws UnsupportedOperationException if an option is not known
     */
    StorageHandle open(String key, Set<? extends OpenOption> options) throws IOException;

    /**
     * What the store says about an object.
     *
     * @throws java.nio.file.NoSuchFileException if there is none
     */
    ObjectAttributes attributes(String key) throws IOException;

    /** Deletes an object; true if it existed. */
    boolean delete(String key) throws IOException;

    /**
     * The objects whose keys begin with the string {@code prefix}, recursively, in any order, without internal temporaries. Lazy; the caller
     * closes the stream. Fails by {@link java.io.UncheckedIOException} while it is consumed.
     */
    Stream<ObjectAttributes> list(String prefix) throws IOException;

    /**
     * Finds out cheaply, and within seconds, whether the store answers; for health checks.
     *
     * @throws IOException if it does not
     */
    void ping() throws IOException;

    /** The one name by which two keys that mean the same object are known; by default the key itself. Free of I/O. */
    default String canonicalKey(String key) {
        return key;
    }

    /**
     * What tells this store from others: a journal of one is never replayed into another. At most 2,048 UTF-8 bytes, without secrets, and the same for
     * every process that means the same objects; by default the name. Free of I/O.
     */
    default String identity() {
        return name();
    }

    /** Releases clients and connections; handles that are still open may fail from then on. Idempotent. */
    @Override
    default void close() throws IOException {}
}
