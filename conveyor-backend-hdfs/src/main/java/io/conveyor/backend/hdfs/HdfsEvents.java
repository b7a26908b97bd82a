package io.conveyor.backend.hdfs;

import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** What happened to a backend, or to one handle; what happens to a handle is counted for its backend, too. Any thread. */
final class HdfsEvents {

    private final @Nullable HdfsEvents backend;
    private final LongAdder pipelineRecoveries = new LongAdder();
    private final LongAdder streamRecoveries = new LongAdder();
    private final LongAdder leaseRecoveries = new LongAdder();
    private final LongAdder copyOnWrites = new LongAdder();
    private final LongAdder copiedBytes = new LongAdder();

    /** The events of a backend. */
    HdfsEvents() {
        this(null);
    }

    private HdfsEvents(@Nullable HdfsEvents backend) {
        this.backend = backend;
    }

    /** Events of one handle of this backend. */
    HdfsEvents ofHandle() {
        return new HdfsEvents(this);
    }

    /** The datanodes of a block changed while it was written. */
    void pipelineRecovered() {
        pipelineRecoveries.increment();
        if (backend != null) {
            backend.pipelineRecovered();
        }
    }

    /** A broken stream was given up, to be opened anew. */
    void streamRecovered() {
        streamRecoveries.increment();
        if (backend != null) {
            backend.streamRecovered();
        }
    }

    /** A lease was got from the namenode that somebody else had. */
    void leaseRecovered() {
        leaseRecoveries.increment();
        if (backend != null) {
            backend.leaseRecovered();
        }
    }

    /** A copy took the place of a file. */
    void copiedOnWrite() {
        copyOnWrites.increment();
        if (backend != null) {
            backend.copiedOnWrite();
        }
    }

    /** Bytes went into a copy. */
    void copied(long bytes) {
        copiedBytes.add(bytes);
        if (backend != null) {
            backend.copied(bytes);
        }
    }

    /** Times that the store made up for what it had lost while it wrote. */
    long recoveries() {
        return pipelineRecoveries.sum() + streamRecoveries.sum();
    }

    HdfsStats snapshot() {
        return new HdfsStats(
                pipelineRecoveries.sum(),
                streamRecoveries.sum(),
                leaseRecoveries.sum(),
                copyOnWrites.sum(),
                copiedBytes.sum());
    }
}
