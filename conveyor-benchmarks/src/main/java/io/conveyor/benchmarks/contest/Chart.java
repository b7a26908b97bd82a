package io.conveyor.benchmarks.contest;

import java.util.List;
import java.util.Locale;

/** A result as a picture: a bar for each median, a line from the smallest figure to the largest. */
final class Chart {

    private static final int WIDTH = 760;
    private static final int LEFT = 250;
    private static final int RIGHT = 90;
    private static final int TOP = 44;
    private static final int ROW = 30;

    private final Result result;
    private final double scale;
    private final StringBuilder svg = new StringBuilder();

    private Chart(Result result) {
        this.result = result;
        double most = result.series().stream().mapToDouble(Series::median).max().orElse(0);
        this.scale = (WIDTH - LEFT - RIGHT) / (most > 0 ? most : 1);
    }

    static String of(Result result) {
        return new Chart(result).draw();
    }

    private String draw() {
        List<Series> series = result.series();
        int height = TOP + series.size() * ROW + 10;
        svg.append(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"13\">%n",
                WIDTH,
                height));
        svg.append("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
        text(10, 24, "start", "bold", result.title());
        for (int i = 0; i < series.size(); i++) {
            row(TOP + i * ROW, series.get(i));
        }
        return svg.append("</svg>\n").toString();
    }

    private void row(int y, Series s) {
        boolean ours = s.name().startsWith("conveyor");
        double width = s.median() * scale;
        text(LEFT - 8, y + 17, "end", ours ? "bold" : "normal", s.name());
        svg.append(String.format(
                Locale.ROOT,
                "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>%n",
                LEFT,
                y + 4,
                width,
                ROW - 12,
                ours ? "#2b6cb0" : "#a0aec0"));
        double end = Math.min(s.most() * scale, WIDTH - LEFT - RIGHT);
        svg.append(String.format(
                Locale.ROOT,
                "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#1a202c\"/>%n",
                LEFT + s.least() * scale,
                y + ROW / 2 - 2,
                LEFT + end,
                y + ROW / 2 - 2));
        text(
                LEFT + (int) Math.max(width, end) + 8,
                y + 17,
                "start",
                "normal",
                Result.figure(s.median()) + " " + result.unit());
    }

    private void text(int x, int y, String anchor, String weight, String words) {
        svg.append(String.format(
                Locale.ROOT,
                "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\" font-weight=\"%s\">%s</text>%n",
                x,
                y,
                anchor,
                weight,
                escaped(words)));
    }

    static String escaped(String words) {
        return words.replace("&", "&amp;").replace("<", "&lt;");
    }
}
