package io.conveyor.spring.actuate;

import io.conveyor.FactoryStats;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.OperationResponseBody;

/**
 * A store.
 *
 * @param backend what kind it is
 * @param opened conveyors opened so far
 * @param open conveyors open now
 * @param failed open conveyors with a sticky failure
 * @param pendingBytes accepted and not yet written, over all conveyors
 * @param memoryBudgetBytes what all conveyors may use
 * @param memoryUsedBytes what they use
 * @param workers background threads allowed
 * @param busyWorkers background threads at work
 * @param conveyors the open conveyors, failed ones first, at most {@value #LISTED}
 * @param failure why the operation that was asked for did not succeed, if it did not; the class of the exception
 */
record StoreDescription(
        String backend,
        long opened,
        int open,
        int failed,
        long pendingBytes,
        long memoryBudgetBytes,
        long memoryUsedBytes,
        int workers,
        int busyWorkers,
        List<ConveyorDescription> conveyors,
        @Nullable String failure)
        implements OperationResponseBody {

    /** Enough to find what is stuck, few enough for one answer. */
    static final int LISTED = 1000;

    static StoreDescription of(
            String backend, FactoryStats stats, List<ConveyorDescription> conveyors, @Nullable String failure) {
        return new StoreDescription(
                backend,
                stats.opened(),
                stats.open(),
                stats.failed(),
                stats.total().pendingBytes(),
                stats.memoryBudgetBytes(),
                stats.memoryUsedBytes(),
                stats.workers(),
                stats.busyWorkers(),
                conveyors,
                failure);
    }
}
