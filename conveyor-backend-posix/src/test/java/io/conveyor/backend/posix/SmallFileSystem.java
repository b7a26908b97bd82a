package io.conveyor.backend.posix;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A small file system in memory, mounted on a directory. Only the superuser may mount; for everybody else the test is skipped. */
final class SmallFileSystem implements AutoCloseable {

    private final Path at;

    private SmallFileSystem(Path at) {
        this.at = at;
    }

    /** Mounts one with room for so many bytes. */
    static SmallFileSystem mount(Path at, int bytes) throws Exception {
        String failure = run("mount", "-t", "tmpfs", "-o", "size=" + bytes, "tmpfs", at.toString());
        if (!failure.isEmpty()) {
            abort("no file system can be mounted here: " + failure);
        }
        return new SmallFileSystem(at);
    }

    /** Lets nobody write any more. */
    void makeReadOnly() throws Exception {
        String failure = run("mount", "-o", "remount,ro", at.toString());
        if (!failure.isEmpty()) {
            abort("no file system can be mounted read-only here: " + failure);
        }
    }

    @Override
    public void close() throws Exception {
        // lazily: what is mapped is let go when the garbage collector comes by
        String failure = run("umount", "-l", at.toString());
        if (!failure.isEmpty()) {
            throw new IOException("umount: " + failure);
        }
    }

    /** Runs a program; returns what it said if it failed, else nothing. */
    static String run(String... command) throws Exception {
        Process process;
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException missing) {
            return String.valueOf(missing.getMessage());
        }
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(45, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            return command[0] + " does not end";
        }
        return process.exitValue() == 0 ? "" : command[0] + " ended with " + process.exitValue() + ": " + said.strip();
    }
}
