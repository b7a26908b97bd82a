package io.conveyor.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;

/** Keeps {@code docs/ancestor.md} true: what it names exists and runs, and it leaves nothing out. */
class AncestorMapTest {

    private static final Path MAP = Path.of("..", "docs", "ancestor.md");
    private static final Pattern NAME = Pattern.compile("`(\\w+Test)#(\\w+)`");

    @Test
    void everyTestThatTheMapNamesExistsAndRuns() throws Exception {
        List<String> wrong = new ArrayList<>();
        for (String name : named()) {
            if (!runs(name)) {
                wrong.add(name);
            }
        }
        assertThat(named()).hasSizeGreaterThan(80);
        assertThat(wrong).as("named in " + MAP + ", and no test that runs").isEmpty();
    }

    @Test
    void everyTestAboutTheAncestorIsInTheMap() throws IOException {
        List<String> named = named();
        for (Class<?> type : List.of(AncestorDefectsTest.class, AncestorBehavioursTest.class, AncestorGapsTest.class)) {
            assertThat(tests(type).map(method -> type.getSimpleName() + "#" + method.getName()))
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
        return NAME.matcher(Files.readString(MAP))
                .results()
                .map(match -> match.group(1) + "#" + match.group(2))
                .toList();
    }

    private static boolean runs(String name) throws ClassNotFoundException {
        String[] parts = name.split("#", -1);
        Class<?> type = Class.forName(AncestorMapTest.class.getPackageName() + "." + parts[0]);
        return tests(type).anyMatch(method -> method.getName().equals(parts[1]));
    }

    private static Stream<Method> tests(Class<?> type) {
        return Arrays.stream(type.getDeclaredMethods())
                .filter(method ->
                        method.isAnnotationPresent(Test.class) || method.isAnnotationPresent(ParameterizedTest.class))
                .filter(method -> !method.isAnnotationPresent(Disabled.class));
    }
}
