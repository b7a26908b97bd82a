package io.conveyor.benchmarks.posix;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where the files are that are measured. */
final class Scratch {

    private Scratch() {}

    static Path directory() throws IOException {
        String asked = System.getProperty("conveyor.benchmarks.directory");
        return asked == null
                ? Files.createTempDirectory("conveyor")
                : Files.createTempDirectory(Path.of(asked), "conveyor");
    }
}
