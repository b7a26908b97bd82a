package io.conveyor.core.write;

import io.conveyor.Extent;

/**
 * One storage call to be made: which, on what, and how far it has come. Used under the conveyor's lock, but for what never changes and {@link
 * #done()}, which belongs to whoever makes the call.
 */
public final class Claim {

    /** Which call. */
    public enum Kind {
        /** Write a stretch of the log. */
        WRITE,
        /** Truncate to {@link Claim#offset()}. */
        CUT,
        /** Flush the handle. */
        FLUSH,
        /** Sync the handle. */
        SYNC,
        /** Commit the draft. */
        COMMIT
    }

    enum State {
        /** The call is being made. */
        RUNNING,
        /** It failed and is made again after a pause. */
        WAITING,
        /** The pause is over. */
        DUE,
        /** It failed for good, and is made again when the failure has been cleared. */
        FAILED,
        /** It has done all it should. */
        DONE
    }

    private final Kind kind;
    private final long logStart;
    private final long logEnd;
    private final long offset;
    State state = State.RUNNING;
    private int done;
    private int failedAttempts;
    private long firstFailureNanos;
    boolean abandoned;
    private boolean unknown;
    boolean append;
    boolean last;

    Claim(Kind kind, long logStart, long logEnd, long offset) {
        this.kind = kind;
        this.logStart = logStart;
        this.logEnd = logEnd;
        this.offset = offset;
    }

    /** Which call. */
    public Kind kind() {
        return kind;
    }

    /** Where in the log the claim begins. */
    public long logStart() {
        return logStart;
    }

    /** Where in the log the claim ends; for a flush, sync or commit the barrier that it serves. */
    public long logEnd() {
        return logEnd;
    }

    /** Where in the file a write begins; the size that a cut leaves. */
    public long offset() {
        return offset;
    }

    /** How many bytes are to be written. */
    public int length() {
        return kind == Kind.WRITE ? (int) (logEnd - logStart) : 0;
    }

    /** How many of them storage has taken. */
    public int done() {
        return done;
    }

    /** Storage took {@code bytes} more; what failed before does not count any more. */
    public void advance(int bytes) {
        done += bytes;
        failedAttempts = 0;
    }

    /** Storage holds exactly the first {@code bytes} of the claim, as its length told. */
    public void resolve(int bytes) {
        done = bytes;
    }

    /** The call failed at {@code nowNanos}; answers how many attempts have failed in a row. */
    public int countFailure(long nowNanos) {
        if (failedAttempts == 0) {
            firstFailureNanos = nowNanos;
        }
        return ++failedAttempts;
    }

    /** How long the row of failures has lasted. */
    public long failingNanos(long nowNanos) {
        return failedAttempts == 0 ? 0 : nowNanos - firstFailureNanos;
    }

    /** Whether the claim began at the end of what is stored, so that the stored length tells how much of it took effect. */
    public boolean isAppend() {
        return append;
    }

    /** Whether nothing behind this write was to be started, when it was handed out, before a call that publishes. Only a hint. */
    public boolean isLast() {
        return last;
    }

    /** Whether it is not known if an attempt took effect. */
    public boolean isUnknown() {
        return unknown;
    }

    /** Notes whether it is known what earlier attempts did. */
    public void unknown(boolean isUnknown) {
        unknown = isUnknown;
    }

    /** Forgets earlier failures: the claim is driven anew. */
    void startOver() {
        failedAttempts = 0;
    }

    /** Whether this claim changes bytes that {@code other} changes, too. */
    boolean overlaps(long otherOffset, long otherLength) {
        return kind == Kind.CUT || (offset < otherOffset + otherLength && otherOffset < offset + length());
    }

    /** The bytes of the file that the claim concerns; empty if it is not a write. */
    public Extent extent() {
        return new Extent(kind == Kind.WRITE || kind == Kind.CUT ? offset : 0, length());
    }

    @Override
    public String toString() {
        return kind + "[" + logStart + ", " + logEnd + ") at " + offset + " " + state;
    }
}
