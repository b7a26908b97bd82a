package io.conveyor.spring.startup;

import io.conveyor.spring.autoconfigure.ChildJvm;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** A measurement, no test: prints how much longer an application takes to start with the starter on its class path than without, and asserts nothing. */
@EnabledIfSystemProperty(
        named = "conveyor.startup",
        matches = "measure",
        disabledReason = "a measurement: -Dtest=StartUpTimeTest -Dconveyor.startup=measure")
class StartUpTimeTest {

    /** More than ten for a figure that two measurements agree on: one start of the same application differs from the next by a tenth of a second. */
    private static final int RUNS = Integer.getInteger("conveyor.startup.runs", 10);

    private static final Pattern READY = Pattern.compile("ready after (\\d+) with (\\d+) of processors, store: (\\w+)");

    /** Boot with actuator and Micrometer, which many applications have: what the starter does for them counts, what they cost by themselves does not. */
    private static final Predicate<String> NEEDED = Pattern.compile(
                    "web|servlet|tomcat|validat|prometheus|testcontainers|docker|hadoop|awssdk|backend-(s3|hdfs)|spring-tx|s3proxy|jimfs")
            .asPredicate()
            .negate();

    /** What the dependency on the starter brings. */
    private static final Predicate<String> OF_CONVEYOR = Pattern.compile(
                    "conveyor-[a-z0-9-]+((?<!-test)-classes|-\\d[^/\\\\]*)\\.jar$")
            .asPredicate();

    @TempDir
    Path root;

    @TempDir
    Path jars;

    /**
     * How long one start took.
     *
     * @param millis from the start of its JVM until it was ready
     * @param processorMillis what the processors did for it, which tells more on a machine that does something else, too
     */
    private record Start(long millis, long processorMillis) {}

    @Test
    void printsTheMedians() throws Exception {
        List<String> classPath = new Jars(jars).of(ChildJvm.classPath().filter(NEEDED));
        List<Start> with = new ArrayList<>();
        List<Start> without = new ArrayList<>();
        for (int run = 0; run < RUNS; run++) {
            with.add(start(classPath.stream(), "posix"));
            without.add(start(classPath.stream().filter(OF_CONVEYOR.negate()), "none"));
        }
        print("ready", with, without, Start::millis);
        print("processor time", with, without, Start::processorMillis);
    }

    private static void print(String what, List<Start> with, List<Start> without, ToLongFunction<Start> time) {
        long more = median(with, time) - median(without, time);
        System.out.println("start-up, median of " + RUNS + ", " + what + ": " + median(with, time)
                + " ms with the starter, " + median(without, time) + " ms without; " + more + " ms more");
    }

    private Start start(Stream<String> classPath, String store) throws Exception {
        String output = ChildJvm.run(classPath, List.of(), StartUpApplication.class, "--conveyor.posix.root=" + root);
        Matcher ready = READY.matcher(output);
        if (!ready.find() || !ready.group(3).equals(store)) {
            throw new AssertionError("the application did not start with the store " + store + ": " + output);
        }
        return new Start(Long.parseLong(ready.group(1)), Long.parseLong(ready.group(2)));
    }

    private static long median(List<Start> starts, ToLongFunction<Start> time) {
        long[] times = starts.stream().mapToLong(time).sorted().toArray();
        return (times[(RUNS - 1) / 2] + times[RUNS / 2]) / 2;
    }
}
