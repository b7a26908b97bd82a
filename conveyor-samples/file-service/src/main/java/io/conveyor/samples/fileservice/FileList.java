package io.conveyor.samples.fileservice;

import io.conveyor.ObjectAttributes;
import java.time.Instant;
import java.util.List;

/**
 * One page of a listing.
 *
 * @param files files in order of their keys
 * @param more whether there are more behind the last one; ask with its key as {@code after}
 */
record FileList(List<Entry> files, boolean more) {

    /**
     * One file.
     *
     * @param key its key
     * @param size its size in bytes
     * @param lastModified when it was last changed
     */
    record Entry(String key, long size, Instant lastModified) {

        static Entry of(ObjectAttributes attributes) {
            return new Entry(attributes.key(), attributes.size(), attributes.lastModified());
        }
    }
}
