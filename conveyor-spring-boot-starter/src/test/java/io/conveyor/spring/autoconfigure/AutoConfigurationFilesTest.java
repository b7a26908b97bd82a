package io.conveyor.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ClassPathScanningCandidateComponentProvider;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.type.filter.AnnotationTypeFilter;
import org.springframework.util.ClassUtils;

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

    /** The method's signature is loaded with its class, before the condition can keep anybody from it. */
    @ParameterizedTest
    @MethodSource("configurations")
    void noMethodOfABeanHasAConditionOnAClass(Class<?> configuration) {
        assertThat(beanMethods(configuration))
                .noneMatch(method -> MergedAnnotations.from(method).isPresent(ConditionalOnClass.class));
    }

    /** An instance for the sake of a post-processor comes before all other post-processors, and so do the beans it needs. */
    @ParameterizedTest
    @MethodSource("configurations")
    void noPostProcessorNeedsAnInstanceOfItsConfiguration(Class<?> configuration) {
        assertThat(beanMethods(configuration))
                .noneMatch(method -> !Modifier.isStatic(method.getModifiers())
                        && (BeanPostProcessor.class.isAssignableFrom(method.getReturnType())
                                || BeanFactoryPostProcessor.class.isAssignableFrom(method.getReturnType())));
    }

    static Stream<Class<?>> configurations() throws IOException {
        return imports().stream()
                .map(name -> ClassUtils.resolveClassName(name, null))
                .flatMap(type -> Stream.concat(Stream.of(type), Arrays.stream(type.getDeclaredClasses())));
    }

    private static Stream<Method> beanMethods(Class<?> configuration) {
        return Arrays.stream(configuration.getDeclaredMethods())
                .filter(method -> MergedAnnotations.from(method).isPresent(Bean.class));
    }

    @Test
    void everyConfigurationIsLookedAt() throws IOException {
        assertThat(configurations()
                        .flatMap(AutoConfigurationFilesTest::beanMethods)
                        .count())
                .isGreaterThan(10);
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
