package io.conveyor.core.worker;

import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Turns that wait, the oldest first. Where there is no memory for one more, adding it fails, and the queue is what it was; an {@link java.util.ArrayDeque} loses
 * everything in it then, and whoever had asked for that would wait for ever. Not for several threads at once.
 */
final class TurnQueue {

    /** A power of two, as every length of the ring. */
    private static final int SMALLEST = 16;

    private final IntFunction<@Nullable Runnable[]> memory;
    private @Nullable Runnable[] ring;
    private int first;
    private int count;

    /** An empty queue. */
    TurnQueue() {
        this(Runnable[]::new);
    }

    /** An empty queue whose arrays are made by {@code memory}. */
    TurnQueue(IntFunction<@Nullable Runnable[]> memory) {
        this.memory = memory;
        this.ring = memory.apply(SMALLEST);
    }

    /** How many wait. */
    int size() {
        return count;
    }

    /** Adds one behind all others; if that throws, nothing has changed. */
    void add(Runnable turn) {
        if (count == ring.length) {
            grow();
        }
        ring[(first + count) & (ring.length - 1)] = turn;
        count++;
    }

    private void grow() {
        @Nullable Runnable[] larger = memory.apply(2 * ring.length);
        for (int i = 0; i < count; i++) {
            larger[i] = ring[(first + i) & (ring.length - 1)];
        }
        ring = larger;
        first = 0;
    }

    /** Takes the oldest; null if none waits. */
    @Nullable
    Runnable poll() {
        if (count == 0) {
            return null;
        }
        Runnable oldest = ring[first];
        ring[first] = null;
        first = (first + 1) & (ring.length - 1);
        count--;
        return oldest;
    }
}
