package io.conveyor.benchmarks.contest;

/** One way of doing the work of a contest. Used by one thread. */
@FunctionalInterface
public interface Task {

    /**
     * Does the work once, the whole of it, its end included.
     *
     * @return the figure that is compared, in the contest's unit, or {@link #ELAPSED} if that is the time that the work took
     */
    double run() throws Exception;

    /** The time that the work took is what counts. */
    double ELAPSED = Double.NaN;
}
