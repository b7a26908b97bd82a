package io.conveyor.core.write;

/**
 * Barriers of one kind, served in rounds: a round goes up to the highest position wanted when it began, and what is wanted meanwhile waits for the
 * next one. So a round ends although others keep asking, and many callers share one storage call. Used under the conveyor's lock.
 */
final class Barrier {

    private static final long NONE = Long.MIN_VALUE;

    private long wanted = NONE;
    private long round = NONE;

    void want(long position) {
        wanted = Math.max(wanted, position);
    }

    /**
     * The position of the round under way, which begins now if somebody wants more than what is reached.
     *
     * @param most no round may go beyond this
     */
    long round(long reached, long most) {
        if (round == NONE && wanted > reached) {
            round = wanted;
        }
        return round == NONE ? NONE : Math.min(round, most);
    }

    /** Nothing beyond this may be started. */
    long limit() {
        return round == NONE ? Long.MAX_VALUE : round;
    }

    void done() {
        round = NONE;
    }

    void cancel(long reached) {
        round = NONE;
        wanted = reached;
    }
}
