package io.conveyor.testkit;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Kills a process that writes, and looks at what the next one recovers: every acknowledged byte must be there, and nothing else.
 *
 * @param seed what the process writes; see {@link KillScript}
 * @param objects how many objects it writes
 * @param appendsOnly whether it writes at their ends only
 */
public record KillHarness(long seed, int objects, boolean appendsOnly) {

    private static final String ACKNOWLEDGED = "acknowledged";

    /**
     * In the process that is to be killed: writes, and acknowledges each step on its output; does not return.
     *
     * @param flushOneIn after how many steps, on the average, an object is flushed
     */
    public void write(ConveyorFactory factory, int flushOneIn) throws IOException {
        Conveyor[] conveyors = new Conveyor[objects];
        for (int i = 0; i < objects; i++) {
            conveyors[i] = factory.open(KillScript.key(i), CREATE, WRITE);
        }
        KillScript script = new KillScript(seed, objects, appendsOnly);
        Random flushes = new Random(~seed);
        byte[] line = (ACKNOWLEDGED + "\n").getBytes(StandardCharsets.US_ASCII);
        try (OutputStream out = new FileOutputStream(FileDescriptor.out)) {
            while (true) {
                script.step(conveyors);
                out.write(line);
                if (flushes.nextInt(flushOneIn) == 0) {
                    conveyors[flushes.nextInt(objects)].flush();
                }
            }
        }
    }

    /**
     * Starts {@code main} with this JVM's class path, and kills it when it has acknowledged so many steps.
     *
     * @return how many steps it had acknowledged when it died; fewer than asked for if it ended by itself
     */
    public long kill(Class<?> main, long afterSteps, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                main.getName()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        long steps = 0;
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                steps += line.equals(ACKNOWLEDGED) ? 1 : 0;
                if (steps == afterSteps) {
                    // by its handle, because Process.destroyForcibly would close what it has said
                    process.toHandle().destroyForcibly();
                }
            }
        } finally {
            process.destroyForcibly();
        }
        return steps;
    }

    /**
     * Requires that the objects hold what the acknowledged steps left, and at most a part of the next one. Opening them waits for their recovery.
     *
     * @throws AssertionError if not
     */
    public void requireRecovered(ConveyorFactory factory, long acknowledged) throws IOException {
        KillScript script = new KillScript(seed, objects, appendsOnly);
        for (long i = 0; i < acknowledged; i++) {
            script.step();
        }
        byte[][] found = new byte[objects][];
        for (int i = 0; i < objects; i++) {
            try (Conveyor conveyor =
                    factory.open(KillScript.key(i), CREATE, WRITE, java.nio.file.StandardOpenOption.READ)) {
                ByteBuffer content = ByteBuffer.allocate((int) conveyor.size());
                conveyor.read(content);
                found[i] = content.array();
            }
        }
        script.requireContents(found);
        if (!factory.journals().isEmpty()) {
            throw new AssertionError("not recovered: " + factory.journals());
        }
    }
}
