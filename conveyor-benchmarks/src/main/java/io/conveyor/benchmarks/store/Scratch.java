package io.conveyor.benchmarks.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * A folder for what is measured, in {@code -Dconveyor.benchmarks.directory=}, else where the system has temporary files; closing it deletes all that is in it.
 *
 * @param path where it is
 */
public record Scratch(Path path) implements AutoCloseable {

    /** Makes one. */
    public static Scratch create() throws IOException {
        String asked = System.getProperty("conveyor.benchmarks.directory");
        return new Scratch(
                asked == null
                        ? Files.createTempDirectory("conveyor")
                        : Files.createTempDirectory(Path.of(asked), "conveyor"));
    }

    @Override
    public void close() throws IOException {
        try (Stream<Path> all = Files.walk(path)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }
}
