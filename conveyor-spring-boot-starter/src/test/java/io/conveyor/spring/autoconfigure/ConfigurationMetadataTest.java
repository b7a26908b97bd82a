package io.conveyor.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import com.jayway.jsonpath.DocumentContext;
import com.jayway.jsonpath.JsonPath;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.beans.BeanUtils;

/** What an editor shows of the properties. Missing metadata breaks nothing else, so nobody would notice. */
class ConfigurationMetadataTest {

    private final List<Map<String, Object>> properties =
            read("/META-INF/spring-configuration-metadata.json").read("$.properties");

    @Test
    void listsEveryProperty() {
        assertThat(properties)
                .extracting(property -> property.get("name"))
                .contains("conveyor.enabled", "conveyor.stores", "conveyor.shutdown.flush-timeout")
                .containsAll(names("conveyor", StoreProperties.class))
                .hasSizeGreaterThan(80);
    }

    /** What binding can set, found without the processor that writes the metadata. */
    private static List<String> names(String prefix, Class<?> type) {
        return Stream.of(BeanUtils.getPropertyDescriptors(type))
                .filter(property -> !property.getName().equals("class"))
                .flatMap(property -> {
                    String name = prefix + "."
                            + property.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
                    boolean group = property.getWriteMethod() == null
                            && !Map.class.isAssignableFrom(property.getPropertyType())
                            && !List.class.isAssignableFrom(property.getPropertyType());
                    return group ? names(name, property.getPropertyType()).stream() : Stream.of(name);
                })
                .toList();
    }

    @Test
    void describesEveryPropertyAsSpringBootDoes() {
        assertThat(properties)
                .allSatisfy(property -> assertThat(String.valueOf(property.get("description")))
                        .as("description of %s", property.get("name"))
                        .endsWith(".")
                        .doesNotStartWith("The ")
                        .doesNotStartWith("A ")
                        .doesNotContain("{@", "null"));
        assertThat(properties)
                .filteredOn(property -> "java.lang.Boolean".equals(property.get("type")))
                .allSatisfy(property ->
                        assertThat(String.valueOf(property.get("description"))).startsWith("Whether "));
    }

    @Test
    void saysWhatHoldsWhereThereIsNoFixedDefault() {
        assertThat(properties)
                .filteredOn(property -> !property.containsKey("defaultValue"))
                .filteredOn(property -> !String.valueOf(property.get("type")).startsWith("java.util."))
                .hasSizeGreaterThan(10)
                .allSatisfy(property -> assertThat(String.valueOf(property.get("description")))
                        .as("description of %s", property.get("name"))
                        .containsPattern(
                                "Unless set|With 0|needed with|together with|belongs to|temporary credentials"));
    }

    @Test
    void typesAmountsAndTimes() {
        assertThat(properties)
                .filteredOn(property -> String.valueOf(property.get("name"))
                        .matches(".*(timeout|delay|retry.budget|-wait|-threshold|-older-than)"))
                .hasSizeGreaterThan(8)
                .allSatisfy(property -> assertThat(property.get("type")).isEqualTo("java.time.Duration"));
        assertThat(properties)
                .filteredOn(
                        property -> String.valueOf(property.get("name"))
                                .matches(
                                        ".*(memory-budget|max-pending|max-window|-bytes|staging-size|part-size|block-size|put-limit|staging-memory)"))
                .hasSizeGreaterThan(9)
                .allSatisfy(property ->
                        assertThat(property.get("type")).isEqualTo("org.springframework.util.unit.DataSize"));
    }

    @Test
    void offersTheBackendsThatExist() {
        List<String> offered = read("/META-INF/spring-configuration-metadata.json")
                .read("$.hints[?(@.name=='conveyor.backend')].values[*].value");

        assertThat(offered).containsExactly("posix", "s3", "hdfs");
    }

    private static DocumentContext read(String resource) {
        // Not from the class path: tests have properties, too.
        try (InputStream in = Files.newInputStream(Path.of("target/classes" + resource))) {
            return JsonPath.parse(in);
        } catch (IOException e) {
            throw new AssertionError(resource, e);
        }
    }
}
