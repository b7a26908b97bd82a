package io.conveyor.core.write;

import java.util.ArrayList;

/**
 * The lowest size among the cuts that are accepted and not yet applied. A cut that a later, lower one covers is forgotten at once, so the sizes
 * kept ascend and the first is the lowest. Used under the conveyor's lock.
 */
final class PendingCuts {

    private record Cut(long logPosition, long size) {}

    private final ArrayList<Cut> ascending = new ArrayList<>(0);

    void add(long logPosition, long size) {
        while (!ascending.isEmpty() && ascending.get(ascending.size() - 1).size >= size) {
            ascending.remove(ascending.size() - 1);
        }
        ascending.add(new Cut(logPosition, size));
    }

    void applied(long logPosition) {
        while (!ascending.isEmpty() && ascending.get(0).logPosition <= logPosition) {
            ascending.remove(0);
        }
    }

    /** {@link Long#MAX_VALUE} if there is none. */
    long lowest() {
        return ascending.isEmpty() ? Long.MAX_VALUE : ascending.get(0).size;
    }

    void clear() {
        ascending.clear();
    }
}
