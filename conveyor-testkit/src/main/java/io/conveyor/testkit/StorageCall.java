package io.conveyor.testkit;

import io.conveyor.Extent;

/**
 * One call that reached storage.
 *
 * @param operation which method
 * @param key the object, or the prefix of a listing; empty for a ping
 * @param extent the range of a read or write; for a truncation the empty range at the new size; else the empty range at 0
 * @param thread the thread that made the call
 */
public record StorageCall(StorageOperation operation, String key, Extent extent, Thread thread) {

    /** The call without its thread. */
    @Override
    public String toString() {
        return operation + " '" + key + "'" + (extent.length() > 0 || extent.offset() > 0 ? " " + extent : "");
    }
}
