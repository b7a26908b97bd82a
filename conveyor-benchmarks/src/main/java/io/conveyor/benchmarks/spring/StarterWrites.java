package io.conveyor.benchmarks.spring;

import io.conveyor.benchmarks.contest.Contest;
import io.conveyor.benchmarks.contest.Result;
import java.util.List;

/** The same writes in applications with and without metrics and observations. */
public final class StarterWrites {

    private StarterWrites() {}

    /** Measures, each contender {@code rounds} times. */
    public static List<Result> run(int rounds) throws Exception {
        try (Application plain = Application.of(Application.Plain.class);
                Application metered = Application.of(Application.Plain.class, Application.Metrics.class);
                Application unobserved = Application.of(Application.Plain.class, Application.Unobserved.class);
                Application observed = Application.of(
                        Application.Plain.class, Application.Metrics.class, Application.Observed.class)) {
            return List.of(Contest.perOperation(
                            "Starter: 4 KiB writes to a store in memory, flush included, ns per write",
                            Application.BYTES / Application.CHUNK,
                            Application.CHUNK)
                    .target("metrics on <= 1.05 x metrics off; observations off: 1.00 x")
                    .contender("conveyor, metrics off", plain::write)
                    .contender("conveyor, metrics on", metered::write)
                    .contender("conveyor, observations off", unobserved::write)
                    .contender("conveyor, observed", observed::write)
                    .run(10, 3 * rounds));
        }
    }
}
