package io.conveyor.benchmarks.contest;

import java.util.ArrayList;
import java.util.List;

/** What one contender's runs gave. */
public final class Series {

    private final String name;
    private final List<Double> figures = new ArrayList<>();
    private final List<Double> cpuNanos = new ArrayList<>();
    private final List<Double> allocated = new ArrayList<>();
    private final List<Double> nanos = new ArrayList<>();
    private final List<Double> busy = new ArrayList<>();

    Series(String name) {
        this.name = name;
    }

    void add(double figure, Cost cost) {
        figures.add(figure);
        cpuNanos.add((double) cost.cpuNanos());
        allocated.add((double) cost.allocated());
        nanos.add((double) cost.nanos());
        busy.add(cost.busy());
    }

    /** Whose runs. */
    public String name() {
        return name;
    }

    /** The median of what is compared, in the contest's unit. */
    public double median() {
        return quantile(figures, 0.5);
    }

    /** The smallest of it. */
    public double least() {
        return quantile(figures, 0);
    }

    /** The largest of it. */
    public double most() {
        return quantile(figures, 1);
    }

    double medianCpuNanos() {
        return quantile(cpuNanos, 0.5);
    }

    double medianAllocated() {
        return quantile(allocated, 0.5);
    }

    double medianNanos() {
        return quantile(nanos, 0.5);
    }

    double medianBusy() {
        return quantile(busy, 0.5);
    }

    private static double quantile(List<Double> values, double share) {
        List<Double> sorted = values.stream().sorted().toList();
        double at = share * (sorted.size() - 1);
        int below = (int) at;
        double next = sorted.get(Math.min(below + 1, sorted.size() - 1));
        return sorted.get(below) + (at - below) * (next - sorted.get(below));
    }
}
