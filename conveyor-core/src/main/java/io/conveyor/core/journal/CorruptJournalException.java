package io.conveyor.core.journal;

import java.io.IOException;

/** Bytes that are not what a journal may hold. The message says what was expected where; it never repeats content. */
public final class CorruptJournalException extends IOException {

    private static final long serialVersionUID = 1L;

    CorruptJournalException(String message) {
        super(message);
    }
}
