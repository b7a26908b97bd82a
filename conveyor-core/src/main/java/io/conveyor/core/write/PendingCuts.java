package io.conveyor.core.write;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The lowest size among the cuts that are accepted and not yet applied. A cut that a later, lower one covers is forgotten at once, so the sizes
 * kept ascend and the first is the lowest. Used under the conveyor's lock.
 */
final class PendingCuts {

    private record Cut(long logPosition, long size) {}

    /** Null before the first one: most conveyors never cut anything off. */
    private @Nullable ArrayDeque<Cut> ascending;

    void add(long logPosition, long size) {
        if (ascending == null) {
            ascending = new ArrayDeque<>(1);
        }
        while (!ascending.isEmpty() && ascending.getLast().size >= size) {
            ascending.removeLast();
        }
        ascending.addLast(new Cut(logPosition, size));
    }

    void applied(long logPosition) {
        while (ascending != null && !ascending.isEmpty() && ascending.getFirst().logPosition <= logPosition) {
            ascending.removeFirst();
        }
    }

    /** {@link Long#MAX_VALUE} if there is none. */
    long lowest() {
        return ascending == null || ascending.isEmpty() ? Long.MAX_VALUE : ascending.getFirst().size;
    }

    void clear() {
        ascending = null;
    }
}
