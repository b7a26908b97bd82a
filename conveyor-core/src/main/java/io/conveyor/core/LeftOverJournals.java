package io.conveyor.core;

import io.conveyor.ConflictResolution;
import io.conveyor.JournalInfo.State;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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

    /** All of them, oldest first. */
    List<LeftOverJournal> all() {
        return all;
    }

    /** Those of one object, oldest first. */
    List<LeftOverJournal> of(String canonical) {
        return byObject.getOrDefault(canonical, List.of());
    }

    /** Adds one where its age puts it. */
    void add(LeftOverJournal left) {
        insert(left, all);
        if (!left.canonical.isEmpty()) {
            insert(left, byObject.computeIfAbsent(left.canonical, key -> new ArrayList<>()));
        }
    }

    /** The youngest comes last mostly: one that is closed after others were. */
    private static void insert(LeftOverJournal left, List<LeftOverJournal> byAge) {
        int at = byAge.size();
        while (at > 0 && BY_AGE.compare(byAge.get(at - 1), left) > 0) {
            at--;
        }
        byAge.add(at, left);
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
        List<LeftOverJournal> same = of(left.canonical);
        return isApart(left.decision) || same.isEmpty() || same.get(0) == left;
    }

    private static boolean isUnderWay(LeftOverJournal left) {
        return !left.gone && (left.state == State.PENDING || left.state == State.REPLAYING);
    }

    /** Whether it will be replayed soon, without anybody's doing. */
    boolean isMoving(LeftOverJournal left) {
        if (!isUnderWay(left)) {
            return false;
        }
        if (isApart(left.decision)) {
            return true;
        }
        for (LeftOverJournal each : of(left.canonical)) {
            if (each == left) {
                return true;
            }
            if (!isUnderWay(each)) {
                return false;
            }
        }
        return true;
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
