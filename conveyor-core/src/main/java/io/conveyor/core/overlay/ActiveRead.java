package io.conveyor.core.overlay;

import org.jspecify.annotations.Nullable;

/**
 * A read that is asking storage; see the package for what it holds back. Whoever reads brings it, and may bring it again when the read has ended. Used
 * under the conveyor's lock.
 */
public final class ActiveRead {

    long start;
    long end;
    long writtenAtStart;

    /** The lowest size that the object was cut to while the read was active, or was about to be cut to when it began. */
    long lowestCut;

    private boolean isVoid;

    @Nullable
    ActiveRead next;

    void begin(long start, long end, long writtenAtStart, long lowestCut) {
        this.start = start;
        this.end = end;
        this.writtenAtStart = writtenAtStart;
        this.lowestCut = lowestCut;
        this.isVoid = false;
    }

    void makeVoid() {
        isVoid = true;
    }

    /** Whether what it counted on is gone from the log, so that it has to be made again. */
    public boolean isVoid() {
        return isVoid;
    }

    /** Storage's bytes at or above this offset are not the object's any more: they read as zeros. */
    public long lowestCut() {
        return lowestCut;
    }
}
