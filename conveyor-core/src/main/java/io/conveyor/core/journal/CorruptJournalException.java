package io.conveyor.core.journal;

import java.io.IOException;

/** Bytes that are not what a journal may hold. The message says what was expected where; it never repeats content. */
public final class CorruptJournalException extends IOException {

    private static final long serialVersionUID = 1L;

    private final boolean lost;

    CorruptJournalException(String message) {
        this(message, false);
    }

    private CorruptJournalException(String message, boolean lost) {
        super(message);
        this.lost = lost;
    }

    /** A file is not there. No loss of power takes one away: each is on the disk before it is used. */
    static CorruptJournalException missing(String what) {
        return new CorruptJournalException(what + " is missing", true);
    }

    /** Whether it is a file that is not there. */
    boolean isFileMissing() {
        return lost;
    }
}
