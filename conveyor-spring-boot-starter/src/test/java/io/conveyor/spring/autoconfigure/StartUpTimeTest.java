package io.conveyor.spring.autoconfigure;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** A measurement, no test: prints how much longer an application takes to start with the starter, and asserts nothing. */
@EnabledIfSystemProperty(
        named = "conveyor.startup",
        matches = "measure",
        disabledReason = "a measurement: -Dtest=StartUpTimeTest -Dconveyor.startup=measure")
class StartUpTimeTest {

    private static final int RUNS = 10;
    private static final Pattern READY = Pattern.compile("ready after (\\d+)");

    /** Boot alone on the class path, and nothing that would make the difference smaller by being slow itself. */
    private static final Predicate<String> NEEDED = Pattern.compile(
                    "webmvc|tomcat|validat|micrometer|actuator|health|testcontainers|docker|hadoop|awssdk|backend-(s3|hdfs)|spring-tx")
            .asPredicate()
            .negate();

    @TempDir
    Path root;

    @Test
    void printsTheMedians() throws Exception {
        List<Long> with = new ArrayList<>();
        List<Long> without = new ArrayList<>();
        for (int run = 0; run < RUNS; run++) {
            with.add(start("true"));
            without.add(start("false"));
        }
        System.out.println("start-up, median of " + RUNS + ": " + median(with) + " ms with a store, " + median(without)
                + " ms without; " + (median(with) - median(without)) + " ms more");
    }

    private long start(String enabled) throws Exception {
        String output = ChildJvm.run(
                ChildJvm.classPath().filter(NEEDED),
                List.of(),
                StartUpApplication.class,
                "--conveyor.posix.root=" + root,
                "--conveyor.enabled=" + enabled,
                // without the starter's auto-configurations at all
                enabled.equals("true")
                        ? "--unused="
                        : "--spring.autoconfigure.exclude=" + String.join(",", AutoConfigurationFilesTest.imports()));
        Matcher ready = READY.matcher(output);
        if (!ready.find()) {
            throw new AssertionError("the application did not start: " + output);
        }
        return Long.parseLong(ready.group(1));
    }

    private static long median(List<Long> times) {
        Collections.sort(times);
        return (times.get(RUNS / 2 - 1) + times.get(RUNS / 2)) / 2;
    }
}
