package io.conveyor.core.write;

import io.conveyor.spi.StorageCapabilities;
import io.conveyor.spi.StorageCapabilities.FlushEffect;
import io.conveyor.spi.StorageCapabilities.ReleasePoint;
import io.conveyor.spi.StorageCapabilities.SyncEffect;

/**
 * What the state machine has to know about the store, for one handle.
 *
 * @param maxInFlight writes at a time
 * @param flushCall whether becoming visible needs a call
 * @param flushesBesideAppends whether such a call may be made while appends are under way
 * @param syncCall whether becoming durable needs a call of its own
 * @param lossySync whether a failed sync may have dropped what was written before it
 * @param releaseAtVisible whether bytes must be kept until they are visible
 * @param atomicCommit whether a flush publishes one version, so that a part of a round cannot be published
 * @param draft whether nothing becomes visible or durable before a commit
 * @param granuleBytes less than this waits for more
 * @param maxClaimBytes the longest write
 * @param maxPendingBytes the most that may be pending
 * @param maxRuns the most runs that may be pending: what bounds the bookkeeping of many tiny writes
 */
public record WriteTraits(
        int maxInFlight,
        boolean flushCall,
        boolean flushesBesideAppends,
        boolean syncCall,
        boolean lossySync,
        boolean releaseAtVisible,
        boolean atomicCommit,
        boolean draft,
        int granuleBytes,
        int maxClaimBytes,
        long maxPendingBytes,
        int maxRuns) {

    /** What a claim may have if the log is large enough: four segments at the usual budget. */
    private static final long LONG_CLAIM = 1 << 20;

    /** How many calls may be under way at a time. */
    public int mostCalls() {
        return maxInFlight + (flushesBesideAppends ? 1 : 0);
    }

    /** Whether bytes leave the log before they are published, which a failure may prevent: only the handle has them then. */
    public boolean releasesUnpublished() {
        return draft || (flushCall && !releaseAtVisible);
    }

    /**
     * The traits of a handle on a store with these capabilities.
     *
     * @param draft whether the handle is a draft, in which nothing becomes visible or durable before its commit
     */
    public static WriteTraits of(
            StorageCapabilities store,
            boolean draft,
            int maxInFlight,
            int segmentBytes,
            long maxPendingBytes,
            int maxRuns) {
        boolean releaseAtVisible = store.releaseAt() == ReleasePoint.FLUSH;
        boolean flushCall = releaseAtVisible || (!draft && store.flushEffect() != FlushEffect.NONE);
        boolean syncCall = !draft && store.syncEffect() != SyncEffect.NONE;
        int granule = (int) Math.max(1, Math.min(store.preferredWriteBytes(), maxPendingBytes / 2));
        return new WriteTraits(
                maxInFlight,
                flushCall,
                flushCall && store.flushesBesideAppends(),
                syncCall,
                syncCall && store.syncEffect() == SyncEffect.FSYNC,
                releaseAtVisible,
                !draft && store.atomicCommit(),
                draft,
                granule,
                (int) Math.max(Math.max(granule, 4 * segmentBytes), Math.min(LONG_CLAIM, maxPendingBytes / 4)),
                maxPendingBytes,
                maxRuns);
    }
}
