package io.conveyor.benchmarks.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A class of this class path whose {@code main} runs in a virtual machine of its own, says {@link #ready} once, and ends with the process that started
 * it, however that ends. Safe for use by several threads.
 */
public final class ChildProcess implements AutoCloseable {

    private static final String READY = "ready ";

    /** How long a child may take to go by itself. */
    private static final long GRACE_SECONDS = 10;

    private final Process process;
    private final String answer;

    private ChildProcess(Process process, String answer) {
        this.process = process;
        this.answer = answer;
    }

    /**
     * Starts {@code main} and waits until it is ready.
     *
     * @param jvmOptions such as {@code -Xmx256m}
     * @throws IOException if it ends before it is ready
     */
    public static ChildProcess start(Class<?> main, List<String> jvmOptions, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvmOptions);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        return new ChildProcess(process, answer(process, main));
    }

    private static String answer(Process process, Class<?> main) throws IOException {
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            if (line.startsWith(READY)) {
                return line.substring(READY.length());
            }
        }
        process.destroyForcibly();
        throw new IOException(main.getName() + " ended before it was ready: see what it wrote to the error stream");
    }

    /**
     * Called in the child: tells the parent that all is ready, and returns when the parent is gone or has closed this.
     *
     * @param answer what the parent gets to know, such as a port
     */
    public static void ready(String answer) throws IOException {
        PrintStream out = System.out;
        out.println(READY + answer);
        System.setOut(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
        while (System.in.read() >= 0) {
            // nothing is said to a child but the end
        }
    }

    /** What the child said when it was ready. */
    public String answer() {
        return answer;
    }

    /** The processor time that the child has used so far; zero where the operating system does not say. */
    public Duration cpu() {
        return process.info().totalCpuDuration().orElse(Duration.ZERO);
    }

    /** Ends the child. */
    @Override
    public void close() throws IOException {
        process.getOutputStream().close();
        try {
            if (!process.waitFor(GRACE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
