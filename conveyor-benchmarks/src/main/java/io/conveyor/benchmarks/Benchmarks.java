package io.conveyor.benchmarks;

import io.conveyor.benchmarks.contest.Result;
import io.conveyor.benchmarks.engine.Drain;
import io.conveyor.benchmarks.engine.Headline;
import io.conveyor.benchmarks.engine.ManyConveyors;
import io.conveyor.benchmarks.engine.ManyThreads;
import io.conveyor.benchmarks.engine.PendingReads;
import io.conveyor.benchmarks.engine.SmallWrites;
import io.conveyor.benchmarks.posix.FileReads;
import io.conveyor.benchmarks.posix.FileWrites;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs scenarios and prints their tables: {@code java -jar benchmarks.jar [-rounds N] [scenario...]}; without a name, all of them. JMH's benchmarks are
 * started by {@code java -cp benchmarks.jar org.openjdk.jmh.Main}.
 */
public final class Benchmarks {

    private static final int ROUNDS = 11;

    private static final Map<String, Scenario> SCENARIOS = scenarios();

    private Benchmarks() {}

    private static Map<String, Scenario> scenarios() {
        Map<String, Scenario> all = new LinkedHashMap<>();
        all.put("small-writes", SmallWrites::run);
        all.put("headline", Headline::run);
        all.put("drain", Drain::run);
        all.put("pending-reads", PendingReads::run);
        all.put("threads", ManyThreads::run);
        all.put("conveyors", ManyConveyors::run);
        all.put("file-writes", FileWrites::run);
        all.put("file-reads", FileReads::run);
        return all;
    }

    /**
     * Runs what is asked for.
     *
     * @param arguments {@code -rounds N}, names of scenarios
     */
    @SuppressWarnings("SystemOut") // the tables are what it is for
    public static void main(String[] arguments) throws Exception {
        int rounds = ROUNDS;
        int from = 0;
        if (arguments.length > 1 && arguments[0].equals("-rounds")) {
            rounds = Integer.parseInt(arguments[1]);
            from = 2;
        }
        List<String> asked = List.of(arguments).subList(from, arguments.length);
        for (String name : asked.isEmpty() ? SCENARIOS.keySet() : asked) {
            Scenario scenario = SCENARIOS.get(name);
            if (scenario == null) {
                throw new IllegalArgumentException("'" + name + "' is not a scenario; there are " + SCENARIOS.keySet());
            }
            for (Result result : scenario.run(rounds)) {
                System.out.println(result.toMarkdown());
            }
        }
    }
}
