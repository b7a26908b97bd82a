package io.conveyor.backend.s3;

import io.conveyor.StorageException;
import io.conveyor.StorageException.Kind;
import io.conveyor.StorageException.Retry;

/**
 * Which part of an upload holds which bytes, when parts are uploaded before the whole object is known. Numbers are consecutive from 1,
 * because checksums of multipart uploads demand it: first cells over the base, so that each can later be copied or replaced under its
 * number, then the tail in growing parts. Immutable.
 *
 * <pre>
 *  0        c       2c            tailStart
 *  |   1    |   2   |  ...  |  K   |  K+1  |  K+2  |  K+3 ...
 *  |---------- base cells ---------|---------- tail ----------
 * </pre>
 */
final class S3PartGrid {

    /** Up to this many cells, base cells are small, so that a patch moves little. */
    private static final int FINE_CELLS = 2_000;

    private static final long FINE_CELL_BYTES = 16L << 20;
    private static final long STEP = 1L << 20;

    private final S3Limits limits;
    private final S3PartSizes sizes;
    private final long cellBytes;
    private final int cells;
    private final long tailStart;

    /**
     * A grid over a base of {@code baseBytes}, which is 0 for a new object. A last cell that would be smaller than a part joins the tail.
     */
    S3PartGrid(S3Limits limits, S3PartSizes sizes, long baseBytes) {
        this.limits = limits;
        this.sizes = sizes;
        long even = (baseBytes + FINE_CELLS - 1) / FINE_CELLS;
        cellBytes = Math.min(limits.maxPartBytes(), Math.max(FINE_CELL_BYTES, (even + STEP - 1) / STEP * STEP));
        long rest = baseBytes % cellBytes;
        boolean joins = rest < limits.minPartBytes();
        cells = (int) (baseBytes / cellBytes) + (joins ? 0 : 1);
        tailStart = joins ? baseBytes - rest : baseBytes;
    }

    /** Where the tail starts. */
    long tailStart() {
        return tailStart;
    }

    /** The number of the first part of the tail. */
    int firstTailNumber() {
        return cells + 1;
    }

    /**
     * The number of the part that holds the byte at {@code offset}.
     *
     * @throws StorageException of kind TOO_LARGE if that byte is beyond the last part that an upload can have
     */
    int numberAt(String operation, String key, long offset) throws StorageException {
        if (offset < tailStart) {
            return (int) (offset / cellBytes) + 1;
        }
        int index = sizes.indexAt(offset - tailStart);
        if (index >= limits.maxParts() - cells) {
            throw new StorageException(
                    Kind.TOO_LARGE,
                    Retry.NEVER,
                    operation,
                    key,
                    null,
                    "offset " + offset + " is beyond the " + limits.maxParts()
                            + " parts of an upload; flush now and then, or set a larger part size",
                    null);
        }
        return cells + 1 + index;
    }

    /** The first byte of a part. */
    long start(int number) {
        return number <= cells ? (number - 1) * cellBytes : tailStart + sizes.start(number - cells - 1);
    }

    /** The first byte after a part. */
    long end(int number) {
        return number == cells ? tailStart : start(number + 1);
    }
}
