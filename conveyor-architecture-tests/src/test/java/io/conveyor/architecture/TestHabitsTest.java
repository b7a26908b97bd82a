package io.conveyor.architecture;

import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.junit.LocationProvider;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Habits of the tests in every module, and of the testkit, which is test code that others run. */
@AnalyzeClasses(locations = TestHabitsTest.CompiledTests.class)
class TestHabitsTest {

    @ArchTest
    static final ArchRule testsWaitForEventsNotForTime = noClasses()
            .should()
            .accessTargetWhere(target(nameMatching("sleep"))
                    .and(target(owner(name("java.lang.Thread").or(name("java.util.concurrent.TimeUnit"))))))
            .because("a sleep is too short on a busy machine and too long on every other");

    @ArchTest
    static final ArchRule testsUseFakesNotMocks = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.mockito..", "org.easymock..")
            .because("a fake keeps its promises in every test; a mock repeats what the code happens to call");

    @ArchTest
    static final ArchRule testNamesAreSentences = methods()
            .that()
            .areAnnotatedWith(Test.class)
            .should()
            .haveNameNotMatching("test[A-Z0-9_].*|test")
            .because("the list of a class's tests reads as what it promises");

    /** The compiled tests beside this module, as far as they were built. */
    static final class CompiledTests implements LocationProvider {

        @Override
        public Set<Location> get(Class<?> testClass) {
            try (Stream<Path> found = Files.find(Path.of(".."), 4, (path, attributes) -> isOfTests(path))) {
                return found.map(Location::of).collect(Collectors.toSet());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static boolean isOfTests(Path path) {
            return path.endsWith("target/test-classes") || path.endsWith("conveyor-testkit/target/classes");
        }
    }
}
