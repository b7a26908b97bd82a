package io.conveyor.spring.actuate;

import io.conveyor.Extent;
import io.conveyor.StorageException;
import io.conveyor.WriteBehindException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A sticky failure.
 *
 * @param cause the class of the first failure
 * @param kind its kind, if it is a {@link StorageException}
 * @param message its words, if keys may be shown; they name the key
 * @param firstFailed the bytes of the call that failed first
 * @param unwritten what is not known to be in storage; a bounded list
 * @param unwrittenBytes how much that is in total
 * @param retainedBytes how much of it is kept, and written again once the failure is cleared
 */
record FailureDescription(
        String cause,
        @Nullable String kind,
        @Nullable String message,
        Extent firstFailed,
        List<Extent> unwritten,
        long unwrittenBytes,
        long retainedBytes) {

    static FailureDescription of(WriteBehindException failure, boolean showKeys) {
        Throwable cause = failure.getCause() == null ? failure : failure.getCause();
        return new FailureDescription(
                cause.getClass().getName(),
                cause instanceof StorageException storage ? storage.kind().name() : null,
                showKeys ? cause.getMessage() : null,
                failure.firstFailed(),
                failure.unwritten(),
                failure.unwrittenBytes(),
                failure.retainedBytes());
    }
}
