package io.conveyor.core.journal;

import org.jspecify.annotations.Nullable;

/** Bytes side by side in one segment that are about to be accepted, or were the last to be, and the entry that speaks of them. Used again and again. */
final class Stretch {

    /** Where its entry lies in the table. */
    int entry;

    /** The segment; null as long as there was no stretch. */
    @Nullable
    JournalFile file;

    /** Where in the segment the bytes begin that the entry speaks of. */
    int entryFrom;

    /** Where in the segment its own bytes begin: behind {@link #entryFrom} if an entry grows by it. */
    int from;

    /** Where in the segment they end. */
    int until;

    /** Behind its last byte in the log. */
    long logEnd;

    /** Behind its last byte in the object. */
    long offsetEnd;

    /** Says where its bytes lie; what entry they have is not known yet. */
    void place(JournalFile segment, int at, int length, long logPosition, long offset) {
        file = segment;
        from = at;
        until = at + length;
        logEnd = logPosition + length;
        offsetEnd = offset + length;
    }

    /** Gets an entry of its own. */
    void begin(int entryAt) {
        entry = entryAt;
        entryFrom = from;
    }

    /** Makes the entry of {@code before} longer. */
    void continueFrom(Stretch before) {
        entry = before.entry;
        entryFrom = before.entryFrom;
    }

    /** Whether it makes an entry longer that is accepted already. */
    boolean isContinuation() {
        return from != entryFrom;
    }

    /** Whether {@code next} goes on where this ends: in the segment, in the log, and in the object. */
    boolean isFollowedBy(Stretch next) {
        return file == next.file
                && until == next.from
                && logEnd == next.logEnd - next.length()
                && offsetEnd == next.offsetEnd - next.length();
    }

    /** How many bytes it has. */
    int length() {
        return until - from;
    }
}
