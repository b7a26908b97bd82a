package io.conveyor;

import java.util.Objects;

/**
 * The figures of one factory at one moment, closed conveyors included.
 *
 * @param total the sums over all conveyors, open and closed
 * @param opened conveyors opened so far
 * @param open conveyors open now
 * @param failed open conveyors with a sticky failure now
 * @param memoryBudgetBytes what the factory may use for pending bytes and prefetched ones together
 * @param memoryUsedBytes what it uses now
 * @param workers background threads allowed
 * @param busyWorkers background threads at work now
 */
public record FactoryStats(
        ConveyorStats total,
        long opened,
        int open,
        int failed,
        long memoryBudgetBytes,
        long memoryUsedBytes,
        int workers,
        int busyWorkers) {

    /** Checks that there is a total. */
    public FactoryStats {
        Objects.requireNonNull(total, "total");
    }
}
