package io.conveyor.core.journal;

/** A log position in one word, with 16 bits that check it, so that it can be overwritten in place and a damaged one is noticed. */
final class Cell {

    /** The last position there is; as a released cell it says that the journal is done with. */
    static final long LAST = (1L << 48) - 1;

    private Cell() {}

    /** The word for a position from 0 to {@link #LAST}. */
    static long of(long position, long identity) {
        if (position < 0 || position > LAST) {
            throw new IllegalArgumentException("position " + position + " is not within 0 and " + LAST);
        }
        return (position << 16) | check(position, identity);
    }

    /**
     * The position in a word.
     *
     * @throws CorruptJournalException if the check fails
     */
    static long position(long word, long identity) throws CorruptJournalException {
        long position = word >>> 16;
        if ((word & 0xFFFF) != check(position, identity)) {
            throw new CorruptJournalException("a cell does not match its check");
        }
        return position;
    }

    /** Two rounds of multiply and shift (the finalizer of SplitMix64), so that every bit of the position reaches the sixteen that are kept. */
    private static long check(long position, long identity) {
        long mixed = position ^ identity;
        mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return mixed >>> 48;
    }
}
