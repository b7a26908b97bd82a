package io.conveyor.core;

import io.conveyor.ConflictResolution;
import io.conveyor.JournalInfo;
import io.conveyor.JournalInfo.State;
import io.conveyor.core.journal.ConveyorJournal;
import io.conveyor.core.journal.StoredJournal;
import io.conveyor.core.journal.StoredJournal.Condition;
import org.jspecify.annotations.Nullable;

/** A journal that no open conveyor takes care of. What may change is guarded by the lock of {@link JournalRecovery}. */
final class LeftOverJournal {

    /** As it was read last: when it was found, or decided about after it was found damaged. Changed by the thread that replays. */
    volatile StoredJournal stored;

    /** The canonical key of its object; empty if the key means nothing to the store. */
    final String canonical;

    /** Of a conveyor of this process, or null. */
    final @Nullable ConveyorJournal ours;

    State state;
    String detail;

    /** How many replays in a row storage has refused. */
    int refusals;

    /** Whether a timer will have it tried again. */
    boolean scheduled;

    /** When it may be replayed at the earliest; counts while it is pending. */
    long notBefore;

    /** How many bytes the replay under way has written. */
    volatile long replayed;

    @Nullable
    ConflictResolution decision;

    /** Whether it was known to be corrupt when somebody decided about it: it may have been whole when it was read. */
    boolean decidedCorrupt;

    @Nullable
    Throwable failure;

    /** Whether there is nothing left of it. */
    boolean gone;

    LeftOverJournal(StoredJournal stored, String canonical, @Nullable ConveyorJournal ours, long now) {
        this.stored = stored;
        this.canonical = canonical;
        this.ours = ours;
        this.state = stored.condition() == Condition.CORRUPT ? State.CORRUPT : State.PENDING;
        this.detail = stored.detail();
        this.notBefore = now;
    }

    String id() {
        return stored.id();
    }

    @Override
    public String toString() {
        return stored.id() + " for '" + stored.key() + "'";
    }

    JournalInfo info(String why) {
        return new JournalInfo(stored.id(), stored.key(), state, stored.bytes(), replayed, stored.created(), why);
    }
}
