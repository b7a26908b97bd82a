package io.conveyor.spring.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.conveyor.spring.autoconfigure.ChildJvm;
import java.io.File;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is deprecated in this release of Spring Boot, or of another library, is gone in one of the next. */
class DeprecatedApiTest {

    private static final Path SOURCES = Path.of("src/main/java");

    @TempDir
    Path output;

    @Test
    void nothingHereUsesWhatIsDeprecated() throws IOException {
        assertThat(deprecated(sources())).isEmpty();
    }

    /** That the compiler can be heard: {@code Date(int, int, int)} is deprecated since JDK 1.1. */
    @Test
    void whoUsedItWouldBeTold() throws IOException {
        Path source = Files.writeString(
                output.resolve("Old.java"), "class Old { Object old = new java.util.Date(1, 2, 3); }");

        assertThat(deprecated(List.of(source))).singleElement().asString().contains("Date(int,int,int)");
    }

    @Test
    void noSourceSilencesTheCompilerAboutIt() throws IOException {
        for (Path source : sources()) {
            assertThat(Files.readString(source))
                    .as("%s", source)
                    .doesNotContainPattern("@SuppressWarnings\\([^)]*\"(deprecation|removal|all)\"");
        }
    }

    private static List<Path> sources() throws IOException {
        try (Stream<Path> files = Files.walk(SOURCES)) {
            List<Path> sources =
                    files.filter(file -> file.toString().endsWith(".java")).toList();
            assertThat(sources).hasSizeGreaterThan(50);
            return sources;
        }
    }

    private List<String> deprecated(List<Path> sources) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        DiagnosticCollector<JavaFileObject> heard = new DiagnosticCollector<>();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(heard, Locale.ROOT, null)) {
            boolean compiled = compiler.getTask(
                            Writer.nullWriter(),
                            files,
                            heard,
                            List.of(
                                    "-proc:none",
                                    // what the JDK itself has deprecated since is another matter
                                    "--release",
                                    "17",
                                    "-Xlint:deprecation,removal",
                                    "-Xmaxwarns",
                                    "1000",
                                    "-cp",
                                    String.join(
                                            File.pathSeparator,
                                            ChildJvm.classPathWithDockerCompose()
                                                    .toList()),
                                    "-d",
                                    output.toString()),
                            null,
                            files.getJavaFileObjectsFromPaths(sources))
                    .call();
            assertThat(compiled).as("%s", heard.getDiagnostics()).isTrue();
        }
        return heard.getDiagnostics().stream()
                .filter(diagnostic -> diagnostic.getCode().contains("deprecated"))
                .map(DeprecatedApiTest::inWords)
                .toList();
    }

    private static String inWords(Diagnostic<? extends JavaFileObject> diagnostic) {
        return diagnostic.getMessage(Locale.ROOT);
    }
}
