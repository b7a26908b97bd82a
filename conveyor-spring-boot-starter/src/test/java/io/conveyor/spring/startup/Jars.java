package io.conveyor.spring.startup;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;

/**
 * A class path as users have it. The build has directories where a user has jars, and looking for a class in a directory asks the file system: with
 * several of them, for each class of all other libraries, too.
 */
final class Jars {

    private final Path directory;

    /** Puts the jars into {@code directory}. */
    Jars(Path directory) {
        this.directory = directory;
    }

    /** The same entries; what is a directory becomes a jar called after its module, {@code conveyor-core-classes.jar}. */
    List<String> of(Stream<String> classPath) throws IOException {
        List<String> jars = new ArrayList<>();
        for (String entry : classPath.toList()) {
            jars.add(Files.isDirectory(Path.of(entry)) ? pack(Path.of(entry)).toString() : entry);
        }
        return jars;
    }

    private Path pack(Path classes) throws IOException {
        String module = classes.getName(classes.getNameCount() - 3).toString();
        Path jar = directory.resolve(module + "-" + classes.getFileName() + ".jar");
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream entries = new JarOutputStream(file);
                Stream<Path> found = Files.walk(classes)) {
            for (Path path : found.filter(Files::isRegularFile).sorted().toList()) {
                entries.putNextEntry(
                        new ZipEntry(classes.relativize(path).toString().replace('\\', '/')));
                Files.copy(path, entries);
            }
        }
        return jar;
    }
}
