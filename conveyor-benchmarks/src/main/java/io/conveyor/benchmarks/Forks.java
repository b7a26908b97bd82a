package io.conveyor.benchmarks;

import io.conveyor.benchmarks.contest.Result;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A scenario in several virtual machines, one after the other, with the rounds of all of them in one table: what the compilers make of a program, and where the
 * kernel puts its threads, differs from process to process, and stays as it is in each.
 */
final class Forks {

    /** Has a process leave its results in a file instead of showing them. */
    static final String LEAVE = "-results";

    private Forks() {}

    /**
     * Runs a scenario in {@code forks} processes, each with the options of this one.
     *
     * @param rounds of each process
     */
    static List<Result> run(String scenario, int rounds, int forks) throws IOException, InterruptedException {
        List<Result> all = new ArrayList<>();
        for (int fork = 0; fork < forks; fork++) {
            List<Result> results = runOnce(scenario, rounds);
            for (int i = 0; i < results.size(); i++) {
                if (fork == 0) {
                    all.add(results.get(i));
                } else {
                    all.set(i, all.get(i).and(results.get(i)));
                }
            }
        }
        return all;
    }

    private static List<Result> runOnce(String scenario, int rounds) throws IOException, InterruptedException {
        Path file = Files.createTempFile("conveyor-benchmarks", ".results");
        try {
            List<String> command = new ArrayList<>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
            command.addAll(List.of("-cp", System.getProperty("java.class.path"), Benchmarks.class.getName()));
            command.addAll(List.of("-rounds", Integer.toString(rounds), LEAVE, file.toString(), scenario));
            int exit = new ProcessBuilder(command).inheritIO().start().waitFor();
            if (exit != 0) {
                throw new IOException("the process of '" + scenario + "' ended with " + exit + ": see what it wrote");
            }
            return read(file);
        } finally {
            Files.deleteIfExists(file);
        }
    }

    /** Leaves the results of this process to the one that has started it. */
    static void leave(List<Result> results, Path file) throws IOException {
        try (OutputStream bytes = Files.newOutputStream(file);
                DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeInt(results.size());
            for (Result result : results) {
                result.writeTo(out);
            }
        }
    }

    private static List<Result> read(Path file) throws IOException {
        try (InputStream bytes = Files.newInputStream(file);
                DataInputStream in = new DataInputStream(bytes)) {
            List<Result> results = new ArrayList<>();
            for (int left = in.readInt(); left > 0; left--) {
                results.add(Result.readFrom(in));
            }
            return results;
        }
    }
}
