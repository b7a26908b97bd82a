package io.conveyor.testkit;

/** The calls that a storage backend and its handles answer, as this kit counts them and lets them fail. */
public enum StorageOperation {
    /** {@link io.conveyor.spi.StorageBackend#open}. */
    OPEN,
    /** {@link io.conveyor.spi.StorageBackend#attributes}. */
    ATTRIBUTES,
    /** {@link io.conveyor.spi.StorageBackend#delete}. */
    DELETE,
    /** {@link io.conveyor.spi.StorageBackend#list}. */
    LIST,
    /** {@link io.conveyor.spi.StorageBackend#ping}. */
    PING,
    /** {@link io.conveyor.spi.StorageHandle#pread}, of one buffer or of several. */
    PREAD,
    /** {@link io.conveyor.spi.StorageHandle#restReads}, which does not fail. */
    REST_READS,
    /** {@link io.conveyor.spi.StorageHandle#pwrite}, of one buffer or of several. */
    PWRITE,
    /** {@link io.conveyor.spi.StorageHandle#lseek}. */
    LSEEK,
    /** {@link io.conveyor.spi.StorageHandle#truncate}. */
    TRUNCATE,
    /** {@link io.conveyor.spi.StorageHandle#flush}. */
    FLUSH,
    /** {@link io.conveyor.spi.StorageHandle#sync}. */
    SYNC,
    /** {@link io.conveyor.spi.StorageHandle#commit}. */
    COMMIT,
    /** {@link io.conveyor.spi.StorageHandle#resolve}. */
    RESOLVE,
    /** {@link io.conveyor.spi.StorageHandle#abort}. */
    ABORT,
    /** {@link io.conveyor.spi.StorageHandle#close}, the first of a handle that was not aborted. */
    CLOSE;

    /** Whether the call changes the object, or asks for a change to be published. */
    public boolean changes() {
        return switch (this) {
            case PWRITE, TRUNCATE, FLUSH, SYNC, COMMIT, RESOLVE -> true;
            default -> false;
        };
    }
}
