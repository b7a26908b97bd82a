package io.conveyor.core.journal;

/**
 * An accepted write or truncate.
 *
 * @param cut whether it is a truncate
 * @param sequence its number in the journal
 * @param logPosition where it begins in the log
 * @param offset where in the object its bytes belong; the size that a cut leaves
 * @param length how many bytes; 0 for a cut
 * @param segment the number of the file that holds them
 * @param segmentOffset where in that file
 * @param payloadCrc CRC-32C of the bytes
 */
public record JournalEntry(
        boolean cut,
        long sequence,
        long logPosition,
        long offset,
        int length,
        int segment,
        int segmentOffset,
        int payloadCrc) {

    /** Where it ends in the log; a cut takes one position. */
    public long logEnd() {
        return logPosition + (cut ? 1 : length);
    }
}
