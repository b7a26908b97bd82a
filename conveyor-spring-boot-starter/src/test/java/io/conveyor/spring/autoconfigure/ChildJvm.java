package io.conveyor.spring.autoconfigure;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Runs a main class in a JVM of its own, with another class path than this one. */
public final class ChildJvm {

    private ChildJvm() {}

    private static final Predicate<String> OF_THE_S3_SERVER =
            Pattern.compile("s3proxy|jimfs|jackson-dataformat-xml").asPredicate();

    /**
     * The class path of the tests, one entry each; without Docker Compose, which starts what it finds, and without the S3 server that runs in the JVM of
     * the tests: what it needs would have Spring MVC speak XML.
     */
    public static Stream<String> classPath() {
        return classPathWithDockerCompose()
                .filter(entry -> !entry.contains("spring-boot-docker-compose"))
                .filter(OF_THE_S3_SERVER.negate());
    }

    /** The class path of the tests, one entry each. */
    public static Stream<String> classPathWithDockerCompose() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1));
    }

    /** Runs {@code main} to its end and answers what it wrote. */
    public static String run(Stream<String> classPath, List<String> options, Class<?> main, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-cp");
        command.add(String.join(File.pathSeparator, classPath.toList()));
        command.addAll(options);
        command.add(main.getName());
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return output;
    }
}
