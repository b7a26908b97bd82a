package io.conveyor.benchmarks;

import io.conveyor.benchmarks.contest.Result;
import io.conveyor.benchmarks.engine.Drain;
import io.conveyor.benchmarks.engine.Headline;
import io.conveyor.benchmarks.engine.JournalledWrites;
import io.conveyor.benchmarks.engine.ManyConveyors;
import io.conveyor.benchmarks.engine.ManyThreads;
import io.conveyor.benchmarks.engine.ObjectSizes;
import io.conveyor.benchmarks.engine.PendingReads;
import io.conveyor.benchmarks.engine.SmallWrites;
import io.conveyor.benchmarks.hdfs.HdfsGrowth;
import io.conveyor.benchmarks.hdfs.HdfsStreams;
import io.conveyor.benchmarks.posix.FileReads;
import io.conveyor.benchmarks.posix.FileWrites;
import io.conveyor.benchmarks.posix.SlowFiles;
import io.conveyor.benchmarks.posix.SyncedWrites;
import io.conveyor.benchmarks.s3.ProxyCost;
import io.conveyor.benchmarks.s3.S3Edits;
import io.conveyor.benchmarks.s3.S3Growth;
import io.conveyor.benchmarks.s3.S3Random;
import io.conveyor.benchmarks.s3.S3Reads;
import io.conveyor.benchmarks.s3.S3Writes;
import io.conveyor.benchmarks.spring.StarterWrites;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Runs scenarios and prints their tables: {@code java -jar benchmarks.jar [-forks N] [-rounds N] [-charts folder] [scenario...]}; without a name, all of them. JMH's benchmarks are
 * started by {@code java -cp benchmarks.jar org.openjdk.jmh.Main}.
 */
public final class Benchmarks {

    private static final int ROUNDS = 11;

    private static final Map<String, Scenario> SCENARIOS = scenarios();

    private Benchmarks() {}

    private static Map<String, Scenario> scenarios() {
        Map<String, Scenario> all = new LinkedHashMap<>();
        all.put("small-writes", SmallWrites::run);
        all.put("journal", JournalledWrites::run);
        all.put("headline", Headline::run);
        all.put("drain", Drain::run);
        all.put("pending-reads", PendingReads::run);
        all.put("threads", ManyThreads::run);
        all.put("conveyors", ManyConveyors::run);
        all.put("object-sizes", ObjectSizes::run);
        all.put("file-writes", FileWrites::run);
        all.put("file-reads", FileReads::run);
        all.put("file-syncs", SyncedWrites::run);
        all.put("file-slow", SlowFiles::run);
        all.put("s3-proxy", ProxyCost::run);
        all.put("s3-reads", S3Reads::run);
        all.put("s3-writes", S3Writes::run);
        all.put("s3-random", S3Random::run);
        all.put("s3-edit", S3Edits::run);
        all.put("s3-growth", S3Growth::run);
        all.put("hdfs", HdfsStreams::run);
        all.put("hdfs-growth", HdfsGrowth::run);
        all.put("starter", StarterWrites::run);
        return all;
    }

    /**
     * Runs what is asked for.
     *
     * @param arguments {@code -forks N} for so many virtual machines instead of this one, {@code -rounds N} of each, {@code -charts folder} for a picture of each
     *     table, names of scenarios
     */
    public static void main(String[] arguments) throws Exception {
        int forks = 0;
        int rounds = ROUNDS;
        Path file = null;
        Path charts = null;
        List<String> asked = new ArrayList<>();
        for (int i = 0; i < arguments.length; i++) {
            switch (arguments[i]) {
                case "-forks" -> forks = Integer.parseInt(arguments[++i]);
                case Forks.LEAVE -> file = Path.of(arguments[++i]);
                case "-rounds" -> rounds = Integer.parseInt(arguments[++i]);
                case "-charts" -> charts = Files.createDirectories(Path.of(arguments[++i]));
                default -> asked.add(arguments[i]);
            }
        }
        for (String name : asked.isEmpty() ? SCENARIOS.keySet() : asked) {
            Scenario scenario = SCENARIOS.get(name);
            if (scenario == null) {
                throw new IllegalArgumentException("'" + name + "' is not a scenario; there are " + SCENARIOS.keySet());
            }
            List<Result> results = forks > 0 ? Forks.run(name, rounds, forks) : scenario.run(rounds);
            if (file == null) {
                show(name, results, charts);
            } else {
                Forks.leave(results, file);
            }
        }
    }

    @SuppressWarnings("SystemOut") // the tables are what it is for
    private static void show(String name, List<Result> results, @Nullable Path charts) throws IOException {
        for (int i = 0; i < results.size(); i++) {
            System.out.println(results.get(i).toMarkdown());
            if (charts != null) {
                Files.writeString(
                        charts.resolve(name + "-" + (i + 1) + ".svg"),
                        results.get(i).toSvg());
            }
        }
    }
}
