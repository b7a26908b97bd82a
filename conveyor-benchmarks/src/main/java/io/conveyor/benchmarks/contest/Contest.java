package io.conveyor.benchmarks.contest;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Several ways of doing the same work, side by side: each round lets every contender run once, in turn, so that a noisy moment hits all of them
 * alike. What counts is the median, and the ratio of medians. The first contender is the one that the others are compared with.
 */
public final class Contest {

    private final String title;
    private final String unit;
    private final double unitsPerRun;
    private final double mebibytesPerRun;
    private final double operationsPerRun;
    private final List<Contender> contenders = new ArrayList<>();
    private final List<String> targets = new ArrayList<>();
    private @Nullable String axis;

    private record Contender(String name, Step before, Task task, Step after) {}

    /** What a run needs, or what it is checked by, and what does not count. */
    @FunctionalInterface
    public interface Step {

        /** Nothing to do. */
        Step NONE = () -> {};

        /** Does it. */
        void run() throws Exception;
    }

    private Contest(String title, String unit, double unitsPerRun, double mebibytesPerRun, double operationsPerRun) {
        this.title = title;
        this.unit = unit;
        this.unitsPerRun = unitsPerRun;
        this.mebibytesPerRun = mebibytesPerRun;
        this.operationsPerRun = operationsPerRun;
    }

    /**
     * A contest about the time per operation, in nanoseconds.
     *
     * @param operations how many a run makes
     * @param bytes how many bytes each moves
     */
    public static Contest perOperation(String title, long operations, long bytes) {
        return new Contest(title, "ns", operations, mebibytes(operations * bytes), operations);
    }

    /**
     * A contest about the time that a whole run takes, in milliseconds.
     *
     * @param operations how many a run makes
     * @param bytes how many bytes each moves
     */
    public static Contest perRun(String title, long operations, long bytes) {
        return new Contest(title, "ms", 1e6, mebibytes(operations * bytes), operations);
    }

    /** A contest about a figure that the runs answer themselves. */
    public static Contest ofFigures(String title, String unit) {
        return new Contest(title, unit, 1, 0, 1);
    }

    private static double mebibytes(long bytes) {
        return bytes / (double) (1 << 20);
    }

    /** Another contender. */
    public Contest contender(String name, Task task) {
        return contender(name, Step.NONE, task, Step.NONE);
    }

    /** Another contender, with what is done before and after each of its runs and not measured. */
    public Contest contender(String name, Step before, Task task, Step after) {
        contenders.add(new Contender(name, before, task, after));
        return this;
    }

    /**
     * Makes the contenders points of a curve: the same work, each time with more of what grows.
     *
     * @param what grows, in the plural
     */
    public Contest along(String what) {
        axis = what;
        return this;
    }

    /** Another point of the curve, where there are {@code amount} of what grows. */
    public Contest point(long amount, Task task) {
        return contender(String.format(Locale.ROOT, "%,d %s", amount, axis), task);
    }

    /** Says what the result is to be held against. */
    public Contest target(String words) {
        targets.add("Target: " + words);
        return this;
    }

    /** Says something about the table, such as who is not in it, and why. */
    public Contest note(String words) {
        targets.add(words);
        return this;
    }

    /**
     * Lets everybody run {@code warmUps} times for nothing, then {@code rounds} times for the table.
     *
     * @return the table's rows, first the one that the others are compared with
     */
    public Result run(int warmUps, int rounds) throws Exception {
        List<Series> series = new ArrayList<>();
        for (Contender contender : contenders) {
            series.add(new Series(contender.name));
        }
        for (int round = -warmUps; round < rounds; round++) {
            for (int i = 0; i < contenders.size(); i++) {
                measure(contenders.get(i), round < 0 ? new Series("") : series.get(i));
            }
        }
        return new Result(title, unit, mebibytesPerRun, operationsPerRun, List.copyOf(targets), axis, series);
    }

    private void measure(Contender contender, Series series) throws Exception {
        contender.before.run();
        Cost before = Cost.before();
        double figure = contender.task.run();
        Cost cost = Cost.since(before);
        contender.after.run();
        series.add(Double.isNaN(figure) ? cost.nanos() / unitsPerRun : figure, cost);
    }
}
