package io.conveyor.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.testkit.ConveyorContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Keeps the table of {@code docs/semantics.md} true: each promise has cases in the contract and tests here, and they run. */
class PromisesMapTest {

    private static final Path MAP = Path.of("..", "docs", "semantics.md");
    private static final Pattern ROW = Pattern.compile("^\\| (\\d+) \\| (.*?) \\| (.*) \\|$");
    private static final Pattern GROUP = Pattern.compile("`(\\w+)…`");

    /** The promise that no case can show by itself: it takes the end of a process. */
    private static final String CRASH = "12";

    /** Groups of cases that belong to no promise: what the interface offers besides. */
    private static final List<String> OTHER_GROUPS = List.of("atomicReplace", "streams", "factory", "stats", "no");

    @Test
    void eachPromiseHasARow() throws IOException {
        assertThat(rows().map(row -> Integer.parseInt(row.group(1))))
                .containsExactlyElementsOf(IntStream.rangeClosed(1, 12).boxed().toList());
    }

    @Test
    void eachPromiseHasCasesInTheContract() throws IOException {
        List<String> cases = cases();
        assertThat(rows().filter(row -> !row.group(1).equals(CRASH)))
                .allSatisfy(row -> assertThat(groups(row))
                        .isNotEmpty()
                        .allSatisfy(group -> assertThat(cases.stream().filter(name -> name.startsWith(group)))
                                .as("cases that begin with " + group)
                                .hasSizeGreaterThanOrEqualTo(5)));
    }

    @Test
    void eachTestThatThePageNamesExistsAndRuns() throws IOException {
        assertThat(rows())
                .allSatisfy(row -> assertThat(NamedTests.in(row.group(3)))
                        .as("promise " + row.group(1))
                        .hasSizeGreaterThanOrEqualTo(3));
        assertThat(NamedTests.thatDoNotRun(NamedTests.in(Files.readString(MAP))))
                .as("named in " + MAP + ", and no test that runs")
                .isEmpty();
    }

    @Test
    void eachCaseOfTheContractBelongsToAGroup() throws IOException {
        List<String> groups = Stream.concat(rows().flatMap(row -> groups(row).stream()), OTHER_GROUPS.stream())
                .toList();
        assertThat(cases())
                .allSatisfy(name -> assertThat(groups.stream().filter(name::startsWith))
                        .as(name)
                        .isNotEmpty());
    }

    private static Stream<Matcher> rows() throws IOException {
        return Files.readAllLines(MAP).stream().map(ROW::matcher).filter(Matcher::matches);
    }

    private static List<String> groups(Matcher row) {
        return GROUP.matcher(row.group(2))
                .results()
                .map(match -> match.group(1))
                .toList();
    }

    private static List<String> cases() {
        Stream<String> names = Stream.empty();
        for (Class<?> type = ConveyorContract.class; type != Object.class; type = type.getSuperclass()) {
            names = Stream.concat(names, NamedTests.of(type).map(method -> method.getName()));
        }
        return names.toList();
    }
}
