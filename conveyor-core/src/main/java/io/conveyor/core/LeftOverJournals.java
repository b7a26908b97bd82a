package io.conveyor.core;

import io.conveyor.ConflictResolution;
import io.conveyor.JournalInfo.State;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which journals are left over, and whose turn it is.
 *
 * <p>Journals of one object are replayed in the order in which they were begun: as long as one is there, those after it wait, whatever its state. What was
 * written last would be overwritten otherwise.
 *
 * <p>Not for several threads at once: {@link JournalRecovery} holds its lock.
 */
final class LeftOverJournals {

    private static final Comparator<LeftOverJournal> BY_AGE = Comparator.comparing(each -> each.stored.created());

    private final List<LeftOverJournal> all = new ArrayList<>();

    /** The same by the canonical key of their object, for those that have one. */
    private final Map<String, List<LeftOverJournal>> byObject = new HashMap<>();

    /** All of them, oldest first, once they are sorted. */
    List<LeftOverJournal> all() {
        return all;
    }

    /** Those of one object, oldest first, once they are sorted. */
    List<LeftOverJournal> of(String canonical) {
        return byObject.getOrDefault(canonical, List.of());
    }

    /** Adds the youngest. */
    void add(LeftOverJournal left) {
        all.add(left);
        if (!left.canonical.isEmpty()) {
            byObject.computeIfAbsent(left.canonical, key -> new ArrayList<>()).add(left);
        }
    }

    /** After those of dead processes were added as they were found. */
    void sort() {
        all.sort(BY_AGE);
        byObject.values().forEach(same -> same.sort(BY_AGE));
    }

    /** Drops one that is resolved. */
    void remove(LeftOverJournal left) {
        left.gone = true;
        all.remove(left);
        byObject.computeIfPresent(left.canonical, (key, same) -> same.remove(left) && same.isEmpty() ? null : same);
    }

    /** The journal of the same object that must be resolved right before, or null. */
    @Nullable
    LeftOverJournal before(LeftOverJournal left) {
        List<LeftOverJournal> same = of(left.canonical);
        int at = same.indexOf(left);
        return at <= 0 ? null : same.get(at - 1);
    }

    /** Whether a decision about a journal does not depend on those before it, because it writes nothing to the object. */
    static boolean isApart(@Nullable ConflictResolution decision) {
        return decision == ConflictResolution.DISCARD || decision instanceof ConflictResolution.SaveAs;
    }

    private boolean isFirst(LeftOverJournal left) {
        return isApart(left.decision) || before(left) == null;
    }

    /** Whether it will be replayed soon, without anybody's doing. */
    boolean isMoving(LeftOverJournal left) {
        if (left.gone || (left.state != State.PENDING && left.state != State.REPLAYING)) {
            return false;
        }
        return isFirst(left) || isMoving(Objects.requireNonNull(before(left)));
    }

    /** The pending one whose turn it is, or will be first; null if there is none. */
    @Nullable
    LeftOverJournal next(long now) {
        LeftOverJournal next = null;
        for (LeftOverJournal each : all) {
            if (each.state == State.PENDING && isFirst(each)) {
                if (each.notBefore - now <= 0) {
                    return each;
                }
                next = next == null || each.notBefore - next.notBefore < 0 ? each : next;
            }
        }
        return next;
    }
}
