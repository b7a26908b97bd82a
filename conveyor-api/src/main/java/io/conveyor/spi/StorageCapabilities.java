package io.conveyor.spi;

import java.util.Objects;

/**
 * What a store can do and what it prefers: facts and limits, no more than fifteen. Made by {@link #builder()}.
 *
 * <p>The contract suite of the testkit has cases for what can be seen of a store that is well: {@code maxConcurrentReads}, {@code maxConcurrentWrites},
 * {@code atomicCommit}, {@code flushEffect}, {@code flushesBesideAppends}, {@code syncEffect} as far as that it succeeds, {@code maxObjectBytes}, {@code
 * interruptSafeReads} and {@code pinnedReads}. What shows only when something fails ({@code appendsOnly}, {@code releaseAt}, the rest of {@code
 * syncEffect}) is for the backend's own tests, which can let it fail. The others are advice about speed and memory: calls are right whatever they say.
 *
 * @param preferredReadBytes what the store likes to be asked for at once; the engine fetches blocks of about this size
 * @param preferredWriteBytes what the store likes to be given at once; smaller writes wait a little for more (the granule)
 * @param maxConcurrentReads how many {@code pread} calls one handle serves well at a time, at least 1
 * @param maxConcurrentWrites how many {@code pwrite} calls one handle serves at a time, at least 1. With 1, storage always holds a prefix of
 *     what was accepted; with more, writes that do not overlap may land in any order
 * @param appendsOnly whether a {@code pwrite} whose outcome is unknown must not be repeated before the length was compared, because the store
 *     can only append
 * @param atomicCommit whether {@code flush} publishes one whole new version, so that nothing beyond the barrier may be written before it
 * @param releaseAt from when on the handle itself answers for the bytes, so that the engine may forget them
 * @param flushEffect what {@code flush} does
 * @param flushesBesideAppends whether {@code flush} may overlap {@code pwrite}s at or beyond the end, as long as nothing else has been written since the
 *     last flush that succeeded and no call has failed since. It covers every {@code pwrite} that had returned when it began; of later ones any
 *     part. Not together with {@code atomicCommit}
 * @param syncEffect what {@code sync} does
 * @param maxObjectBytes the largest object the store allows
 * @param interruptSafeReads whether {@code pread} and {@code lseek} may run on a thread that somebody interrupts without harm to other calls
 * @param pinnedReads whether a handle that only reads stays on one version for ever, whatever others do to the object. Where it does not, it sees what other
 *     handles of the same backend have flushed since it was opened, in bytes and in size
 * @param continuesReads whether a {@code pread} that begins where the one before it ended, with no other beside them, costs less than one
 *     elsewhere, because the handle goes on in a stream that it keeps open. What the engine fetches ahead for one stream of reads it then fetches one
 *     piece after the other, as long as storage is quick. Not together with {@code interruptSafeReads}
 * @param heldBackBytes how much memory one handle may need for what its store's protocol forces it to hold back
 */
