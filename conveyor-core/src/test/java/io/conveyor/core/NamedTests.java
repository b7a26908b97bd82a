package io.conveyor.core;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;

/** Tests of this module that a page names, as {@code SomeTest#someMethod}. */
final class NamedTests {

    private static final Pattern NAME = Pattern.compile("`(\\w+Test)#(\\w+)`");

    /** Where tests live, below {@code io.conveyor.core}. */
    private static final List<String> PACKAGES =
            List.of("", ".extent", ".failure", ".journal", ".log", ".memory", ".overlay", ".read", ".worker", ".write");

    private NamedTests() {}

    /** The names in a text. */
    static List<String> in(String text) {
        return NAME.matcher(text)
                .results()
                .map(match -> match.group(1) + "#" + match.group(2))
                .toList();
    }

    /** Those of the names that are no test, or one that does not run. */
    static List<String> thatDoNotRun(List<String> names) {
        List<String> wrong = new ArrayList<>();
        for (String name : names) {
            String[] parts = name.split("#", -1);
            if (classes(parts[0])
                    .flatMap(NamedTests::of)
                    .noneMatch(method -> method.getName().equals(parts[1]))) {
                wrong.add(name);
            }
        }
        return wrong;
    }

    private static Stream<Class<?>> classes(String simpleName) {
        return PACKAGES.stream().flatMap(suffix -> load(NamedTests.class.getPackageName() + suffix + "." + simpleName));
    }

    private static Stream<Class<?>> load(String name) {
        try {
            return Stream.of(Class.forName(name));
        } catch (ClassNotFoundException elsewhere) {
            return Stream.empty();
        }
    }

    /** The tests of a class that run. */
    static Stream<Method> of(Class<?> type) {
        if (type.isAnnotationPresent(Disabled.class)) {
            return Stream.empty();
        }
        return Arrays.stream(type.getDeclaredMethods())
                .filter(method ->
                        method.isAnnotationPresent(Test.class) || method.isAnnotationPresent(ParameterizedTest.class))
                .filter(method -> !method.isAnnotationPresent(Disabled.class));
    }
}
