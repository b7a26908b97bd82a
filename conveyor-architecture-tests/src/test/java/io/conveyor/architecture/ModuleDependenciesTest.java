package io.conveyor.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Arrays;
import java.util.stream.Stream;

/** One direction only: {@code starter -> core -> api <- backend}, and {@code testkit -> api}. */
@AnalyzeClasses(packages = "io.conveyor", importOptions = DoNotIncludeTests.class)
class ModuleDependenciesTest {

    private static final String[] API = {"io.conveyor", "io.conveyor.spi"};
    private static final String[] PLATFORM = {
        "java..", "org.jspecify.annotations", "com.google.errorprone.annotations.."
    };

    @ArchTest
    static final ArchRule theApiDependsOnTheJdkAlone = classes()
            .that()
            .resideInAnyPackage(API)
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(and(API, PLATFORM))
            .because("whoever compiles against Conveyor takes over no library and no version");

    @ArchTest
    static final ArchRule theApplicationsApiDoesNotSeeTheSpi = noClasses()
            .that()
            .resideInAPackage("io.conveyor")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.conveyor.spi")
            .because("an application is written without a word about how storage is plugged in");

    @ArchTest
    static final ArchRule theCoreSeesTheApiAndNoVendor = classes()
            .that()
            .resideInAPackage("io.conveyor.core..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(and(API, PLATFORM, "io.conveyor.core..", "org.slf4j..", "javax.management.."))
            .because("the engine treats every store alike: what it knows of one, it knows from its capabilities");

    @ArchTest
    static final ArchRule theCoreIsClosedButForItsEntry = noClasses()
            .that()
            .resideOutsideOfPackage("io.conveyor.core..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.conveyor.core.*..")
            .because("what lies below io.conveyor.core is internal and changes without notice");

    @ArchTest
    static final ArchRule backendsDoNotSeeTheEngine = noClasses()
            .that()
            .resideInAPackage("io.conveyor.backend..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.conveyor.core..", "io.conveyor.testkit..", "io.conveyor.spring..", "org.springframework..")
            .because("the backend contract means something only if a backend can lean on nothing else");

    @ArchTest
    static final ArchRule backendsDoNotSeeEachOther = slices().matching("io.conveyor.backend.(*)..")
            .should()
            .notDependOnEachOther()
            .because("an application takes the one backend it needs, without the libraries of the others");

    @ArchTest
    static final ArchRule theTestkitSeesTheApiAndTheTestLibraries = classes()
            .that()
            .resideInAPackage("io.conveyor.testkit..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(and(
                    API, PLATFORM, "io.conveyor.testkit..", "org.junit.jupiter..", "org.assertj..", "org.opentest4j.."))
            .because("whoever writes a backend proves it with the testkit alone, whatever engine runs above");

    @ArchTest
    static final ArchRule nothingThatRunsInProductionUsesTheTestkit = noClasses()
            .that()
            .resideOutsideOfPackages("io.conveyor.testkit..", "io.conveyor.spring.test..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.conveyor.testkit..", "io.conveyor.spring.test..", "org.junit..", "org.assertj..")
            .because("test libraries stay out of applications");

    @ArchTest
    static final ArchRule onlyTheStarterKnowsSpring = noClasses()
            .that()
            .resideOutsideOfPackage("io.conveyor.spring..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.conveyor.spring..", "org.springframework..", "io.micrometer..")
            .because("Conveyor without Spring is a plain library");

    private static String[] and(String[] packages, String[] others, String... more) {
        return Stream.of(packages, others, more).flatMap(Arrays::stream).toArray(String[]::new);
    }
}
