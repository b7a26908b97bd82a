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
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/**
 * Kills a process that writes, and looks at what the next one recovers: every acknowledged byte must be there, and nothing else.
 *
 * @param seed what the process writes; see {@link KillScript}
 * @param objects how many objects it writes
 * @param appendsOnly whether it writes at their ends only
 */
public record KillHarness(long seed, int objects, boolean appendsOnly) {

    /** A pipe; nothing may be held back in a buffer when the process is killed. */
    private static final OutputStream TO_PARENT = new FileOutputStream(FileDescriptor.out);

    private static final String ACKNOWLEDGED = "acknowledged";
    private static final String BEGIN = "begin";
    private static final String END = "end";

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
        while (true) {
            script.step(conveyors);
            TO_PARENT.write(line);
            if (flushes.nextInt(flushOneIn) == 0) {
                conveyors[flushes.nextInt(objects)].flush();
            }
        }
    }

    /** In a process that is to be killed: acknowledges a step that the caller has taken. */
    public static void acknowledge() throws IOException {
        say(ACKNOWLEDGED);
    }

    /** In a process that is to be killed: has what was written before recovered, after it has said that it begins. */
    public void recover(Opening opening) throws Exception {
        recover(opening, factory -> {
            for (int i = 0; i < objects; i++) {
                content(factory, KillScript.key(i));
            }
        });
    }

    /** As {@link #recover(Opening)}, for other objects than those of {@link #write}, which {@code look} has to open. */
    public static void recover(Opening opening, Look look) throws Exception {
        say(BEGIN);
        try (ConveyorFactory factory = opening.open()) {
            look.at(factory);
        }
        say(END);
    }

    private static void say(String word) throws IOException {
        TO_PARENT.write((word + "\n").getBytes(StandardCharsets.US_ASCII));
    }

    /** Waits for a recovery. */
    @FunctionalInterface
    public interface Look {

        /** Looks at what was recovered. */
        void at(ConveyorFactory factory) throws IOException;
    }

    /** Opens a factory. */
    public interface Opening {

        /** Opens it. */
        ConveyorFactory open() throws Exception;
    }

    /**
     * Starts {@code main} with this JVM's class path, and kills it when it has acknowledged so many steps.
     *
     * @return how many steps it had acknowledged when it died; fewer than asked for if it ended by itself
     */
    public long kill(Class<?> main, long afterSteps, String... arguments) throws IOException {
        Process process = start(main, arguments);
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
     * Starts {@code main}, which calls {@link #recover}, and kills it so long after it has begun.
     *
     * @return whether it was killed before it had ended
     */
    public boolean killRecovery(Class<?> main, Duration after, String... arguments) throws IOException {
        Process process = start(main, arguments);
        String last = "";
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                last = line;
                if (line.equals(BEGIN)) {
                    // not to wait for anything, but for the kill to come at some moment
                    LockSupport.parkNanos(after.toNanos());
                    process.toHandle().destroyForcibly();
                }
            }
        } finally {
            process.destroyForcibly();
        }
        return last.equals(BEGIN);
    }

    private static Process start(Class<?> main, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                main.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private static byte[] content(ConveyorFactory factory, String key) throws IOException {
        try (Conveyor conveyor = factory.open(key)) {
            ByteBuffer content = ByteBuffer.allocate((int) conveyor.size());
            conveyor.read(content);
            return content.array();
        } catch (NoSuchFileException neverAcknowledged) {
            return new byte[0];
        }
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
            found[i] = content(factory, KillScript.key(i));
        }
        if (!factory.journals().isEmpty()) {
            throw new AssertionError("not recovered: " + factory.journals());
        }
        script.requireContents(found);
    }
}
