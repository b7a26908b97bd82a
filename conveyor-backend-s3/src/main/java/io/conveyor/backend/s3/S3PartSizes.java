package io.conveyor.backend.s3;

import java.util.Arrays;

/**
 * How large the parts of a stream of unknown length are: small first, so that little is held back, uploading starts early, and the last parts end soon
 * after the last byte was written; then growing with the offset, so that the parts do not run out. Immutable; shared by all handles of a backend.
 *
 * <p>The first 256 parts (2 GiB, if they have 8 MiB) are alike. From there on a part has 1/64 of what lies beyond the first 192: a stream reaches parts of
 * 5 GiB after fewer than 700, and the remaining 9,300 hold 45 TiB.
 */
final class S3PartSizes {

    private static final int ALIKE = 256;
    private static final int GROWTH = 64;
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
            long growing = Math.max(0, starts[index] - (ALIKE - GROWTH) * firstPartBytes);
            long grown = (growing / GROWTH + STEP - 1) / STEP * STEP;
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
