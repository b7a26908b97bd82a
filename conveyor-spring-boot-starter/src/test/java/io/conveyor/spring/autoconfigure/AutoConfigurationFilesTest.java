package io.conveyor.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.context.annotation.ClassPathScanningCandidateComponentProvider;
import org.springframework.core.type.filter.AnnotationTypeFilter;

/** What Spring Boot reads before it loads a class: a mistake there is passed over in silence. */
class AutoConfigurationFilesTest {

    private static final String IMPORTS =
            "/META-INF/spring/org.springframework.boot.autoconfigure.AutoConfiguration.imports";

    @Test
    void importsListEveryAutoConfigurationInAlphabeticalOrder() throws IOException {
        assertThat(imports()).isSorted().containsExactlyInAnyOrderElementsOf(declared());
    }

    @ParameterizedTest
    @MethodSource("imports")
    void autoConfigurationShowsNothingButItself(String name) throws ClassNotFoundException {
        Class<?> type = Class.forName(name);

        assertThat(type.getModifiers()).isEqualTo(Modifier.PUBLIC | Modifier.FINAL);
        assertThat(name).endsWith("AutoConfiguration");
        assertThat(type.getConstructors()).isEmpty();
        assertThat(type.getDeclaredMethods()).noneMatch(method -> Modifier.isPublic(method.getModifiers()));
    }

    @ParameterizedTest
    @MethodSource("imports")
    void orderNamesClassesThatExist(String name) throws ClassNotFoundException {
        AutoConfiguration annotation = Class.forName(name).getAnnotation(AutoConfiguration.class);

        for (String other : concat(annotation.afterName(), annotation.beforeName())) {
            assertThat(Class.forName(other)).hasAnnotation(AutoConfiguration.class);
        }
    }

    @Test
    void conditionsOnClassesAreReadWithoutLoadingThem() throws IOException {
        assertThat(text("/META-INF/spring-autoconfigure-metadata.properties"))
                .contains("io.conveyor.spring.metrics.ConveyorMetricsAutoConfiguration.ConditionalOnClass="
                        + "io.micrometer.core.instrument.MeterRegistry");
    }

    private static List<String> declared() {
        var scanner = new ClassPathScanningCandidateComponentProvider(false);
        scanner.addIncludeFilter(new AnnotationTypeFilter(AutoConfiguration.class));
        return scanner.findCandidateComponents("io.conveyor").stream()
                .map(bean -> String.valueOf(bean.getBeanClassName()))
                .toList();
    }

    static List<String> imports() throws IOException {
        return text(IMPORTS).lines().toList();
    }

    private static List<String> concat(String[] some, String[] others) {
        return Stream.of(some, others).flatMap(Arrays::stream).toList();
    }

    private static String text(String resource) {
        try (InputStream in = AutoConfigurationFilesTest.class.getResourceAsStream(resource)) {
            assertThat(in).as(resource).isNotNull();
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
