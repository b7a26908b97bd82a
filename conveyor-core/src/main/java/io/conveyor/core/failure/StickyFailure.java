package io.conveyor.core.failure;

import io.conveyor.Extent;
import io.conveyor.core.extent.ExtentSet;

/**
 * The first background failure, until it is cleared. Used under the conveyor's lock.
 */
public final class StickyFailure {

    /** Which step failed. */
    public enum Step {
        /** A pwrite or a truncate: everything before {@link #position()} may still be written, nothing after it. */
        WRITE,
        /** A flush or a commit. */
        PUBLISH,
        /** A sync. */
        SYNC
    }

    private final Step step;
    private final Throwable cause;
    private final Extent firstFailed;
    private final ExtentSet lost = new ExtentSet();
    private long position;
    private boolean repairing;

    /**
     * A failure.
     *
     * @param step which step failed
     * @param cause why
     * @param firstFailed the bytes concerned, empty if the step concerns no range
     * @param position the log position before which everything is fine
     */
    public StickyFailure(Step step, Throwable cause, Extent firstFailed, long position) {
        this.step = step;
        this.cause = cause;
        this.firstFailed = firstFailed;
        this.position = position;
    }

    /** Which step failed. */
    public Step step() {
        return step;
    }

    /** Why; the first cause wins. */
    public Throwable cause() {
        return cause;
    }

    /** The bytes of the call that failed first. */
    public Extent firstFailed() {
        return firstFailed;
    }

    /** The log position before which everything is fine. */
    public long position() {
        return position;
    }

    /** Another write failed, at {@code failedPosition}. */
    public void alsoAt(long failedPosition) {
        position = Math.min(position, failedPosition);
    }

    /** Ranges whose bytes storage may have dropped after they had left memory; they can only be written anew. */
    public ExtentSet lost() {
        return lost;
    }

    /** Whether writes are let through, so that what was lost can be written anew. */
    public boolean repairing() {
        return repairing;
    }

    /** Lets writes through. */
    public void repair() {
        repairing = true;
    }
}
