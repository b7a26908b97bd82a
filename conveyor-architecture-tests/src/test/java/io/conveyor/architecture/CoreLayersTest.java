package io.conveyor.architecture;

import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Instant;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;

/** Inside the core a folder is a mechanism, and the mechanisms lie in layers. */
@AnalyzeClasses(packages = "io.conveyor.core", importOptions = DoNotIncludeTests.class)
class CoreLayersTest {

    @ArchTest
    static final ArchRule mechanismsFormNoCycles = slices().matching("io.conveyor.core.(*)..")
            .should()
            .beFreeOfCycles()
            .because("a mechanism that can be read alone can be tested alone");

    @ArchTest
    static final ArchRule mechanismsLieInLayers = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .withOptionalLayers(true)
            .layer("entry")
            .definedBy("io.conveyor.core")
            .layer("mechanisms")
            .definedBy("io.conveyor.core.write..", "io.conveyor.core.read..", "io.conveyor.core.journal..")
            .layer("overlay")
            .definedBy("io.conveyor.core.overlay..")
            .layer("ground")
            .definedBy(
                    "io.conveyor.core.log..",
                    "io.conveyor.core.extent..",
                    "io.conveyor.core.failure..",
                    "io.conveyor.core.memory..",
                    "io.conveyor.core.worker..")
            .whereLayer("entry")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("mechanisms")
            .mayOnlyBeAccessedByLayers("entry")
            .whereLayer("overlay")
            .mayOnlyBeAccessedByLayers("entry", "mechanisms")
            .because("the entry composes the mechanisms; what lies lower is simpler and knows less");

    @ArchTest
    static final ArchRule readAheadAndWriteBehindDoNotSeeEachOther = noClasses()
            .that()
            .resideInAPackage("io.conveyor.core.read..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.conveyor.core.write..")
            .because("they meet in the overlay, and are brought together by the conveyor alone");

    @ArchTest
    static final ArchRule theHeartHasNoThreadsAndNoChannels = noClasses()
            .that()
            .resideInAnyPackage("io.conveyor.core.log..", "io.conveyor.core.extent..", "io.conveyor.core.overlay..")
            .should()
            .dependOnClassesThat(
                    assignableTo(Thread.class).or(assignableTo(Executor.class)).or(assignableTo(Future.class)))
            .orShould()
            .dependOnClassesThat()
            .resideInAPackage("java.nio.channels..")
            .because("plain classes can be explored step by step, by a model checker or a deterministic simulation");

    @ArchTest
    static final ArchRule theCoreTakesTimeFromOutside = noClasses()
            .should()
            .accessTargetWhere(
                    target(owner(assignableTo(System.class))).and(target(nameMatching("nanoTime|currentTimeMillis"))))
            .orShould()
            .accessTargetWhere(target(owner(assignableTo(Thread.class))).and(target(nameMatching("sleep"))))
            .orShould()
            .accessTargetWhere(target(owner(assignableTo(Instant.class))).and(target(nameMatching("now"))))
            .because("tests turn the clock themselves; the machine's time comes in through TimeSource.system()");

    @ArchTest
    static final ArchRule theCoreTakesChanceFromOutside = noClasses()
            .should()
            .dependOnClassesThat(assignableTo(ThreadLocalRandom.class))
            .orShould()
            .accessTargetWhere(target(owner(assignableTo(Math.class))).and(target(nameMatching("random"))))
            .because("a run that failed is repeated from its seed");

    @ArchTest
    static final ArchRule onlyTheEntryAndItsHookArePublic = classes()
            .that()
            .resideInAPackage("io.conveyor.core")
            .and()
            .arePublic()
            .and()
            .areTopLevelClasses()
            .should()
            .haveNameMatching(".*\\.(Conveyors|ConveyorListener)")
            .because("applications start at Conveyors, may listen, and see interfaces of the API from then on");
}
