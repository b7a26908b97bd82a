package io.conveyor.spring.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the page of promises to Spring developers names is there: a test that was renamed would otherwise prove nothing. */
class ChecklistTest {

    private static final Path HOUSE = Path.of("..");
    private static final Pattern ROW = Pattern.compile("^\\| (\\d+) \\|.*\\|(.*)\\|$", Pattern.MULTILINE);
    private static final Pattern TEST = Pattern.compile("`(\\w+Test)#(\\w+)`");

    private final String page = read(HOUSE.resolve("docs/spring-boot-checklist.md"));

    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void everyPointHasATestACommandOrAReason() {
        List<MatchResult> rows = ROW.matcher(page).results().toList();

        assertThat(rows)
                .extracting(row -> Integer.valueOf(row.group(1)))
                .containsExactlyElementsOf(IntStream.rangeClosed(1, 55).boxed().toList());
        assertThat(rows)
                .allSatisfy(row -> assertThat(row.group(2))
                        .as("point %s", row.group(1))
                        .containsPattern("`\\w+Test#|`\\w+Test`|command:|not "));
    }

    @Test
    void everyTestThatIsNamedExists() throws IOException {
        Map<String, String> sources;
        try (Stream<Path> files = Files.walk(HOUSE)) {
            sources = files.filter(file -> file.toString().endsWith("Test.java"))
                    .filter(file -> !file.toString().contains("/target/"))
                    .collect(Collectors.toMap(
                            file -> file.getFileName().toString().replace(".java", ""),
                            ChecklistTest::read,
                            (one, other) -> one + other));
        }
        Matcher named = TEST.matcher(page);
        int count = 0;
        while (named.find()) {
            count++;
            assertThat(sources).containsKey(named.group(1));
            assertThat(sources.get(named.group(1)))
                    .as("%s", named.group())
                    .containsPattern("(void|ArchRule) " + named.group(2) + "\\b");
        }
        assertThat(count).isGreaterThan(40);
    }
}
