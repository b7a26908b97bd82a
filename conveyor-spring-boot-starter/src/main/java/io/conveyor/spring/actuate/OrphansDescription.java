package io.conveyor.spring.actuate;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.OperationResponseBody;

/**
 * What processes left behind in a store.
 *
 * @param olderThan what is younger is not listed: it may be somebody's work
 * @param orphans what is there, or was there until this call removed it; at most {@value StoreDescription#LISTED}
 * @param more whether there is more than is listed; removing does not leave it out
 * @param removed how many were removed
 * @param failure why not all were found, or removed as it was asked for, if they were not; the class of the exception
 */
record OrphansDescription(
        Duration olderThan,
        List<OrphanDescription> orphans,
        boolean more,
        int removed,
        @Nullable String failure) implements OperationResponseBody {}
