package io.conveyor.samples.fileservice;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@link S3Server} in a process of its own, which can be killed.
 *
 * @param process the process
 * @param port where it listens
 */
record ServerProcess(Process process, int port) {

    private static final Pattern STARTED = Pattern.compile("S3 server started on port (\\d+)");

    /** Serves what is in the directory; port 0 lets the system choose. Returns when it listens. */
    static ServerProcess start(Path directory, int port) throws IOException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        S3Server.class.getName(),
                        directory.toString(),
                        String.valueOf(port))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        StringBuilder said = new StringBuilder();
        BufferedReader output = process.inputReader();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            Matcher started = STARTED.matcher(line);
            if (started.find()) {
                drain(output);
                return new ServerProcess(process, Integer.parseInt(started.group(1)));
            }
            said.append(line).append('\n');
        }
        throw new IOException("the S3 server did not start: " + said);
    }

    /** Else the process would wait for its own log, sooner or later. */
    private static void drain(BufferedReader output) {
        Thread thread = new Thread(() -> output.lines().forEach(line -> {}), "s3-server-output");
        thread.setDaemon(true);
        thread.start();
    }

    /** By SIGKILL; returns when it is gone. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** Its connections stay, and nothing is answered. */
    void standStill() throws IOException, InterruptedException {
        signal("-STOP");
    }

    void goOn() throws IOException, InterruptedException {
        signal("-CONT");
    }

    private void signal(String signal) throws IOException, InterruptedException {
        new ProcessBuilder("kill", signal, String.valueOf(process.pid()))
                .start()
                .waitFor();
    }
}
