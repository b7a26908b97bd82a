package io.conveyor.backend.posix;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A Java program of the tests in a process of its own. It says one word a line, and ends when it is told nothing more. */
final class OtherProcess implements AutoCloseable {

    private final Process process;
    private final BufferedReader words;
    private final Writer orders;

    private OtherProcess(Process process) {
        this.process = process;
        this.words = process.inputReader(UTF_8);
        this.orders = process.outputWriter(UTF_8);
    }

    /** Starts {@code main}, after a shell has done {@code before}. */
    static OtherProcess start(String before, Class<?> main, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("sh", "-c", before + " exec \"$@\"", "sh"));
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(
                List.of("-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path")));
        command.add(main.getName());
        command.addAll(List.of(arguments));
        return new OtherProcess(
                new ProcessBuilder(command).redirectErrorStream(true).start());
    }

    /** The next word it says; {@code null} as a word when it has ended. */
    String word() throws IOException {
        return String.valueOf(words.readLine());
    }

    /** Tells it to go on. */
    void goOn() throws IOException {
        orders.write("go on\n");
        orders.flush();
    }

    /** Ends it as {@code kill -9} does, and waits until it is gone. */
    void kill() throws InterruptedException {
        process.destroyForcibly();
        if (!process.waitFor(45, TimeUnit.SECONDS)) {
            throw new AssertionError("a killed process is still there: " + process.pid());
        }
    }

    /** Ends it as {@code kill -9} does; what it has said before can still be heard. */
    void killAndListen() {
        process.toHandle().destroyForcibly();
    }

    /** What a program calls to wait for {@link #goOn}. */
    static void awaitOrder() throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, UTF_8));
        in.readLine();
    }

    @Override
    public void close() throws Exception {
        kill();
        words.close();
    }
}
