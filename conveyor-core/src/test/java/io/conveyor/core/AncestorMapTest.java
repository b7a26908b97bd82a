package io.conveyor.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Keeps {@code docs/ancestor.md} true: what it names exists and runs, and it leaves nothing out. */
class AncestorMapTest {

    private static final Path MAP = Path.of("..", "docs", "ancestor.md");

    @Test
    void everyTestThatTheMapNamesExistsAndRuns() throws Exception {
        assertThat(named()).hasSizeGreaterThan(80);
        assertThat(NamedTests.thatDoNotRun(named()))
                .as("named in " + MAP + ", and no test that runs")
                .isEmpty();
    }

    @Test
    void everyTestAboutTheAncestorIsInTheMap() throws IOException {
        List<String> named = named();
        for (Class<?> type : List.of(AncestorDefectsTest.class, AncestorBehavioursTest.class, AncestorGapsTest.class)) {
            assertThat(NamedTests.of(type).map(method -> type.getSimpleName() + "#" + method.getName()))
                    .isSubsetOf(named);
        }
    }

    @Test
    void theMapHasOneRowForEachDefectAndForEachTestOfTheAncestor() throws IOException {
        assertThat(firstCells("D\\d\\d")).isEqualTo(numbers(42, "D%02d"));
        assertThat(firstCells("T\\d\\d")).isEqualTo(numbers(39, "T%02d"));
        assertThat(firstCells("G\\d")).isEqualTo(numbers(5, "G%d"));
    }

    private static List<String> numbers(int count, String format) {
        return IntStream.rangeClosed(1, count)
                .mapToObj(number -> String.format(format, number))
                .toList();
    }

    private static List<String> firstCells(String shape) throws IOException {
        Pattern row = Pattern.compile("^\\| (" + shape + ") \\|.*", Pattern.DOTALL);
        return Files.readAllLines(MAP).stream()
                .map(row::matcher)
                .filter(Matcher::matches)
                .map(match -> match.group(1))
                .toList();
    }

    private static List<String> named() throws IOException {
        return NamedTests.in(Files.readString(MAP));
    }
}
