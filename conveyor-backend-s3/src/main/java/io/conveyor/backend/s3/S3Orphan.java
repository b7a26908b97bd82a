package io.conveyor.backend.s3;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a process left behind that did not come to its commit: an unfinished upload, or a hidden object.
 *
 * @param key the full key in the bucket
 * @param uploadId the upload, or null for a hidden object
 * @param since when it was begun, by the store's clock
 */
public record S3Orphan(String key, @Nullable String uploadId, Instant since) {}
