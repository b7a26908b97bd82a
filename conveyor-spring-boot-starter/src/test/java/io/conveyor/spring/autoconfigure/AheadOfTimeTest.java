package io.conveyor.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.spring.S3Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplicationAotProcessor;

/** An application is processed ahead of time with its defaults, as a build does it, and runs with other properties in a JVM of its own. */
@Timeout(300)
class AheadOfTimeTest {

    @TempDir
    static Path directory;

    @BeforeAll
    static void processAheadOfTime() throws Exception {
        SpringApplicationAotProcessor.main(new String[] {
            AheadOfTimeApplication.class.getName(),
            directory.resolve("sources").toString(),
            directory.resolve("resources").toString(),
            directory.resolve("classes").toString(),
            "io.conveyor",
            "ahead-of-time"
        });
        compile();
    }

    private static void compile() throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (Stream<Path> found = Files.walk(directory.resolve("sources"));
                StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            var sources = files.getJavaFileObjectsFromPaths(
                    found.filter(Files::isRegularFile).toList());
            Path classes = Files.createDirectories(directory.resolve("classes"));
            List<String> options = List.of("-proc:none", "-nowarn", "-d", classes.toString());
            assertThat(compiler.getTask(null, files, null, options, null, sources)
                            .call())
                    .as("the generated code compiles")
                    .isTrue();
        }
    }

    @Test
    void anotherBackendCanBeChosenWhenTheApplicationRuns() throws Exception {
        assertThat(run("--conveyor.backend=memory")).contains("generated: true, backend: memory");
    }

    @Test
    void theDefaultBackendTakesItsPropertiesFromTheRun() throws Exception {
        Path root = directory.resolve("root");

        assertThat(run("--write=true", "--conveyor.posix.root=" + root))
                .contains("generated: true, backend: posix", "read again: content");
        assertThat(root.resolve("key")).hasContent("content");
    }

    @Test
    void s3CanBeChosenWhenTheApplicationRuns() throws Exception {
        try (S3Server server = S3Server.start()) {
            String[] properties = Stream.concat(Stream.of("write=true"), Arrays.stream(server.properties("conveyor")))
                    .map(property -> "--" + property)
                    .toArray(String[]::new);

            assertThat(run(properties)).contains("generated: true, backend: s3", "read again: content");
        }
    }

    @Test
    void storesAreNamedWhenTheApplicationRuns() throws Exception {
        assertThat(run(
                        "--conveyor.backend=memory",
                        "--conveyor.stores.archive.posix.root=" + directory.resolve("archive")))
                .contains("generated: true, backend: memory, stores: [archive, conveyorFactory]");
    }

    @Test
    void aBackendThatNobodyKnowsIsStillNamed() throws Exception {
        assertThat(run("--conveyor.backend=floppy")).contains("conveyor.backend is 'floppy'");
    }

    private static String run(String... arguments) throws Exception {
        Stream<String> generated = Stream.of("classes", "resources")
                .map(name -> directory.resolve(name).toString());
        return ChildJvm.run(
                Stream.concat(generated, ChildJvm.classPath()),
                List.of("-Dspring.aot.enabled=true"),
                AheadOfTimeApplication.class,
                arguments);
    }
}