public record StorageCapabilities(
        int preferredReadBytes,
        int preferredWriteBytes,
        int maxConcurrentReads,
        int maxConcurrentWrites,
        boolean appendsOnly,
        boolean atomicCommit,
        ReleasePoint releaseAt,
        FlushEffect flushEffect,
        boolean flushesBesideAppends,
        SyncEffect syncEffect,
        long maxObjectBytes,
        boolean interruptSafeReads,
        boolean pinnedReads,
        boolean continuesReads,
        long heldBackBytes) {

    /** From when on a handle answers for bytes that it was given. */
    public enum ReleasePoint {
        /** As soon as {@code pwrite} has returned. */
        WRITE,
        /** Only when a later {@code flush} has returned; until then the engine keeps the bytes, readable. */
        FLUSH
    }

    /** What {@link StorageHandle#flush()} does. */
    public enum FlushEffect {
        /** Nothing: what is written is visible, and the engine need not call it. */
        NONE,
        /** Makes what was written visible. */
        VISIBLE,
        /** Publishes one atomic new version, visible and durable. A failed commit may be tried again: the handle keeps its draft. */
        COMMIT
    }

    /** What {@link StorageHandle#sync()} does. */
    public enum SyncEffect {
        /** Nothing: the store has no such promise, or a flush is already durable. */
        NONE,
        /**
         * As {@code fsync(2)}: after a failure the store may have dropped what it had, and a second success proves nothing. Bytes must be
         * written anew. Not together with {@code atomicCommit} or {@link ReleasePoint#FLUSH}, where bytes are kept until they are safe.
         */
        FSYNC,
        /** Durable on success; after a failure the same call may be tried again. */
        REPEATABLE
    }

    /**
     * Checks the bounds.
     *
     * @throws IllegalArgumentException names the component, the value and the bound
     */
    public StorageCapabilities {
        atLeast("preferredReadBytes", preferredReadBytes, 1);
        atLeast("preferredWriteBytes", preferredWriteBytes, 1);
        atLeast("maxConcurrentReads", maxConcurrentReads, 1);
        atLeast("maxConcurrentWrites", maxConcurrentWrites, 1);
        atLeast("maxObjectBytes", maxObjectBytes, 1);
        atLeast("heldBackBytes", heldBackBytes, 0);
        Objects.requireNonNull(releaseAt, "releaseAt");
        Objects.requireNonNull(flushEffect, "flushEffect");
        Objects.requireNonNull(syncEffect, "syncEffect");
        if (appendsOnly && maxConcurrentWrites > 1) {
            throw new IllegalArgumentException(
                    "maxConcurrentWrites " + maxConcurrentWrites + " with appendsOnly: appends go one at a time");
        }
        if (continuesReads && interruptSafeReads) {
            throw new IllegalArgumentException(
                    "continuesReads with interruptSafeReads: who reads on the caller's thread is not kept in line; say one of them");
        }
        if (flushesBesideAppends && (atomicCommit || flushEffect == FlushEffect.COMMIT)) {
            throw new IllegalArgumentException("flushesBesideAppends with "
                    + (atomicCommit ? "atomicCommit" : "flushEffect COMMIT")
                    + ": what is published as one version must end at the barrier; say false");
        }
        if (syncEffect == SyncEffect.FSYNC && (atomicCommit || releaseAt == ReleasePoint.FLUSH)) {
            throw new IllegalArgumentException(
                    "syncEffect FSYNC with "
                            + (atomicCommit ? "atomicCommit" : "releaseAt FLUSH")
                            + ": a store that gives bytes back until it has published them loses none in a sync; say REPEATABLE or NONE");
        }
    }

    private static void atLeast(String name, long value, long bound) {
        if (value < bound) {
            throw new IllegalArgumentException(name + " " + value + " is below " + bound);
        }
    }

    /** A builder that starts from a plain local file: 256 KiB reads, 64 KiB writes, one write at a time, {@code fsync}. */
    public static Builder builder() {
        return new Builder();
    }

    /** Collects capabilities. Not for several threads at once. */
    public static final class Builder {

        private int preferredReadBytes = 256 << 10;
        private int preferredWriteBytes = 64 << 10;
        private int maxConcurrentReads = 4;
        private int maxConcurrentWrites = 1;
        private boolean appendsOnly;
        private boolean atomicCommit;
        private ReleasePoint releaseAt = ReleasePoint.WRITE;
        private FlushEffect flushEffect = FlushEffect.NONE;
        private boolean flushesBesideAppends;
        private SyncEffect syncEffect = SyncEffect.FSYNC;
        private long maxObjectBytes = Long.MAX_VALUE;
        private boolean interruptSafeReads;
        private boolean pinnedReads;
        private boolean continuesReads;
        private long heldBackBytes;

        private Builder() {}

        /** See {@link StorageCapabilities#preferredReadBytes()}. */
        public Builder preferredReadBytes(int bytes) {
            preferredReadBytes = bytes;
            return this;
        }

        /** See {@link StorageCapabilities#preferredWriteBytes()}. */
        public Builder preferredWriteBytes(int bytes) {
            preferredWriteBytes = bytes;
            return this;
        }

        /** See {@link StorageCapabilities#maxConcurrentReads()}. */
        public Builder maxConcurrentReads(int count) {
            maxConcurrentReads = count;
            return this;
        }

        /** See {@link StorageCapabilities#maxConcurrentWrites()}. */
        public Builder maxConcurrentWrites(int count) {
            maxConcurrentWrites = count;
            return this;
        }

        /** See {@link StorageCapabilities#appendsOnly()}. */
        public Builder appendsOnly(boolean only) {
            appendsOnly = only;
            return this;
        }

        /** See {@link StorageCapabilities#atomicCommit()}. */
        public Builder atomicCommit(boolean atomic) {
            atomicCommit = atomic;
            return this;
        }

        /** See {@link StorageCapabilities#releaseAt()}. */
        public Builder releaseAt(ReleasePoint point) {
            releaseAt = point;
            return this;
        }

        /** See {@link StorageCapabilities#flushEffect()}. */
        public Builder flushEffect(FlushEffect effect) {
            flushEffect = effect;
            return this;
        }

        /** See {@link StorageCapabilities#flushesBesideAppends()}. */
        public Builder flushesBesideAppends(boolean beside) {
            flushesBesideAppends = beside;
            return this;
        }

        /** See {@link StorageCapabilities#syncEffect()}. */
        public Builder syncEffect(SyncEffect effect) {
            syncEffect = effect;
            return this;
        }

        /** See {@link StorageCapabilities#maxObjectBytes()}. */
        public Builder maxObjectBytes(long bytes) {
            maxObjectBytes = bytes;
            return this;
        }

        /** See {@link StorageCapabilities#interruptSafeReads()}. */
        public Builder interruptSafeReads(boolean safe) {
            interruptSafeReads = safe;
            return this;
        }

        /** See {@link StorageCapabilities#pinnedReads()}. */
        public Builder pinnedReads(boolean pinned) {
            pinnedReads = pinned;
            return this;
        }

        /** See {@link StorageCapabilities#continuesReads()}. */
        public Builder continuesReads(boolean continued) {
            continuesReads = continued;
            return this;
        }

        /** See {@link StorageCapabilities#heldBackBytes()}. */
        public Builder heldBackBytes(long bytes) {
            heldBackBytes = bytes;
            return this;
        }

        /**
         * Makes the record.
         *
         * @throws IllegalArgumentException names the component, the value and the bound
         */
        public StorageCapabilities build() {
            return new StorageCapabilities(
                    preferredReadBytes,
                    preferredWriteBytes,
                    maxConcurrentReads,
                    maxConcurrentWrites,
                    appendsOnly,
                    atomicCommit,
                    releaseAt,
                    flushEffect,
                    flushesBesideAppends,
                    syncEffect,
                    maxObjectBytes,
                    interruptSafeReads,
                    pinnedReads,
                    continuesReads,
                    heldBackBytes);
        }
    }
}
