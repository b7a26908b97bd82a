package io.conveyor.benchmarks.contest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;

/** A contest is fair, and its figures are medians. */
class ContestTest {

    private final List<String> order = new ArrayList<>();

    @Test
    void contendersTakeTurnsInEveryRound() throws Exception {
        Contest.perRun("turns", 1, 0)
                .contender("a", () -> note("a", 1))
                .contender("b", () -> note("b", 1))
                .run(1, 2);

        assertThat(order).containsExactly("a", "b", "a", "b", "a", "b");
    }

    @Test
    void whatComesBeforeAndAfterARunDoesNotCount() throws Exception {
        byte[][] kept = new byte[1][];

        Result result = Contest.perRun("steps", 1, 0)
                .contender(
                        "a",
                        () -> {
                            note("before", 0);
                            kept[0] = new byte[32 << 20];
                        },
                        () -> note("a", 1),
                        () -> {
                            note("after", 0);
                            kept[0] = new byte[32 << 20];
                        })
                .run(0, 1);

        assertThat(order).containsExactly("before", "a", "after");
        assertThat(kept[0]).isNotNull();
        assertThat(result.toMarkdown()).as("allocated meanwhile").doesNotContainPattern("\\d{6}\\.\\d");
    }

    @Test
    void whatCountsIsTheMedianOfTheRoundsAfterTheWarmUp() throws Exception {
        Queue<Double> figures = new ArrayDeque<>(List.of(1000.0, 3.0, 1.0, 8.0));

        Result result = Contest.perRun("medians", 1, 0)
                .contender("steady", () -> 2)
                .contender("noisy", figures::remove)
                .run(1, 3);

        assertThat(result.ratio("noisy", "steady")).isEqualTo(1.5);
        assertThat(result.toMarkdown()).contains("| noisy | 3.00 | 1.00 | 8.00 | 1.50 |");
    }

    @Test
    void aPictureShowsEveryContenderAndHidesNoMarkup() throws Exception {
        Result result = Contest.perRun("a < b", 1, 0)
                .contender("one & only", () -> 4)
                .contender("other", () -> 2)
                .run(0, 1);

        assertThat(result.toSvg())
                .contains("a &lt; b", "one &amp; only", "other", "4.00 ms", "2.00 ms")
                .endsWith("</svg>\n");
    }

    @Test
    void whatGrowsIsDrawnAsACurve() throws Exception {
        Result result = Contest.perRun("growth", 1, 0)
                .along("threads")
                .point(1, () -> 2)
                .point(1000, () -> 4)
                .run(0, 1);

        assertThat(result.toMarkdown()).contains("| 1 threads | 2.00 ", "| 1,000 threads | 4.00 ");
        assertThat(result.toSvg())
                .contains("<circle ", ">threads<", ">1,000<", ">4.00 ms<")
                .endsWith("</svg>\n");
    }

    @Test
    void timeIsPerOperationWhereTheContestSaysSo() throws Exception {
        Result result = Contest.perOperation("time", 1000, 0)
                .contender("nothing", () -> Task.ELAPSED)
                .run(1, 3);

        assertThat(result.series().get(0).median()).isPositive().isLessThan(1e9);
    }

    @Test
    void theRoundsOfSeveralProcessesMakeOneTable() throws Exception {
        Result here = contest(List.of(1.0, 2.0));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        contest(List.of(6.0)).writeTo(new DataOutputStream(bytes));

        Result there = Result.readFrom(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));

        assertThat(there.toMarkdown()).isEqualTo(contest(List.of(6.0)).toMarkdown());
        assertThat(here.and(there).toMarkdown()).contains("| noisy | 2.00 | 1.00 | 6.00 | 1.00 |");
        assertThatThrownBy(() -> here.and(Contest.perRun("another", 1, 0).run(0, 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'another'");
    }

    private static Result contest(List<Double> figures) throws Exception {
        Queue<Double> queue = new ArrayDeque<>(figures);
        return Contest.ofFigures("forks", "ms")
                .target("none")
                .contender("steady", () -> 2)
                .contender("noisy", queue::remove)
                .run(0, figures.size());
    }

    private double note(String name, double figure) {
        order.add(name);
        return figure;
    }
}
