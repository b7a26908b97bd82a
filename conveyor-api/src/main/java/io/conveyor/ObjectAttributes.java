package io.conveyor;

import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a store says about one object.
 *
 * @param key the object's key
 * @param size its length in bytes
 * @param lastModified when it was last changed, by the store's clock and in the store's resolution
 * @param version what names this very content (an S3 ETag, an HDFS file id), or null where the store has no such thing
 */
public record ObjectAttributes(
        String key,
        long size,
        Instant lastModified,
        @Nullable String version) {

    /**
     * Checks the components.
     *
     * @throws IllegalArgumentException if the size is negative
     */
    public ObjectAttributes {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(lastModified, "lastModified");
        if (size < 0) {
            throw new IllegalArgumentException("size " + size + " of " + key + " is negative");
        }
    }
}
