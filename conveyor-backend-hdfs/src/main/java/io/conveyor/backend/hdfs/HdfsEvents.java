package io.conveyor.backend.hdfs;

import java.util.concurrent.atomic.LongAdder;

/** Counts for {@link HdfsStats}. Any thread. */
final class HdfsEvents {

    final LongAdder pipelineRecoveries = new LongAdder();
    final LongAdder streamRecoveries = new LongAdder();
    final LongAdder leaseRecoveries = new LongAdder();
    final LongAdder copyOnWrites = new LongAdder();
    final LongAdder copiedBytes = new LongAdder();

    HdfsStats snapshot() {
        return new HdfsStats(
                pipelineRecoveries.sum(),
                streamRecoveries.sum(),
                leaseRecoveries.sum(),
                copyOnWrites.sum(),
                copiedBytes.sum());
    }
}
