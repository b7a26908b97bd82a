package io.conveyor.benchmarks.store;

import io.conveyor.spi.StorageBackend;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** A store whose every call takes a while longer, as one across a network does. */
public final class SlowStore extends PausingStore {

    /** A park ends late by about so much; the last stretch is spun away, so that a pause is as long as it says. */
    private static final long PARK_LATENESS_NANOS = 60_000;

    private final long nanos;

    /**
     * A slow view of {@code store}.
     *
     * @param perCall how much longer each call takes
     */
    public SlowStore(StorageBackend store, Duration perCall) {
        super(store);
        this.nanos = perCall.toNanos();
    }

    @Override
    void pause() {
        pause(nanos);
    }

    /** Holds the calling thread for as long as a slow call would. */
    public static void pause(long nanos) {
        long end = System.nanoTime() + nanos;
        for (long left = nanos; left > 0; left = end - System.nanoTime()) {
            if (left > 2 * PARK_LATENESS_NANOS) {
                LockSupport.parkNanos(left - PARK_LATENESS_NANOS);
            } else {
                Thread.onSpinWait();
            }
        }
    }
}
