package io.conveyor.benchmarks;

import io.conveyor.benchmarks.contest.Result;
import java.util.List;

/** Something to be measured, started by its name. */
interface Scenario {

    /**
     * Measures.
     *
     * @param rounds how often each contender runs for the table
     */
    List<Result> run(int rounds) throws Exception;
}
