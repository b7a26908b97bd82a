package io.conveyor.spring.actuate;

import io.conveyor.backend.s3.S3Backend;
import io.conveyor.backend.s3.S3Orphan;
import io.conveyor.spi.StorageBackend;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Finds and removes what was left behind in a store on S3. Loaded only if that module is on the class path. */
final class Orphans {

    private Orphans() {}

    /** Whether the store can have any. */
    static boolean arePossible(StorageBackend backend) {
        return backend instanceof S3Backend;
    }

    /** What is older than {@code age}; and gone afterwards, if {@code remove}. */
    static OrphansDescription of(StorageBackend backend, Duration age, boolean remove, boolean showKeys)
            throws IOException {
        S3Backend s3 = (S3Backend) backend;
        List<OrphanDescription> orphans = new ArrayList<>();
        int removed = 0;
        for (S3Orphan orphan : s3.orphans(age)) {
            orphans.add(new OrphanDescription(
                    orphan.uploadId() == null ? "object" : "upload", showKeys ? orphan.key() : null, orphan.since()));
            if (remove) {
                s3.remove(orphan);
                removed++;
            }
        }
        return new OrphansDescription(age, orphans, removed);
    }
}
