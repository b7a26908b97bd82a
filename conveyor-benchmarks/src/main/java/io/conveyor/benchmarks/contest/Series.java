package io.conveyor.benchmarks.contest;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** What one contender's runs gave. */
public final class Series {

    private final String name;
    private final List<Run> runs = new ArrayList<>();

    /** What is compared, in the contest's unit, and what it took. */
    private record Run(double figure, Cost cost) {}

    Series(String name) {
        this.name = name;
    }

    void add(double figure, Cost cost) {
        runs.add(new Run(figure, cost));
    }

    Series and(Series other) {
        Series both = new Series(name);
        both.runs.addAll(runs);
        both.runs.addAll(other.runs);
        return both;
    }

    void writeTo(DataOutput out) throws IOException {
        out.writeUTF(name);
        out.writeInt(runs.size());
        for (Run run : runs) {
            out.writeDouble(run.figure);
            run.cost.writeTo(out);
        }
    }

    static Series readFrom(DataInput in) throws IOException {
        Series series = new Series(in.readUTF());
        for (int left = in.readInt(); left > 0; left--) {
            series.add(in.readDouble(), Cost.readFrom(in));
        }
        return series;
    }

    /** Whose runs. */
    public String name() {
        return name;
    }

    /** The median of what is compared, in the contest's unit. */
    public double median() {
        return quantile(Run::figure, 0.5);
    }

    /** The smallest of it. */
    public double least() {
        return quantile(Run::figure, 0);
    }

    /** The largest of it. */
    public double most() {
        return quantile(Run::figure, 1);
    }

    double medianCpuNanos() {
        return quantile(run -> run.cost.cpuNanos(), 0.5);
    }

    double medianAllocated() {
        return quantile(run -> run.cost.allocated(), 0.5);
    }

    double medianNanos() {
        return quantile(run -> run.cost.nanos(), 0.5);
    }

    double medianBusy() {
        return quantile(run -> run.cost.busy(), 0.5);
    }

    private double quantile(ToDoubleFunction<Run> value, double share) {
        double[] sorted = runs.stream().mapToDouble(value).sorted().toArray();
        double at = share * (sorted.length - 1);
        int below = (int) at;
        double next = sorted[Math.min(below + 1, sorted.length - 1)];
        return sorted[below] + (at - below) * (next - sorted[below]);
    }
}
