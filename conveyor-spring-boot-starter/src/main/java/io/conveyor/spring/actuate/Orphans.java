package io.conveyor.spring.actuate;

import io.conveyor.backend.s3.S3Backend;
import io.conveyor.backend.s3.S3Orphan;
import io.conveyor.spi.StorageBackend;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** Finds and removes what was left behind in a store on S3. Loaded only if that module is on the class path. */
final class Orphans {

    private Orphans() {}

    /** Whether the store can have any. */
    static boolean arePossible(StorageBackend backend) {
        return backend instanceof S3Backend;
    }

    /** What is older than {@code age}; and gone afterwards, if {@code remove}. Ends with the first failure of the store. */
    static OrphansDescription of(StorageBackend backend, Duration age, boolean remove, boolean showKeys) {
        S3Backend s3 = (S3Backend) backend;
        List<S3Orphan> found = List.of();
        int removed = 0;
        String failure = null;
        try {
            found = s3.orphans(age);
            if (remove) {
                for (S3Orphan orphan : found) {
                    s3.remove(orphan);
                    removed++;
                }
            }
        } catch (IOException | RuntimeException refused) { // a store's answer may make no sense
            failure = refused.getClass().getName();
        }
        List<OrphanDescription> listed = found.stream()
                .limit(StoreDescription.LISTED)
                .map(orphan -> describe(orphan, showKeys))
                .toList();
        return new OrphansDescription(age, listed, found.size() > listed.size(), removed, failure);
    }

    private static OrphanDescription describe(S3Orphan orphan, boolean showKeys) {
        return new OrphanDescription(
                orphan.uploadId() == null ? "object" : "upload", showKeys ? orphan.key() : null, orphan.since());
    }
}
