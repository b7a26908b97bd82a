package io.conveyor.spring.resource;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConveyorLocationTest {

    @ParameterizedTest
    @CsvSource({
        "a/b, c, a/c",
        "a/b/, c, a/b/c",
        "a, c, c",
        "a/b, c/, a/c/",
        "a/b, ./c, a/c",
        "a/b/, ../c, a/c",
        "a/b/c, ../.., ''",
        "a/b/c, .., a/",
        "a/b/c, ., a/b/",
        "a/b, /c, a/c",
        "a, /c, c",
        "'', c, c"
    })
    void aRelativePathStartsAfterTheLastSlash(String key, String path, String expected) {
        assertThat(location(key).relative(path)).isEqualTo(location(expected));
    }

    /** On every operating system a key with a backslash is another key than the one with a slash in its place. */
    @ParameterizedTest
    @CsvSource({
        "a\\b/c, d, a\\b/d",
        "a\\b, d, d",
        "a/b, c\\d, a/c\\d",
        "a/b, ..\\c, a/..\\c",
        "a/b, c\\..\\d, a/c\\..\\d"
    })
    void aBackslashSeparatesNothing(String key, String path, String expected) {
        assertThat(location(key).relative(path)).isEqualTo(location(expected));
    }

    @ParameterizedTest
    @CsvSource({"a/b:c/d, ../../e, e", "file:a/b, c, file:a/c", "a:b/c, ../d, d"})
    void aColonIsPartOfAKeyToo(String key, String path, String expected) {
        assertThat(location(key).relative(path)).isEqualTo(location(expected));
    }

    @ParameterizedTest
    @CsvSource({"a, ../b, ../b", "a/b, ../../c, ../c", "a, ../../b, ../../b"})
    void whatLeadsOutOfTheStoreStaysNoKey(String key, String path, String expected) {
        assertThat(location(key).relative(path)).isEqualTo(location(expected));
    }

    @Test
    void theStoreStaysTheSame() {
        assertThat(Objects.requireNonNull(ConveyorLocation.parse("conveyor://archive/a/b"))
                        .relative("../c"))
                .isEqualTo(new ConveyorLocation("archive", "c"));
    }

    private static ConveyorLocation location(String key) {
        return new ConveyorLocation(ConveyorLocation.DEFAULT_STORE, key);
    }
}
