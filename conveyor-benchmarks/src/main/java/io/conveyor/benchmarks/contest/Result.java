package io.conveyor.benchmarks.contest;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a contest gave.
 *
 * @param title what was done
 * @param unit of the figures
 * @param mebibytesPerRun how much each run moved
 * @param operationsPerRun how many operations each run made
 * @param targets what the figures are to be held against, and what else is to be known
 * @param axis what grows from one contender to the next, or null if they are different ways
 * @param series one for each contender; the others are compared with the first
 */
public record Result(
        String title,
        String unit,
        double mebibytesPerRun,
        double operationsPerRun,
        List<String> targets,
        @Nullable String axis,
        List<Series> series) {

    /** The system counts in steps of 10 ms. */
    private static final double LONG_ENOUGH_TO_BE_BUSY = 200e6;

    /**
     * This result with the runs of another one of the same contest.
     *
     * @throws IllegalArgumentException if that is another contest, or has other contenders
     */
    public Result and(Result other) {
        List<String> names = series.stream().map(Series::name).toList();
        List<String> others = other.series.stream().map(Series::name).toList();
        if (!title.equals(other.title) || !names.equals(others)) {
            throw new IllegalArgumentException("'" + title + "' of " + names + " and '" + other.title + "' of " + others
                    + " do not go into one table");
        }
        List<Series> both = new ArrayList<>();
        for (int i = 0; i < series.size(); i++) {
            both.add(series.get(i).and(other.series.get(i)));
        }
        return new Result(title, unit, mebibytesPerRun, operationsPerRun, targets, axis, both);
    }

    /** Writes all of it, for another process. */
    public void writeTo(DataOutput out) throws IOException {
        out.writeUTF(title);
        out.writeUTF(unit);
        out.writeDouble(mebibytesPerRun);
        out.writeDouble(operationsPerRun);
        out.writeInt(targets.size());
        for (String target : targets) {
            out.writeUTF(target);
        }
        out.writeBoolean(axis != null);
        if (axis != null) {
            out.writeUTF(axis);
        }
        out.writeInt(series.size());
        for (Series each : series) {
            each.writeTo(out);
        }
    }

    /** Reads what {@link #writeTo} has written. */
    public static Result readFrom(DataInput in) throws IOException {
        String title = in.readUTF();
        String unit = in.readUTF();
        double mebibytesPerRun = in.readDouble();
        double operationsPerRun = in.readDouble();
        List<String> targets = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) {
            targets.add(in.readUTF());
        }
        String axis = in.readBoolean() ? in.readUTF() : null;
        List<Series> series = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) {
            series.add(Series.readFrom(in));
        }
        return new Result(title, unit, mebibytesPerRun, operationsPerRun, targets, axis, series);
    }

    /** How much more {@code contender} costs than {@code other}: the ratio of the medians. */
    public double ratio(String contender, String other) {
        return of(contender).median() / of(other).median();
    }

    private Series of(String name) {
        return series.stream().filter(s -> s.name().equals(name)).findFirst().orElseThrow();
    }

    /** As a picture: a curve where something grows, else bars. */
    public String toSvg() {
        return axis == null ? Chart.of(this) : Curve.of(this, axis);
    }

    /** As a Markdown table. */
    public String toMarkdown() {
        StringBuilder text = new StringBuilder();
        text.append("### ").append(title).append("\n\n");
        targets.forEach(target -> text.append(target).append('\n').append('\n'));
        text.append("| contender | median ")
                .append(unit)
                .append(" | min | max | ratio | CPU s/GiB | bytes allocated per operation | machine busy, % |\n");
        text.append("|---|--:|--:|--:|--:|--:|--:|--:|\n");
        for (Series s : series) {
            text.append(String.format(
                    Locale.ROOT,
                    "| %s | %s | %s | %s | %.2f | %s | %.1f | %s |%n",
                    s.name(),
                    figure(s.median()),
                    figure(s.least()),
                    figure(s.most()),
                    s == series.get(0) ? 1 : s.median() / series.get(0).median(),
                    mebibytesPerRun == 0 ? "" : figure(s.medianCpuNanos() / 1e9 / (mebibytesPerRun / 1024)),
                    s.medianAllocated() / operationsPerRun,
                    s.medianNanos() < LONG_ENOUGH_TO_BE_BUSY
                            ? ""
                            : String.format(Locale.ROOT, "%.0f", 100 * s.medianBusy())));
        }
        return text.append('\n').toString();
    }

    static String figure(double value) {
        return String.format(Locale.ROOT, value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : "%.2f", value);
    }
}
