package io.conveyor.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import com.jayway.jsonpath.DocumentContext;
import com.jayway.jsonpath.JsonPath;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What an editor shows of the properties. Missing metadata breaks nothing else, so nobody would notice. */
class ConfigurationMetadataTest {

    private final List<Map<String, Object>> properties =
            read("/META-INF/spring-configuration-metadata.json").read("$.properties");

    @Test
    void listsEveryProperty() {
        assertThat(properties)
                .extracting(property -> property.get("name"))
                .containsExactlyInAnyOrder(
                        "conveyor.enabled",
                        "conveyor.backend",
                        "conveyor.memory-budget",
                        "conveyor.workers",
                        "conveyor.posix.root",
                        "conveyor.posix.create-root",
                        "conveyor.posix.file-lock",
                        "conveyor.posix.ignore-case",
                        "conveyor.posix.permissions",
                        "conveyor.posix.directory-permissions",
                        "conveyor.posix.preferred-read-bytes",
                        "conveyor.posix.preferred-write-bytes",
                        "conveyor.posix.max-concurrent-reads",
                        "conveyor.posix.max-concurrent-writes",
                        "conveyor.write.timeout",
                        "conveyor.write.max-pending",
                        "conveyor.write.delay",
                        "conveyor.write.allow-several-writers",
                        "conveyor.read.timeout",
                        "conveyor.read.ahead",
                        "conveyor.read.max-window",
                        "conveyor.flush.timeout",
                        "conveyor.close.timeout",
                        "conveyor.call.timeout",
                        "conveyor.retry.attempts",
                        "conveyor.retry.budget",
                        "conveyor.retry.base-delay",
                        "conveyor.retry.max-delay",
                        "conveyor.shutdown.flush-timeout");
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
    void namesDefaultsWhereThereAreFixedOnes() {
        assertThat(properties)
                .filteredOn(property -> !property.containsKey("defaultValue"))
                .extracting(property -> property.get("name"))
                .containsExactlyInAnyOrder(
                        "conveyor.memory-budget",
                        "conveyor.workers",
                        "conveyor.write.max-pending",
                        "conveyor.posix.permissions",
                        "conveyor.posix.directory-permissions");
    }

    @Test
    void typesAmountsAndTimes() {
        assertThat(properties)
                .filteredOn(property -> String.valueOf(property.get("name")).matches(".*(timeout|delay|retry.budget)"))
                .hasSizeGreaterThan(8)
                .allSatisfy(property -> assertThat(property.get("type")).isEqualTo("java.time.Duration"));
        assertThat(properties)
                .filteredOn(property ->
                        String.valueOf(property.get("name")).matches(".*(memory-budget|max-pending|max-window|-bytes)"))
                .hasSize(5)
                .allSatisfy(property ->
                        assertThat(property.get("type")).isEqualTo("org.springframework.util.unit.DataSize"));
    }

    @Test
    void offersTheBackendsThatExist() {
        List<String> offered = read("/META-INF/spring-configuration-metadata.json")
                .read("$.hints[?(@.name=='conveyor.backend')].values[*].value");

        assertThat(offered).containsExactly("posix");
    }

    private static DocumentContext read(String resource) {
        try (InputStream in = ConfigurationMetadataTest.class.getResourceAsStream(resource)) {
            assertThat(in).as(resource).isNotNull();
            return JsonPath.parse(in);
        } catch (IOException e) {
            throw new AssertionError(resource, e);
        }
    }
}
