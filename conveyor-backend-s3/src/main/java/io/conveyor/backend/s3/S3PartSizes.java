package io.conveyor.backend.s3;

import java.util.Arrays;

/**
 * How large the parts of a stream of unknown length are: small first, so that little is held back and uploading starts early, then growing
 * with the offset, so that the parts do not run out. Immutable; shared by all handles of a backend.
 *
 * <p>From 64 times the first part on, a part has 1/64 of what lies before it. So a stream reaches parts of 5 GiB after fewer than 500 parts,
 * and the remaining 9,500 hold 46 TiB.
 */
final class S3PartSizes {

    private static final long GROWTH = 64;
    private static final long STEP = 1L << 20;

    private final long[] starts;

    /**
     * Sizes for one kind of store.
     *
     * @param firstPartBytes the size of the first parts
     * @param largestPartBytes no part is larger
     */
    S3PartSizes(S3Limits limits, long firstPartBytes, long largestPartBytes) {
        starts = new long[limits.maxParts() + 1];
        for (int index = 0; index < limits.maxParts(); index++) {
            long grown = (starts[index] / GROWTH + STEP - 1) / STEP * STEP;
            starts[index + 1] = starts[index] + Math.min(Math.max(firstPartBytes, grown), largestPartBytes);
        }
    }

    /** Where the part {@code index}, counted from 0, starts in the stream. */
    long start(int index) {
        return starts[index];
    }

    /** Which part, counted from 0, holds the byte at {@code offset} of the stream; the number of parts there are if none does. */
    int indexAt(long offset) {
        int found = Arrays.binarySearch(starts, offset);
        return found >= 0 ? found : -found - 2;
    }
}
