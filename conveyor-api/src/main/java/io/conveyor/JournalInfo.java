package io.conveyor;

import java.time.Instant;
import java.util.Objects;

/**
 * A journal that is not resolved: accepted bytes that are not known to be in storage, and that no open conveyor takes care of.
 *
 * @param id by which {@link ConveyorFactory#resolveJournal} knows it
 * @param key the object, or what a damaged journal seems to name; empty if it is too damaged to tell
 * @param state what is the matter with it
 * @param bytes how many bytes it holds for storage
 * @param replayedBytes how many of them a replay under way has written so far
 * @param created when its conveyor was opened; the beginning of 1970 if the journal is too damaged to tell
 * @param detail why it is in this state, for people; empty if there is nothing to say
 */
public record JournalInfo(
        String id, String key, State state, long bytes, long replayedBytes, Instant created, String detail) {

    /** What is the matter with a journal. */
    public enum State {
        /** It waits for its replay, or for an older journal of its object to be resolved. */
        PENDING,
        /** It is being replayed. */
        REPLAYING,
        /** Storage refused the replay several times; it is tried again after a while, when the key is next opened for writing, and by the next factory. */
        FAILED,
        /** The object was changed by somebody else; a person has to decide. */
        CONFLICT,
        /** It is damaged, or of a later version; a person has to decide. */
        CORRUPT
    }

    /**
     * Checks the components.
     *
     * @throws IllegalArgumentException if a count is negative
     */
    public JournalInfo {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(created, "created");
        Objects.requireNonNull(detail, "detail");
        if (bytes < 0 || replayedBytes < 0) {
            throw new IllegalArgumentException("a count of journal " + id + " is negative");
        }
    }

    /** Whether it will not go away by itself. */
    public boolean needsDecision() {
        return state == State.CONFLICT || state == State.CORRUPT;
    }
}
