package io.conveyor.spring.actuate;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorStats;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.OperationResponseBody;

/**
 * An open conveyor.
 *
 * @param id names it in this endpoint as long as it is open
 * @param key its key, if keys may be shown
 * @param mode the options it was opened with
 * @param watermarks how far accepted bytes have come
 * @param pendingBytes accepted and not yet written
 * @param pendingAge for how long at most the oldest of them has waited
 * @param windowBytes how far ahead fetching runs
 * @param hitRatio reads served from memory, of all that needed storage; absent before there were any
 * @param failure the sticky failure, if there is one
 * @param actionFailure why the action that was asked for did not succeed, if it did not; the class of the exception
 */
record ConveyorDescription(
        long id,
        @Nullable String key,
        List<String> mode,
        ConveyorStats.Watermarks watermarks,
        long pendingBytes,
        Duration pendingAge,
        long windowBytes,
        @Nullable Double hitRatio,
        @Nullable FailureDescription failure,
        @Nullable String actionFailure)
        implements OperationResponseBody {

    static ConveyorDescription of(long id, Conveyor conveyor, boolean showKeys, @Nullable String actionFailure) {
        ConveyorStats stats = conveyor.stats();
        return new ConveyorDescription(
                id,
                showKeys ? conveyor.key() : null,
                conveyor.openOptions().stream().map(String::valueOf).sorted().toList(),
                stats.watermarks(),
                stats.pendingBytes(),
                conveyor.pendingAge(),
                stats.readAhead().windowBytes(),
                hitRatio(stats.readAhead()),
                conveyor.failure()
                        .map(failure -> FailureDescription.of(failure, showKeys))
                        .orElse(null),
                actionFailure);
    }

    private static @Nullable Double hitRatio(ConveyorStats.ReadAhead reads) {
        long all = reads.hits() + reads.waits() + reads.misses();
        return all == 0 ? null : (double) reads.hits() / all;
    }
}
