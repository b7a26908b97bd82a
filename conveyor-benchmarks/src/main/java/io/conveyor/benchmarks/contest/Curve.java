package io.conveyor.benchmarks.contest;

import java.util.List;
import java.util.Locale;

/** A result as a picture: how the medians grow from point to point, with a line from the smallest figure to the largest at each. The points lie at equal distances. */
final class Curve {

    private static final int WIDTH = 760;
    private static final int HEIGHT = 300;
    private static final int LEFT = 70;
    private static final int RIGHT = 70;
    private static final int TOP = 50;
    private static final int BOTTOM = 50;

    private final Result result;
    private final String axis;
    private final double scale;
    private final StringBuilder svg = new StringBuilder();

    private Curve(Result result, String axis) {
        this.result = result;
        this.axis = axis;
        double most = result.series().stream().mapToDouble(Series::most).max().orElse(0);
        this.scale = (HEIGHT - TOP - BOTTOM) / (most > 0 ? most : 1);
    }

    static String of(Result result, String axis) {
        return new Curve(result, axis).draw();
    }

    private String draw() {
        svg.append(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"13\">%n",
                WIDTH,
                HEIGHT));
        svg.append("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
        text(10, 24, "start", "bold", result.title());
        text(WIDTH / 2.0, HEIGHT - 8, "middle", "normal", axis);
        line(LEFT, y(0), WIDTH - RIGHT, y(0), "#a0aec0", 1);
        List<Series> series = result.series();
        for (int i = 0; i < series.size(); i++) {
            if (i > 0) {
                line(
                        x(i - 1),
                        y(series.get(i - 1).median()),
                        x(i),
                        y(series.get(i).median()),
                        "#2b6cb0",
                        2);
            }
            point(x(i), series.get(i));
        }
        return svg.append("</svg>\n").toString();
    }

    private void point(double x, Series s) {
        line(x, y(s.least()), x, y(s.most()), "#1a202c", 1);
        svg.append(String.format(
                Locale.ROOT, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"#2b6cb0\"/>%n", x, y(s.median())));
        text(x, y(s.most()) - 8, "middle", "normal", Result.figure(s.median()) + " " + result.unit());
        text(x, y(0) + 18, "middle", "normal", s.name().replace(" " + axis, ""));
    }

    private double x(int index) {
        int last = Math.max(1, result.series().size() - 1);
        return LEFT + (double) index * (WIDTH - LEFT - RIGHT) / last;
    }

    private double y(double figure) {
        return HEIGHT - BOTTOM - figure * scale;
    }

    private void line(double x1, double y1, double x2, double y2, String colour, int width) {
        svg.append(String.format(
                Locale.ROOT,
                "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" stroke-width=\"%d\"/>%n",
                x1,
                y1,
                x2,
                y2,
                colour,
                width));
    }

    private void text(double x, double y, String anchor, String weight, String words) {
        svg.append(String.format(
                Locale.ROOT,
                "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" font-weight=\"%s\">%s</text>%n",
                x,
                y,
                anchor,
                weight,
                Chart.escaped(words)));
    }
}
