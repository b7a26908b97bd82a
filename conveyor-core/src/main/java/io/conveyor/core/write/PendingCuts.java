package io.conveyor.core.write;

import java.util.ArrayDeque;

/**
 * The lowest size among the cuts that are accepted and not yet applied. A cut that a later, lower one covers is forgotten at once, so the sizes
 * kept ascend and the first is the lowest. Used under the conveyor's lock.
 */
final class PendingCuts {

    private record Cut(long logPosition, long size) {}

    private final ArrayDeque<Cut> ascending = new ArrayDeque<>(1);

    void add(long logPosition, long size) {
        while (!ascending.isEmpty() && ascending.getLast().size >= size) {
            ascending.removeLast();
        }
        ascending.addLast(new Cut(logPosition, size));
    }

    void applied(long logPosition) {
        while (!ascending.isEmpty() && ascending.getFirst().logPosition <= logPosition) {
            ascending.removeFirst();
        }
    }

    /** {@link Long#MAX_VALUE} if there is none. */
    long lowest() {
        return ascending.isEmpty() ? Long.MAX_VALUE : ascending.getFirst().size;
    }

    void clear() {
        ascending.clear();
    }
}
