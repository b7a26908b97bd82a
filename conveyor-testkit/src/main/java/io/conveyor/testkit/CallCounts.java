package io.conveyor.testkit;

import java.util.EnumMap;
import java.util.Map;

/** How many calls of each kind were made, and how many bytes they moved. Any thread may call it. */
public final class CallCounts {

    private final Map<StorageOperation, long[]> figures = new EnumMap<>(StorageOperation.class);

    CallCounts() {
        reset();
    }

    synchronized void called(StorageOperation operation) {
        figure(operation)[0]++;
    }

    synchronized void moved(StorageOperation operation, long bytes) {
        figure(operation)[1] += bytes;
    }

    /** Calls so far, failed ones included. */
    public synchronized long of(StorageOperation operation) {
        return figure(operation)[0];
    }

    /** Bytes moved so far by reads or writes; 0 for the other operations. */
    public synchronized long bytesOf(StorageOperation operation) {
        return figure(operation)[1];
    }

    /** Begins again at 0. */
    public synchronized void reset() {
        for (StorageOperation operation : StorageOperation.values()) {
            figures.put(operation, new long[2]);
        }
    }

    private long[] figure(StorageOperation operation) {
        long[] figure = figures.get(operation);
        if (figure == null) {
            throw new AssertionError("reset() makes a figure for each operation");
        }
        return figure;
    }

    /** The operations that were called, with their counts. */
    @Override
    public synchronized String toString() {
        StringBuilder text = new StringBuilder();
        figures.forEach((operation, figure) -> {
            if (figure[0] > 0) {
                text.append(text.isEmpty() ? "" : ", ")
                        .append(operation)
                        .append('=')
                        .append(figure[0]);
            }
        });
        return "CallCounts[" + text + "]";
    }
}
