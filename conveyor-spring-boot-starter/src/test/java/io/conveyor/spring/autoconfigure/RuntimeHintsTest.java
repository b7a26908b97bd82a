package io.conveyor.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.aot.hint.predicate.RuntimeHintsPredicates.reflection;

import java.beans.PropertyDescriptor;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.aot.generate.ClassNameGenerator;
import org.springframework.aot.generate.DefaultGenerationContext;
import org.springframework.aot.generate.InMemoryGeneratedFiles;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.beans.BeanUtils;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.aot.ApplicationContextAotGenerator;
import org.springframework.core.io.support.SpringFactoriesLoader;
import org.springframework.javapoet.ClassName;
import org.springframework.util.ClassUtils;

/** What is reached by reflection is known ahead of time: the properties, what the endpoint answers, and what {@code spring.factories} names. */
class RuntimeHintsTest {

    private static final DefaultGenerationContext GENERATION = new DefaultGenerationContext(
            new ClassNameGenerator(ClassName.get(RuntimeHintsTest.class)), new InMemoryGeneratedFiles());

    private static final RuntimeHints HINTS = GENERATION.getRuntimeHints();

    @BeforeAll
    static void processAheadOfTime() {
        try (var context = new AnnotationConfigApplicationContext()) {
            TestPropertyValues.of("management.endpoints.web.exposure.include=*").applyTo(context);
            context.register(Application.class);
            new ApplicationContextAotGenerator().processAheadOfTime(context, GENERATION);
            GENERATION.writeGeneratedContent();
        }
    }

    static Stream<Class<?>> groupsOfProperties() {
        return Stream.of(ConveyorProperties.class, StoreProperties.class, S3Properties.class, HdfsProperties.class)
                .flatMap(type -> Stream.concat(Stream.of(type), Arrays.stream(type.getDeclaredClasses())))
                .filter(type -> !type.isEnum());
    }

    @ParameterizedTest
    @MethodSource("groupsOfProperties")
    void everyPropertyCanBeBound(Class<?> group) throws Exception {
        assertThat(reflection().onConstructorInvocation(group.getConstructor())).accepts(HINTS);
        assertThat(BeanUtils.getPropertyDescriptors(group))
                .extracting(PropertyDescriptor::getWriteMethod)
                .filteredOn(setter -> setter != null)
                .allSatisfy(setter ->
                        assertThat(reflection().onMethodInvocation(setter)).accepts(HINTS));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "StoreDescription",
                "ConveyorDescription",
                "FailureDescription",
                "OrphansDescription",
                "OrphanDescription",
                "JournalsDescription",
                "JournalDescription"
            })
    void whatTheEndpointAnswersCanBeWritten(String name) {
        Class<?> type = ClassUtils.resolveClassName("io.conveyor.spring.actuate." + name, null);

        assertThat(type.getRecordComponents())
                .allSatisfy(component -> assertThat(reflection().onMethodInvocation(component.getAccessor()))
                        .accepts(HINTS));
    }

    @Test
    void whatIsLookedForByItsNameIsFound() {
        assertThat(OptionalClasses.NAMES)
                .hasSizeGreaterThan(5)
                .allSatisfy(name -> assertThat(reflection().onType(ClassUtils.resolveClassName(name, null)))
                        .accepts(HINTS));
    }

    @Test
    void everyOperationOfTheEndpointCanBeCalled() {
        Class<?> type = ClassUtils.resolveClassName("io.conveyor.spring.actuate.ConveyorEndpoint", null);
        var operations = Arrays.stream(type.getDeclaredMethods())
                .filter(method -> Arrays.stream(method.getAnnotations())
                        .anyMatch(each -> each.annotationType().getName().endsWith("Operation")))
                .toArray(Method[]::new);

        assertThat(operations)
                .hasSizeGreaterThan(4)
                .allSatisfy(method ->
                        assertThat(reflection().onMethodInvocation(method)).accepts(HINTS));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "org.springframework.boot.diagnostics.FailureAnalyzer",
                "org.springframework.core.io.ProtocolResolver"
            })
    void whatTheFactoriesFileNamesCanBeMade(String factory) {
        Class<?> type = ClassUtils.resolveClassName(factory, null);
        var ours =
                SpringFactoriesLoader.forDefaultResourceLocation()
                        .load(type, (factoryType, notOurs, failure) -> {})
                        .stream()
                        .map(Object::getClass)
                        .filter(each -> each.getName().startsWith("io.conveyor."))
                        .toList();

        assertThat(ours)
                .isNotEmpty()
                .allSatisfy(each -> assertThat(reflection().onConstructorInvocation(each.getDeclaredConstructors()[0]))
                        .accepts(HINTS));
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {}
}
