package io.conveyor.spring.actuate;

import io.conveyor.JournalInfo;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A journal that is not resolved.
 *
 * @param id names it
 * @param key the object, if keys may be shown
 * @param state what is the matter with it
 * @param needsDecision whether it will not go away by itself
 * @param bytes how much it holds for storage
 * @param replayedBytes how much of it a replay under way has written
 * @param created about when it was begun
 * @param age how long ago that was
 * @param detail why it is in this state, if keys may be shown; it may name them
 */
record JournalDescription(
        String id,
        @Nullable String key,
        JournalInfo.State state,
        boolean needsDecision,
        long bytes,
        long replayedBytes,
        Instant created,
        Duration age,
        @Nullable String detail) {

    static JournalDescription of(JournalInfo journal, Instant now, boolean showKeys) {
        return new JournalDescription(
                journal.id(),
                showKeys ? journal.key() : null,
                journal.state(),
                journal.needsDecision(),
                journal.bytes(),
                journal.replayedBytes(),
                journal.created(),
                Duration.between(journal.created(), now),
                showKeys ? journal.detail() : null);
    }
}
