package io.conveyor.spring.docs;

import static org.assertj.core.api.Assertions.assertThat;

import com.jayway.jsonpath.JsonPath;
import io.conveyor.ConveyorFactory;
import io.conveyor.spi.StorageBackend;
import io.conveyor.spring.autoconfigure.ConveyorAutoConfiguration;
import io.conveyor.spring.metrics.ConveyorCallObservation;
import io.conveyor.spring.metrics.ConveyorMetricsAutoConfiguration;
import io.conveyor.spring.metrics.ConveyorObservationAutoConfiguration;
import io.conveyor.testkit.MemoryBackend;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration;
import org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** The page of properties, meters and observations is written by this test: with {@code -Dconveyor.docs=write}. Otherwise it is only compared. */
class ReferencePageTest {

    private static final String METER_HEAD = "| meter | type | unit | tags | meaning |\n|---|---|---|---|---|\n";

    private static final Path PAGE = Path.of("../docs/spring-boot-reference.md");

    @Test
    void thePageSaysWhatTheCodeDoes() throws IOException {
        String page = "# Spring Boot: properties, meters, observations\n\n"
                + "Written by `ReferencePageTest` with `-Dconveyor.docs=write`; the build compares it with the code.\n\n"
                + "## Properties\n\nA named store has the same ones under `conveyor.stores.<name>.`, but for those of"
                + " `endpoint`, `health`, `observations` and `shutdown`.\n\n"
                + properties() + "\n## Meters\n\n" + meters() + "\n## Observations\n\n" + observations();
        if ("write".equals(System.getProperty("conveyor.docs"))) {
            Files.writeString(PAGE, page);
        }

        assertThat(PAGE)
                .as("to write it anew: -Dtest=ReferencePageTest -Dconveyor.docs=write")
                .hasContent(page);
    }

    private static String properties() throws IOException {
        StringBuilder table = new StringBuilder("| property | type | default | meaning |\n|---|---|---|---|\n");
        // Not from the class path: tests have properties, too.
        try (InputStream in =
                Files.newInputStream(Path.of("target/classes/META-INF/spring-configuration-metadata.json"))) {
            List<Map<String, Object>> all = JsonPath.parse(in).read("$.properties");
            Map<String, String> rows = new TreeMap<>();
            all.forEach(property -> rows.put(String.valueOf(property.get("name")), row(property)));
            rows.values().forEach(table::append);
        }
        return table.toString();
    }

    private static String row(Map<String, Object> property) {
        String type =
                String.valueOf(property.get("type")).replaceAll("[a-z]+\\.", "").replace('$', '.');
        Object value = property.get("defaultValue");
        return "| `" + property.get("name") + "` | " + type.replace("<", "\\<") + " | "
                + (value == null || value.equals("") ? "" : "`" + value + "`") + " | "
                + String.valueOf(property.get("description")).replace("|", "\\|") + " |\n";
    }

    private static final Map<String, String> OF_OBSERVATIONS = Map.of(
            "conveyor.backend.calls", "Calls to the backend",
            "conveyor.backend.calls.active", "Calls under way; `outcome` is `UNKNOWN`");

    private static final ApplicationContextRunner TIMED = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    ConveyorAutoConfiguration.class,
                    ConveyorMetricsAutoConfiguration.class,
                    ConveyorObservationAutoConfiguration.class,
                    MetricsAutoConfiguration.class,
                    CompositeMeterRegistryAutoConfiguration.class,
                    SimpleMetricsExportAutoConfiguration.class))
            .withBean(StorageBackend.class, MemoryBackend::create);

    private static String meters() {
        Map<String, String> timed = meterRows(TIMED);
        Map<String, String> observed =
                meterRows(TIMED.withConfiguration(AutoConfigurations.of(ObservationAutoConfiguration.class)));
        StringBuilder text = new StringBuilder(METER_HEAD);
        timed.values().forEach(text::append);
        observed.values().removeAll(timed.values());
        text.append("\nWhere there is an `ObservationRegistry`, as the actuator brings one, these are otherwise:\n\n")
                .append(METER_HEAD);
        observed.values().forEach(text::append);
        return text.toString();
    }

    /** The meters of an application whose store has been asked, by name. */
    private static Map<String, String> meterRows(ApplicationContextRunner application) {
        Map<String, String> rows = new TreeMap<>();
        application.run(context -> {
            context.getBean(ConveyorFactory.class).exists("absent");
            for (Meter meter : context.getBean(MeterRegistry.class).getMeters()) {
                if (meter.getId().getName().startsWith("conveyor.")) {
                    rows.put(meter.getId().getName(), row(meter.getId()));
                }
            }
        });
        return rows;
    }

    private static String row(Meter.Id id) {
        boolean isTime = id.getType() == Meter.Type.TIMER || id.getType() == Meter.Type.LONG_TASK_TIMER;
        String unit = isTime ? "seconds" : Objects.requireNonNullElse(id.getBaseUnit(), "");
        String meaning = Objects.requireNonNullElseGet(
                id.getDescription(), () -> Objects.requireNonNull(OF_OBSERVATIONS.get(id.getName()), id.getName()));
        String tags = id.getTags().stream().map(Tag::getKey).sorted().collect(Collectors.joining("`, `", "`", "`"));
        return "| `" + id.getName() + "` | " + type(id) + " | " + unit + " | " + tags + " | " + meaning + " |\n";
    }

    private static String type(Meter.Id id) {
        return id.getType().name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    private static String observations() {
        StringBuilder text = new StringBuilder(
                "`conveyor.backend.calls`: one call to a backend, on the thread that makes it."
                        + " Its convention is a bean of type `ConveyorCallConvention`. Keys of low cardinality, of high there are none:\n\n");
        for (var key : ConveyorCallObservation.BACKEND_CALL.getLowCardinalityKeyNames()) {
            text.append("- `").append(key.asString()).append("`\n");
        }
        return text.toString();
    }
}
