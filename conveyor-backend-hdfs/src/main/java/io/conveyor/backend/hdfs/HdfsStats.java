package io.conveyor.backend.hdfs;

/**
 * What one {@link HdfsBackend} lived through, cumulative.
 *
 * @param pipelineRecoveries times that the datanodes of a block changed while it was written, because one of them failed
 * @param streamRecoveries times that a broken append stream was opened anew after its length was compared
 * @param leaseRecoveries times that a lease was recovered from the namenode
 * @param copyOnWrites files that were written anew because something in their middle changed
 * @param copiedBytes bytes that those copies moved
 */
public record HdfsStats(
        long pipelineRecoveries, long streamRecoveries, long leaseRecoveries, long copyOnWrites, long copiedBytes) {}
